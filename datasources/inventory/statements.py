"""The inventory service's reads as SQL, each compiled once."""

from __future__ import annotations

from sqlalchemy import String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID, array

from datasources.core.databases import compile_statement
from datasources.inventory.tables import inventory_items, inventory_stock, warehouses

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

WAREHOUSE_BY_ID = compile_statement(
    select(warehouses.c.id, warehouses.c.code, warehouses.c.name, warehouses.c.is_active).where(
        warehouses.c.id == any_(_KEYS)
    )
)
