"""Reads what mutations on the inventory have in common: quantities, lists of units, and who acts when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict
from uuid import UUID

import strawberry

from datasources.inventory.changes import CountedItem, ItemUnits
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.relay import uuid_of

MOST_LINES = 100
MOST_UNITS = 1_000_000

# As the columns of InventoryDb have them.
MOST_OF_REASON = 200
MOST_OF_NOTES = 2_000
MOST_OF_REFERENCE = 100


class ActingStaff(TypedDict):
    """Who of the staff does something, and when."""

    actor_id: UUID
    now: datetime


def acting_staff(info: Info) -> ActingStaff:
    """The viewer, now."""
    return {"actor_id": info.context.viewer.account_id, "now": datetime.now(UTC)}


@strawberry.input(description="Units of an inventory item.")
class StockUnitsInput:
    item_id: strawberry.ID = strawberry.field(description="The inventory item's global id.")
    quantity: int = strawberry.field(description=f"How many: 1 to {MOST_UNITS}.")


@strawberry.input(description="What was counted of an inventory item.")
class CountedStockInput:
    item_id: strawberry.ID = strawberry.field(description="The inventory item's global id.")
    counted: int = strawberry.field(description=f"How many units can be sold: 0 to {MOST_UNITS}.")


def read_units(entries: Entries, given: Sequence[StockUnitsInput], at: str) -> list[ItemUnits]:
    """Units of items, some of each.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    check_number_of_lines(entries, len(given), at)
    return [
        ItemUnits(
            item_id=uuid_of(line.item_id, "InventoryItem"),
            quantity=quantity(entries, line.quantity, f"{at}.{place}.quantity", least=1),
        )
        for place, line in enumerate(given)
    ]


def read_counts(entries: Entries, given: Sequence[CountedStockInput], at: str) -> list[CountedItem]:
    """What was counted of items, each of them once.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    check_number_of_lines(entries, len(given), at)
    counts = [
        CountedItem(
            item_id=uuid_of(line.item_id, "InventoryItem"),
            counted=quantity(entries, line.counted, f"{at}.{place}.counted", least=0),
        )
        for place, line in enumerate(given)
    ]
    if len({count.item_id for count in counts}) != len(counts):
        entries.refuse(at, "INVALID", "Give each item once.")
    return counts


def check_number_of_lines(entries: Entries, number: int, at: str) -> None:
    """Refuse none, and more than a change may have."""
    if number == 0:
        entries.refuse(at, "REQUIRED", "This may not be empty.")
    if number > MOST_LINES:
        entries.refuse(at, "TOO_LONG", f"Give at most {MOST_LINES} lines, not {number}.")


def quantity(entries: Entries, given: int, at: str, *, least: int = 0) -> int:
    """A number of units."""
    if not least <= given <= MOST_UNITS:
        entries.refuse(at, "INVALID", f"Give a number from {least} to {MOST_UNITS}.")
    return given
