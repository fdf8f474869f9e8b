"""Reads what mutations on carts take: which variants, and how many of each."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from datasources.carts.limits import MOST_LINES, MOST_OF_ONE
from datasources.workflows.cart_changes import Wanted
from resolvers.entries import Entries
from resolvers.relay import uuid_of

MOST_OF_SKU = 100


@strawberry.input(description="Something to be added to a cart. Name it by `variantId` or by `sku`.")
class AddedCartLineInput:
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's global id.")
    sku: str | None = strawberry.field(default=None, description="The variant's stock keeping unit.")
    quantity: int = strawberry.field(default=1, description=f"How many units: 1 to {MOST_OF_ONE}.")


@strawberry.input(description="How many units a line of a cart is to have.")
class ChangedCartLineInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant's global id: `CartLine.variantId`.")
    quantity: int = strawberry.field(description=f"How many units: 0 to {MOST_OF_ONE}. 0 removes the line.")


def read_added(given: Sequence[AddedCartLineInput]) -> list[Wanted]:
    """What is to be added.

    Raises:
        InvalidInput: none or too much is given, or something is named in no way or in both.
        InvalidId: an id is none of a variant.
    """
    entries = Entries()
    _check_number(entries, len(given))
    wanted = []
    for place, line in enumerate(given):
        at = f"lines.{place}"
        _check_quantity(entries, line.quantity, f"{at}.quantity", least=1)
        if (line.variant_id is None) == (line.sku is None):
            entries.refuse(at, "INVALID", "Give either variantId or sku.")
        wanted.append(
            Wanted(
                quantity=line.quantity,
                variant_id=None if line.variant_id is None else uuid_of(line.variant_id, "ProductVariant"),
                sku=None if line.sku is None else entries.text(line.sku, f"{at}.sku", most=MOST_OF_SKU),
            )
        )
    entries.check()
    return wanted


def read_changed(given: Sequence[ChangedCartLineInput]) -> dict[UUID, int]:
    """How many there are to be of each variant.

    Raises:
        InvalidInput: none or too much is given, or a variant twice.
        InvalidId: an id is none of a variant.
    """
    entries = Entries()
    _check_number(entries, len(given))
    for place, line in enumerate(given):
        _check_quantity(entries, line.quantity, f"lines.{place}.quantity", least=0)
    quantities = {uuid_of(line.variant_id, "ProductVariant"): line.quantity for line in given}
    if len(quantities) != len(given):
        entries.refuse("lines", "INVALID", "Give each variant once.")
    entries.check()
    return quantities


def read_removed(given: Sequence[str]) -> frozenset[UUID]:
    """Which variants are to go.

    Raises:
        InvalidInput: none or too many are given.
        InvalidId: an id is none of a variant.
    """
    entries = Entries()
    _check_number(entries, len(given), at="variantIds")
    entries.check()
    return frozenset(uuid_of(each, "ProductVariant") for each in given)


def _check_number(entries: Entries, number: int, *, at: str = "lines") -> None:
    if number == 0:
        entries.refuse(at, "REQUIRED", "This may not be empty.")
    if number > MOST_LINES:
        entries.refuse(at, "TOO_LONG", f"Give at most {MOST_LINES}, not {number}.")


def _check_quantity(entries: Entries, quantity: int, at: str, *, least: int) -> None:
    if not least <= quantity <= MOST_OF_ONE:
        entries.refuse(at, "INVALID", f"Give a number from {least} to {MOST_OF_ONE}.")
