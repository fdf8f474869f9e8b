"""Stock adjustments: what was counted, who drafted it, who allowed it."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.inventory import records
from resolvers.inputs import values_of
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.types import Warehouse
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is, uuid_of
from resolvers.users.types import User
from resolvers.users.visibility import may_see_user


@strawberry.enum(description="The stage that a stock adjustment has reached.")
class StockAdjustmentStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Written down, not submitted yet.")
    PENDING = strawberry.enum_value("pending", description="Waiting for somebody else's approval.")
    APPROVED = strawberry.enum_value("approved", description="Allowed, not applied yet.")
    REJECTED = strawberry.enum_value("rejected", description="Turned down.")
    APPLIED = strawberry.enum_value("applied", description="Done: the stock was changed by it.")


@strawberry.type(description="A line of a stock adjustment.")
class StockAdjustmentLine:
    expected: int = strawberry.field(description="How many units should have been available.")
    counted: int = strawberry.field(description="How many there were.")
    difference: int = strawberry.field(description="By how many the stock is changed.")
    item: InventoryItem | None = one(
        lambda loaders: loaders.inventory.item_by_id, "item_id", description="The item."
    )


@strawberry.type(description="Differences that were counted in a warehouse.")
class StockAdjustment(Node):
    is_type_of = source_is(records.StockAdjustment)

    id: strawberry.ID = id_field("StockAdjustment")
    number: str = strawberry.field(description="Its number, which people use.")
    status: StockAdjustmentStatus = strawberry.field(description="The stage that it has reached.")
    reason: str = strawberry.field(description="Why it was counted.")
    notes: str | None = strawberry.field(description="More about it.")
    created_at: datetime = strawberry.field(description="When it was drafted.")
    approved_at: datetime | None = strawberry.field(description="When it was approved.")
    rejected_at: datetime | None = strawberry.field(description="When it was rejected.")
    applied_at: datetime | None = strawberry.field(description="When the stock was changed by it.")
    warehouse: Warehouse | None = one(
        lambda loaders: loaders.inventory.warehouse_by_id, "warehouse_id", description="The warehouse."
    )
    lines: list[StockAdjustmentLine] = many(
        lambda loaders: loaders.inventory.adjusted_by_adjustment, "id", description="What was counted."
    )
    drafted_by: User | None = one(
        lambda loaders: loaders.users.by_id,
        "created_by",
        visible=may_see_user,
        description="Who drafted it.",
    )
    approved_by: User | None = one(
        lambda loaders: loaders.users.by_id,
        "approved_by",
        visible=may_see_user,
        description="Who approved it; never who drafted it.",
    )
    rejected_by: User | None = one(
        lambda loaders: loaders.users.by_id,
        "rejected_by",
        visible=may_see_user,
        description="Who rejected it.",
    )


@strawberry.input(description="Conditions on stock adjustments. Every condition must be met.")
class StockAdjustmentWhere:
    status_in: list[StockAdjustmentStatus] | None = strawberry.field(
        default=None, description="The status is one of these."
    )
    warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="Counted in the warehouse with this global id."
    )


def adjustment_filter(where: StockAdjustmentWhere | None) -> records.AdjustmentFilter:
    """The datasource's filter that an input stands for.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return records.AdjustmentFilter()
    return records.AdjustmentFilter(
        statuses=values_of(where.status_in),
        warehouse_id=None if where.warehouse_id is None else uuid_of(where.warehouse_id, "Warehouse"),
    )
