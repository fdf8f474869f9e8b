"""How the inventory's lists are read: the columns of each record, what they are filtered by, and their orders."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from sqlalchemy import Boolean, DateTime, String, Uuid, any_, bindparam, literal_column
from sqlalchemy.dialects.postgresql import ARRAY

from datasources.core.listings import RowList
from datasources.core.paging import Order, SortKey, parse_number, parse_text, parse_time, parse_uuid
from datasources.inventory.records import (
    InventoryItem,
    StockAdjustment,
    StockAlert,
    StockMovement,
    Warehouse,
)
from datasources.inventory.tables import (
    inventory_items,
    inventory_transactions,
    low_stock_alerts,
    stock_adjustments,
    warehouses,
)

_ID = SortKey(column="id", parse=parse_uuid, value=attrgetter("id"))
_SEQUENCE = SortKey(column="sequence", parse=parse_number, value=attrgetter("sequence"))


def _newest(name: str, last: SortKey = _ID) -> Order:
    return Order(
        name=name,
        keys=(
            SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at")),
            last,
        ),
        descending=True,
    )


def _line(name: str) -> Any:
    """A line of a warehouse's address. Written out, since statements that are kept take no literal values."""
    return literal_column(f"warehouses.address ->> '{name}'", String).label(name)


WAREHOUSE_COLUMNS = (
    warehouses.c.id,
    warehouses.c.code,
    warehouses.c.name,
    warehouses.c.is_active,
    warehouses.c.priority,
    warehouses.c.version,
    warehouses.c.created_at,
    _line("street_address"),
    _line("city"),
    _line("state_province"),
    _line("postal_code"),
    _line("country"),
)

ITEM_COLUMNS = (
    inventory_items.c.id,
    inventory_items.c.product_variant_id.label("variant_id"),
    inventory_items.c.product_id,
    inventory_items.c.sku,
    inventory_items.c.quantity_available.label("available"),
    inventory_items.c.quantity_reserved.label("reserved"),
    inventory_items.c.quantity_committed.label("committed"),
    inventory_items.c.quantity_backordered.label("backordered"),
    inventory_items.c.low_stock_threshold,
    inventory_items.c.reorder_point,
    inventory_items.c.reorder_quantity,
    inventory_items.c.allow_backorder.label("allows_backorder"),
    inventory_items.c.last_restocked_at,
    inventory_items.c.version,
    inventory_items.c.created_at,
    inventory_items.c.updated_at,
)

MOVEMENT_COLUMNS = (
    inventory_transactions.c.id,
    inventory_transactions.c.sequence,
    inventory_transactions.c.inventory_item_id.label("item_id"),
    inventory_transactions.c.warehouse_id,
    inventory_transactions.c.transaction_type.label("kind"),
    inventory_transactions.c.quantity_change.label("available_change"),
    inventory_transactions.c.reserved_change,
    inventory_transactions.c.committed_change,
    inventory_transactions.c.backordered_change,
    inventory_transactions.c.previous_stock.label("before"),
    inventory_transactions.c.new_stock.label("after"),
    inventory_transactions.c.reference_type,
    inventory_transactions.c.reference_id,
    inventory_transactions.c.reason,
    inventory_transactions.c.notes,
    inventory_transactions.c.created_by.label("actor_id"),
    inventory_transactions.c.created_at,
)

ALERT_COLUMNS = (
    low_stock_alerts.c.id,
    low_stock_alerts.c.inventory_item_id.label("item_id"),
    low_stock_alerts.c.alert_type.label("kind"),
    low_stock_alerts.c.current_quantity.label("available"),
    low_stock_alerts.c.threshold_quantity.label("threshold"),
    low_stock_alerts.c.acknowledged_by,
    low_stock_alerts.c.acknowledged_at,
    low_stock_alerts.c.resolved_at,
    low_stock_alerts.c.created_at,
)

ADJUSTMENT_COLUMNS = (
    stock_adjustments.c.id,
    stock_adjustments.c.adjustment_number.label("number"),
    stock_adjustments.c.warehouse_id,
    stock_adjustments.c.reason,
    stock_adjustments.c.notes,
    stock_adjustments.c.status,
    stock_adjustments.c.created_by,
    stock_adjustments.c.approved_by,
    stock_adjustments.c.approved_at,
    stock_adjustments.c.rejected_by,
    stock_adjustments.c.rejected_at,
    stock_adjustments.c.applied_at,
    stock_adjustments.c.version,
    stock_adjustments.c.created_at,
    stock_adjustments.c.updated_at,
)

WAREHOUSES_PREFERRED = Order(
    name="warehouses_preferred",
    keys=(
        SortKey(column="priority", parse=partial(parse_number, most=2**31 - 1), value=attrgetter("priority")),
        SortKey(column="code", parse=parse_text, value=attrgetter("code")),
    ),
    descending=False,
)
ITEMS_NEWEST = _newest("inventory_items_newest")
MOVEMENTS_NEWEST = _newest("stock_movements_newest", _SEQUENCE)
ALERTS_NEWEST = _newest("stock_alerts_newest")
ADJUSTMENTS_NEWEST = _newest("stock_adjustments_newest")

WAREHOUSES = RowList(
    record=Warehouse,
    table=warehouses,
    columns=WAREHOUSE_COLUMNS,
    conditions={"is_active": warehouses.c.is_active == bindparam("is_active", type_=Boolean)},
)

ITEMS = RowList(
    record=InventoryItem,
    table=inventory_items,
    columns=ITEM_COLUMNS,
    conditions={
        "skus": inventory_items.c.sku == any_(bindparam("skus", type_=ARRAY(String))),
        "product_id": inventory_items.c.product_id == bindparam("product_id", type_=String),
    },
    switches={
        "is_low": inventory_items.c.quantity_available <= inventory_items.c.low_stock_threshold,
        "is_out": inventory_items.c.quantity_available == literal_column("0"),
    },
)

MOVEMENTS = RowList(
    record=StockMovement,
    table=inventory_transactions,
    columns=MOVEMENT_COLUMNS,
    conditions={
        "item_id": inventory_transactions.c.inventory_item_id == bindparam("item_id", type_=Uuid),
        "warehouse_id": inventory_transactions.c.warehouse_id == bindparam("warehouse_id", type_=Uuid),
        "kinds": inventory_transactions.c.transaction_type == any_(bindparam("kinds", type_=ARRAY(String))),
        "reference_type": inventory_transactions.c.reference_type
        == bindparam("reference_type", type_=String),
        "reference_id": inventory_transactions.c.reference_id == bindparam("reference_id", type_=String),
        "at_from": inventory_transactions.c.created_at >= bindparam("at_from", type_=DateTime(timezone=True)),
        "at_before": inventory_transactions.c.created_at
        < bindparam("at_before", type_=DateTime(timezone=True)),
    },
)

ALERTS = RowList(
    record=StockAlert,
    table=low_stock_alerts,
    columns=ALERT_COLUMNS,
    conditions={
        "item_id": low_stock_alerts.c.inventory_item_id == bindparam("item_id", type_=Uuid),
        "kinds": low_stock_alerts.c.alert_type == any_(bindparam("kinds", type_=ARRAY(String))),
        "is_acknowledged": low_stock_alerts.c.is_acknowledged == bindparam("is_acknowledged", type_=Boolean),
    },
    switches={"is_open": low_stock_alerts.c.resolved_at.is_(None)},
)

ADJUSTMENTS = RowList(
    record=StockAdjustment,
    table=stock_adjustments,
    columns=ADJUSTMENT_COLUMNS,
    conditions={
        "statuses": stock_adjustments.c.status == any_(bindparam("statuses", type_=ARRAY(String))),
        "warehouse_id": stock_adjustments.c.warehouse_id == bindparam("warehouse_id", type_=Uuid),
    },
)
