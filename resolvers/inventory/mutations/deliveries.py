"""Units that come from the makers, and units that move between warehouses."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from datasources.inventory import records
from datasources.inventory.commands import deliveries
from datasources.workflows.availability import with_availability
from resolvers.conflicts import IdempotencyConflictError
from resolvers.context import Info
from resolvers.entries import IDEMPOTENCY_KEY, MOST_OF_KEY, Entries
from resolvers.inventory.entries import (
    MOST_OF_NOTES,
    MOST_OF_REASON,
    MOST_OF_REFERENCE,
    StockUnitsInput,
    acting_staff,
    read_units,
)
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.movements import StockMovement
from resolvers.inventory.problems import (
    InventoryItemNotFoundError,
    NotEnoughStockError,
    SameWarehouseError,
    TooManyUnitsError,
    WarehouseInactiveError,
    WarehouseNotFoundError,
)
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import uuid_of

REASON = "Why, in a few words."
NOTES = "More about it."


@strawberry.input(description="Units that were delivered to a warehouse.")
class RestockInput:
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse's global id.")
    units: list[StockUnitsInput] = strawberry.field(description="What was delivered; at most 100 lines.")
    reference_id: str | None = strawberry.field(
        default=None,
        description="What the delivery is known by elsewhere, such as the number of a purchase order.",
    )
    reason: str | None = strawberry.field(default=None, description=REASON)
    notes: str | None = strawberry.field(default=None, description=NOTES)
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


RestockError = Annotated[
    InvalidInputError
    | WarehouseNotFoundError
    | WarehouseInactiveError
    | InventoryItemNotFoundError
    | TooManyUnitsError
    | IdempotencyConflictError,
    strawberry.union("RestockError", description="Why `restock` did nothing."),
]


@strawberry.type(description="What `restock` answers.")
class RestockPayload:
    items: Sequence[records.InventoryItem] | None = entity(list[InventoryItem], "The items as they are now.")
    movements: Sequence[records.StockMovement] | None = entity(
        list[StockMovement],
        "What moved: the delivery, and what of it went to orders that were waiting for it.",
    )
    user_errors: list[RestockError] = user_errors()


@strawberry.input(description="Units that go from one warehouse to another.")
class TransferStockInput:
    from_warehouse_id: strawberry.ID = strawberry.field(description="Where they come from: its global id.")
    to_warehouse_id: strawberry.ID = strawberry.field(description="Where they go to: its global id.")
    units: list[StockUnitsInput] = strawberry.field(description="What is moved; at most 100 lines.")
    reason: str | None = strawberry.field(default=None, description=REASON)
    notes: str | None = strawberry.field(default=None, description=NOTES)
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


TransferStockError = Annotated[
    InvalidInputError
    | SameWarehouseError
    | WarehouseNotFoundError
    | WarehouseInactiveError
    | InventoryItemNotFoundError
    | NotEnoughStockError
    | IdempotencyConflictError,
    strawberry.union("TransferStockError", description="Why `transferStock` did nothing."),
]


@strawberry.type(description="What `transferStock` answers.")
class TransferStockPayload:
    items: Sequence[records.InventoryItem] | None = entity(list[InventoryItem], "The items as they are now.")
    movements: Sequence[records.StockMovement] | None = entity(
        list[StockMovement], "What moved: two movements of each item, and what went to orders that waited."
    )
    user_errors: list[TransferStockError] = user_errors()


@strawberry.type
class DeliveryMutations:
    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={
            WarehouseNotFoundError: "warehouseId",
            WarehouseInactiveError: "warehouseId",
            InventoryItemNotFoundError: "units",
            TooManyUnitsError: "units",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Add units that were delivered. Orders that wait for them in this warehouse get them first; those"
        " that wait for units of another warehouse get them by a transfer.",
    )
    async def restock(self, info: Info, input: RestockInput) -> RestockPayload:
        wanted = {"warehouse_id": uuid_of(input.warehouse_id, "Warehouse"), **_read(input)}
        moved = await with_availability(
            info.context.connections,
            deliveries.restock(info.context.connections.inventory, **wanted, **acting_staff(info)),
        )
        return RestockPayload(items=moved.items, movements=moved.movements)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={
            SameWarehouseError: "toWarehouseId",
            InventoryItemNotFoundError: "units",
            NotEnoughStockError: "units",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Move available units from one warehouse to another: all of them or none.",
    )
    async def transfer_stock(self, info: Info, input: TransferStockInput) -> TransferStockPayload:
        wanted = {
            "from_warehouse_id": uuid_of(input.from_warehouse_id, "Warehouse"),
            "to_warehouse_id": uuid_of(input.to_warehouse_id, "Warehouse"),
            **_read(input),
        }
        moved = await with_availability(
            info.context.connections,
            deliveries.transfer(info.context.connections.inventory, **wanted, **acting_staff(info)),
        )
        return TransferStockPayload(items=moved.items, movements=moved.movements)


def _read(input: RestockInput | TransferStockInput) -> dict[str, Any]:
    """What both have in common, and a delivery's own reference."""
    entries = Entries()
    values: dict[str, Any] = {
        "units": read_units(entries, input.units, "units"),
        "reason": entries.optional(input.reason, "reason", most=MOST_OF_REASON),
        "notes": entries.lines(input.notes, "notes", most=MOST_OF_NOTES),
        "idempotency_key": entries.text(input.idempotency_key, "idempotencyKey", most=MOST_OF_KEY),
    }
    if isinstance(input, RestockInput):
        values["reference_id"] = entries.optional(input.reference_id, "referenceId", most=MOST_OF_REFERENCE)
    entries.check()
    return values
