"""Loads many inventory items into InventoryDb at once; those that are already there are left as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from datasources.core.bulk import copy_missing, copy_rows, those_missing
from datasources.inventory import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]


class WarehouseRow(TypedDict):
    """A row of warehouses."""

    id: UUID
    code: str
    name: str
    address: dict[str, str]
    is_active: bool
    priority: int
    created_at: datetime
    updated_at: datetime


class ItemRow(TypedDict):
    """A row of inventory_items; its quantities are the sums over its stock rows."""

    id: UUID
    product_variant_id: UUID
    product_id: str
    sku: str
    quantity_available: int
    quantity_reserved: int
    quantity_committed: int
    quantity_backordered: int
    low_stock_threshold: int
    reorder_point: int
    reorder_quantity: int
    allow_backorder: bool
    last_restocked_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime


class StockRow(TypedDict):
    """A row of inventory_stock."""

    inventory_item_id: UUID
    warehouse_id: UUID
    quantity_available: int
    quantity_reserved: int
    quantity_committed: int
    quantity_backordered: int
    version: int
    created_at: datetime
    updated_at: datetime


class TransactionRow(TypedDict):
    """A row of inventory_transactions."""

    id: UUID
    inventory_item_id: UUID
    warehouse_id: UUID
    transaction_type: str
    quantity_change: int
    reserved_change: int
    committed_change: int
    previous_stock: int
    new_stock: int
    reference_id: str | None
    reference_type: str | None
    reason: str | None
    created_by: UUID | None
    created_at: datetime


class ReservationRow(TypedDict):
    """A row of inventory_reservations."""

    id: UUID
    inventory_item_id: UUID
    warehouse_id: UUID
    order_id: UUID
    quantity_reserved: int
    quantity_shipped: int
    quantity_returned: int
    expires_at: datetime
    status: str
    created_at: datetime
    updated_at: datetime


class AlertRow(TypedDict):
    """A row of low_stock_alerts."""

    id: UUID
    inventory_item_id: UUID
    alert_type: str
    current_quantity: int
    threshold_quantity: int
    is_acknowledged: bool
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    created_at: datetime


class AdjustmentRow(TypedDict):
    """A row of stock_adjustments that has moved nothing."""

    id: UUID
    adjustment_number: str
    warehouse_id: UUID
    reason: str
    status: str
    created_by: UUID
    rejected_by: UUID | None
    rejected_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AdjustedItemRow(TypedDict):
    """A row of stock_adjustment_items."""

    id: UUID
    adjustment_id: UUID
    inventory_item_id: UUID
    current_quantity: int
    adjusted_quantity: int
    quantity_difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """An inventory item with its stock and all that happened to it."""

    item: ItemRow
    stock: Sequence[StockRow]
    transactions: Sequence[TransactionRow]
    reservations: Sequence[ReservationRow]
    alerts: Sequence[AlertRow]
    adjustments: Sequence[AdjustmentRow]
    adjusted: Sequence[AdjustedItemRow]


async def copy_warehouses(connection: Connection, warehouses: Sequence[WarehouseRow]) -> int:
    """Add the warehouses that are missing, in one transaction; tell how many they were.

    Raises:
        asyncpg.UniqueViolationError: the code of one belongs to another warehouse.
    """
    return await copy_missing(connection, tables.warehouses, warehouses)


async def copy_items(connection: Connection, items: Sequence[BulkItem]) -> int:
    """Add the items that are missing, in one transaction; tell how many they were.

    Their warehouses must be there.

    Raises:
        asyncpg.UniqueViolationError: the variant of one has another item.
    """
    async with connection.transaction():
        missing = await those_missing(connection, tables.inventory_items, items, lambda each: each.item["id"])
        await copy_rows(connection, tables.inventory_items, [each.item for each in missing])
        await copy_rows(connection, tables.inventory_stock, [row for each in missing for row in each.stock])
        await copy_rows(
            connection, tables.inventory_transactions, [row for each in missing for row in each.transactions]
        )
        await copy_rows(
            connection, tables.inventory_reservations, [row for each in missing for row in each.reservations]
        )
        await copy_rows(connection, tables.low_stock_alerts, [row for each in missing for row in each.alerts])
        await copy_rows(
            connection, tables.stock_adjustments, [row for each in missing for row in each.adjustments]
        )
        await copy_rows(
            connection, tables.stock_adjustment_items, [row for each in missing for row in each.adjusted]
        )
    return len(missing)
