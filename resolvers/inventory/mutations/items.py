"""What is counted, and when staff are told."""

from typing import Annotated, Any

import strawberry

from datasources.inventory import changes, records
from datasources.inventory.commands import items
from datasources.workflows.availability import with_availability
from datasources.workflows.stock_items import CountingRules, start_counting
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries, changes_of
from resolvers.inventory.entries import acting_staff, quantity
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.problems import InventoryItemExistsError, InventoryItemNotFoundError
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.problems import VariantNotFoundError
from resolvers.relay import uuid_of

LOW_STOCK_THRESHOLD = "Staff are alerted when no more than this many are available."
REORDER_POINT = "At how many more are to be ordered from the maker."
REORDER_QUANTITY = "How many are to be ordered then."
ALLOWS_BACKORDER = "Whether it can be bought while no units are available."


@strawberry.input(description="A variant whose stock is to be counted from now on.")
class CreateInventoryItemInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant's global id.")
    low_stock_threshold: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{LOW_STOCK_THRESHOLD} Left out it is 10."
    )
    reorder_point: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REORDER_POINT} Left out it is 20."
    )
    reorder_quantity: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REORDER_QUANTITY} Left out it is 100."
    )
    allows_backorder: bool = strawberry.field(default=False, description=ALLOWS_BACKORDER)


CreateInventoryItemError = Annotated[
    InvalidInputError | VariantNotFoundError | InventoryItemExistsError,
    strawberry.union("CreateInventoryItemError", description="Why `createInventoryItem` did nothing."),
]


@strawberry.type(description="What `createInventoryItem` answers.")
class CreateInventoryItemPayload:
    item: records.InventoryItem | None = entity(InventoryItem, "The new item; there is none of it yet.")
    user_errors: list[CreateInventoryItemError] = user_errors()


@strawberry.input(
    description="What of an inventory item is to change. What is left out stays; quantities change by "
    "`restock`, `transferStock` and stock adjustments."
)
class UpdateInventoryItemInput:
    item_id: strawberry.ID = strawberry.field(description="The inventory item's global id.")
    version: int = strawberry.field(description="The version that you have read.")
    low_stock_threshold: int | None = strawberry.field(
        default=strawberry.UNSET, description=LOW_STOCK_THRESHOLD
    )
    reorder_point: int | None = strawberry.field(default=strawberry.UNSET, description=REORDER_POINT)
    reorder_quantity: int | None = strawberry.field(default=strawberry.UNSET, description=REORDER_QUANTITY)
    allows_backorder: bool | None = strawberry.field(default=strawberry.UNSET, description=ALLOWS_BACKORDER)


UpdateInventoryItemError = Annotated[
    InvalidInputError | InventoryItemNotFoundError | VersionConflictError,
    strawberry.union("UpdateInventoryItemError", description="Why `updateInventoryItem` did nothing."),
]


@strawberry.type(description="What `updateInventoryItem` answers.")
class UpdateInventoryItemPayload:
    item: records.InventoryItem | None = entity(InventoryItem, "The item as it is now.")
    user_errors: list[UpdateInventoryItemError] = user_errors()


@strawberry.type
class InventoryItemMutations:
    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={VariantNotFoundError: "variantId", InventoryItemExistsError: "variantId"},
        description="Count the stock of a variant from now on.",
    )
    async def create_inventory_item(
        self, info: Info, input: CreateInventoryItemInput
    ) -> CreateInventoryItemPayload:
        counted = await start_counting(
            info.context.connections,
            variant_id=uuid_of(input.variant_id, "ProductVariant"),
            rules=_rules(input),
            **acting_staff(info),
        )
        return CreateInventoryItemPayload(item=counted.items[0])

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={InventoryItemNotFoundError: "itemId", VersionConflictError: "version"},
        description="Change when staff are told of an item, and whether more can be sold than there is.",
    )
    async def update_inventory_item(
        self, info: Info, input: UpdateInventoryItemInput
    ) -> UpdateInventoryItemPayload:
        changed = await with_availability(
            info.context.connections,
            items.update_item(
                info.context.connections.inventory,
                item_id=uuid_of(input.item_id, "InventoryItem"),
                version=input.version,
                changes=_item_changes(input),
                **acting_staff(info),
            ),
        )
        return UpdateInventoryItemPayload(item=changed.items[0])


def _rules(input: CreateInventoryItemInput) -> CountingRules:
    entries = Entries()
    read = _readers(entries)
    rules: Any = changes_of({name: getattr(input, name) for name in read}, read)
    entries.check()
    return rules  # type: ignore[no-any-return]  # the input's fields are named as the rules are


def _item_changes(input: UpdateInventoryItemInput) -> changes.ItemChanges:
    entries = Entries()
    read = _readers(entries)
    wanted: Any = changes_of({name: getattr(input, name) for name in read}, read)
    entries.check()
    return wanted  # type: ignore[no-any-return]  # the input's fields are named as the changes are


def _readers(entries: Entries) -> dict[str, Any]:
    """How each value of an item is read; none of them can be null."""
    return {
        "low_stock_threshold": lambda it: _number(entries, it, "lowStockThreshold"),
        "reorder_point": lambda it: _number(entries, it, "reorderPoint"),
        "reorder_quantity": lambda it: _number(entries, it, "reorderQuantity"),
        "allows_backorder": lambda it: _flag(entries, it, "allowsBackorder"),
    }


def _number(entries: Entries, given: int | None, at: str) -> int:
    return quantity(entries, -1 if given is None else given, at)


def _flag(entries: Entries, given: bool | None, at: str) -> bool:
    if given is None:
        entries.refuse(at, "REQUIRED", "This may not be empty.")
    return bool(given)
