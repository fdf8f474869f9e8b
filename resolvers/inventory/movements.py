"""Why stock changed: each movement of one item in one warehouse."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.inventory import records
from resolvers.inputs import DateTimeRange, values_of
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.types import Warehouse
from resolvers.relations import one
from resolvers.relay import id_field, uuid_of
from resolvers.users.types import User
from resolvers.users.visibility import may_see_user


@strawberry.enum(description="What moved stock.")
class StockMovementKind(Enum):
    RESTOCK = strawberry.enum_value("restock", description="Units came from the maker.")
    SALE = strawberry.enum_value("sale", description="Units were shipped with an order.")
    ADJUSTMENT = strawberry.enum_value("adjustment", description="Units were counted again.")
    RESERVATION = strawberry.enum_value("reservation", description="Units were held for an order.")
    RELEASE = strawberry.enum_value("release", description="An order gave units up, or its time ran out.")
    COMMIT = strawberry.enum_value("commit", description="An order was placed, and the units became its own.")
    RETURN = strawberry.enum_value("return", description="Shipped units came back.")
    TRANSFER = strawberry.enum_value("transfer", description="Units went from one warehouse to another.")


@strawberry.type(
    description="A change of the quantities of one item in one warehouse. It is never changed itself."
)
class StockMovement:
    id: strawberry.ID = id_field("StockMovement")
    kind: StockMovementKind = strawberry.field(description="What moved it.")
    available_change: int = strawberry.field(description="How many more or, below zero, fewer can be sold.")
    reserved_change: int = strawberry.field(description="How many more or fewer are held for orders.")
    committed_change: int = strawberry.field(description="How many more or fewer belong to orders.")
    backordered_change: int = strawberry.field(
        description="How many more or fewer are promised beyond what there is."
    )
    before: int = strawberry.field(description="How many could be sold from this warehouse before.")
    after: int = strawberry.field(description="How many could be sold from it afterwards.")
    reference_type: str | None = strawberry.field(description="What it was for, such as order.")
    reference_id: str | None = strawberry.field(description="The key of what it was for.")
    reason: str | None = strawberry.field(description="Why, in a few words.")
    notes: str | None = strawberry.field(description="More about it.")
    created_at: datetime = strawberry.field(description="When.")
    item: InventoryItem | None = one(
        lambda loaders: loaders.inventory.item_by_id, "item_id", description="The item."
    )
    warehouse: Warehouse | None = one(
        lambda loaders: loaders.inventory.warehouse_by_id, "warehouse_id", description="The warehouse."
    )
    actor: User | None = one(
        lambda loaders: loaders.users.by_id,
        "actor_id",
        visible=may_see_user,
        description="Who did it; null for the shop itself.",
    )


@strawberry.input(description="Conditions on stock movements. Every condition must be met.")
class StockMovementWhere:
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the inventory item with this global id."
    )
    warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="In the warehouse with this global id."
    )
    kind_in: list[StockMovementKind] | None = strawberry.field(
        default=None, description="The kind is one of these."
    )
    reference_type: str | None = strawberry.field(
        default=None, description="What it was for is of this kind, such as order."
    )
    reference_id: str | None = strawberry.field(default=None, description="What it was for has this key.")
    at: DateTimeRange | None = strawberry.field(default=None, description="It was within this range of time.")


def movement_filter(where: StockMovementWhere | None) -> records.MovementFilter:
    """The datasource's filter that an input stands for.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return records.MovementFilter()
    return records.MovementFilter(
        item_id=None if where.item_id is None else uuid_of(where.item_id, "InventoryItem"),
        warehouse_id=None if where.warehouse_id is None else uuid_of(where.warehouse_id, "Warehouse"),
        kinds=values_of(where.kind_in),
        reference_type=where.reference_type,
        reference_id=where.reference_id,
        at_from=where.at.from_ if where.at else None,
        at_before=where.at.before if where.at else None,
    )
