"""Alerts of low stock and of none."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.inventory import records
from resolvers.inputs import values_of
from resolvers.inventory.items import InventoryItem
from resolvers.relations import one
from resolvers.relay import Node, id_field, source_is, uuid_of
from resolvers.users.types import User
from resolvers.users.visibility import may_see_user


@strawberry.enum(description="Why staff are alerted.")
class StockAlertKind(Enum):
    LOW_STOCK = strawberry.enum_value("low_stock", description="No more are available than the threshold.")
    OUT_OF_STOCK = strawberry.enum_value("out_of_stock", description="None are available.")


@strawberry.type(description="An item of which there is little or nothing left.")
class StockAlert(Node):
    is_type_of = source_is(records.StockAlert)

    id: strawberry.ID = id_field("StockAlert")
    kind: StockAlertKind = strawberry.field(description="Why staff are alerted.")
    available: int = strawberry.field(description="How many units were available when it was raised.")
    threshold: int = strawberry.field(description="The item's threshold when it was raised.")
    created_at: datetime = strawberry.field(description="When it was raised.")
    acknowledged_at: datetime | None = strawberry.field(
        description="When somebody said that they have seen it."
    )
    resolved_at: datetime | None = strawberry.field(
        description="When there was enough again; null while it is open."
    )
    item: InventoryItem | None = one(
        lambda loaders: loaders.inventory.item_by_id, "item_id", description="The item."
    )
    acknowledged_by: User | None = one(
        lambda loaders: loaders.users.by_id,
        "acknowledged_by",
        visible=may_see_user,
        description="Who has seen it first.",
    )


@strawberry.input(description="Conditions on stock alerts. Every condition must be met.")
class StockAlertWhere:
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the inventory item with this global id."
    )
    kind_in: list[StockAlertKind] | None = strawberry.field(
        default=None, description="The kind is one of these."
    )
    is_open: bool | None = strawberry.field(default=None, description="Whether it is open.")
    is_acknowledged: bool | None = strawberry.field(default=None, description="Whether somebody has seen it.")


def alert_filter(where: StockAlertWhere | None) -> records.AlertFilter:
    """The datasource's filter that an input stands for.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return records.AlertFilter()
    return records.AlertFilter(
        item_id=None if where.item_id is None else uuid_of(where.item_id, "InventoryItem"),
        kinds=values_of(where.kind_in),
        is_open=where.is_open,
        is_acknowledged=where.is_acknowledged,
    )
