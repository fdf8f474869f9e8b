"""What is in a cart: added, more or less of it, and taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.changes import emptied, with_lines_added, with_quantities, without_lines
from datasources.carts.changing import change_cart

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart, NewLine
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def add_lines(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    lines: Sequence[NewLine],
    currency: str,
    begins: bool = True,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Add lines; a variant that is there gets more. `begins` says that a cart begins with this where there is none.

    Raises:
        UnknownCart: there is none, and none is to begin.
        TooManyOfOne, TooManyLines: more than a line, or a cart, may have.
        OtherCurrency: there are lines in another currency.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: with_lines_added(cart, lines, currency=currency, now=now),
        now=now,
        expected_version=expected_version,
        begins_in=currency if begins else None,
    )


async def change_quantities(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    quantities: Mapping[UUID, int],
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Have so many of each of these variants in the cart; 0 takes a line out, whether or not it is there.

    Raises:
        UnknownCart: there is none.
        UnknownLine: the cart has no line of a variant of which there should be some.
        TooManyOfOne: more than a line may have.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: with_quantities(cart, quantities),
        now=now,
        expected_version=expected_version,
    )


async def remove_lines(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    variant_ids: Collection[UUID],
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Take variants out of the cart, whether or not they are there.

    Raises:
        UnknownCart: there is none.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: without_lines(cart, variant_ids),
        now=now,
        expected_version=expected_version,
    )


async def clear_cart(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Take everything out of the cart, the coupons and what was said of the order, too.

    Raises:
        UnknownCart: there is none.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(store, copies, owner, emptied, now=now, expected_version=expected_version)
