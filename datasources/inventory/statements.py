"""The inventory service's reads as SQL, each compiled once."""

from __future__ import annotations

from sqlalchemy import String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID, array

from datasources.core.databases import compile_statement
from datasources.inventory.listed import ADJUSTMENT_COLUMNS, ALERT_COLUMNS, ITEM_COLUMNS, WAREHOUSE_COLUMNS
from datasources.inventory.tables import (
    inventory_items,
    inventory_stock,
    low_stock_alerts,
    stock_adjustment_items,
    stock_adjustments,
    warehouses,
)

_KEYS = bindparam("keys", type_=ARRAY(UUID))

STOCK_BY_VARIANT = compile_statement(
    select(
        inventory_items.c.product_variant_id.label("key"),
        array([inventory_items.c.id]).label("item_ids"),
        inventory_items.c.quantity_available.label("available"),
        inventory_items.c.quantity_reserved.label("reserved"),
        inventory_items.c.allow_backorder.label("allows_backorder"),
    ).where(inventory_items.c.product_variant_id == any_(_KEYS))
)

STOCK_BY_PRODUCT = compile_statement(
    select(
        inventory_items.c.product_id.label("key"),
        func.array_agg(inventory_items.c.id).label("item_ids"),
        func.sum(inventory_items.c.quantity_available).label("available"),
        func.sum(inventory_items.c.quantity_reserved).label("reserved"),
        func.bool_or(inventory_items.c.allow_backorder).label("allows_backorder"),
    )
    .where(inventory_items.c.product_id == any_(bindparam("keys", type_=ARRAY(String))))
    .group_by(inventory_items.c.product_id)
)

STOCK_BY_WAREHOUSE = compile_statement(
    select(
        inventory_stock.c.inventory_item_id.label("item_id"),
        inventory_stock.c.warehouse_id,
        inventory_stock.c.quantity_available.label("available"),
        inventory_stock.c.quantity_reserved.label("reserved"),
    )
    .join(warehouses, warehouses.c.id == inventory_stock.c.warehouse_id)
    .where(inventory_stock.c.inventory_item_id == any_(_KEYS))
    .order_by(warehouses.c.priority, warehouses.c.code)
)

WAREHOUSE_BY_ID = compile_statement(select(*WAREHOUSE_COLUMNS).where(warehouses.c.id == any_(_KEYS)))

ITEM_BY_ID = compile_statement(select(*ITEM_COLUMNS).where(inventory_items.c.id == any_(_KEYS)))

ITEM_BY_VARIANT = compile_statement(
    select(*ITEM_COLUMNS).where(inventory_items.c.product_variant_id == any_(_KEYS))
)

ITEMS_OF_PRODUCTS = compile_statement(
    select(*ITEM_COLUMNS).where(inventory_items.c.product_id == any_(bindparam("keys", type_=ARRAY(String))))
)

LEVELS_BY_ITEM = compile_statement(
    select(
        inventory_stock.c.inventory_item_id.label("item_id"),
        inventory_stock.c.warehouse_id,
        inventory_stock.c.quantity_available.label("available"),
        inventory_stock.c.quantity_reserved.label("reserved"),
        inventory_stock.c.quantity_committed.label("committed"),
        inventory_stock.c.quantity_backordered.label("backordered"),
    )
    .join(warehouses, warehouses.c.id == inventory_stock.c.warehouse_id)
    .where(inventory_stock.c.inventory_item_id == any_(_KEYS))
    .order_by(warehouses.c.priority, warehouses.c.code)
)

ALERT_BY_ID = compile_statement(select(*ALERT_COLUMNS).where(low_stock_alerts.c.id == any_(_KEYS)))

ADJUSTMENT_BY_ID = compile_statement(select(*ADJUSTMENT_COLUMNS).where(stock_adjustments.c.id == any_(_KEYS)))

ADJUSTED_BY_ADJUSTMENT = compile_statement(
    select(
        stock_adjustment_items.c.adjustment_id,
        stock_adjustment_items.c.inventory_item_id.label("item_id"),
        stock_adjustment_items.c.current_quantity.label("expected"),
        stock_adjustment_items.c.adjusted_quantity.label("counted"),
        stock_adjustment_items.c.quantity_difference.label("difference"),
    )
    .where(stock_adjustment_items.c.adjustment_id == any_(_KEYS))
    .order_by(stock_adjustment_items.c.inventory_item_id)
)
