"""Alerts of low and of no stock: raised and resolved in the transaction of the change that crosses the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, update

from datasources.inventory.holdings import among
from datasources.inventory.listed import ALERT_COLUMNS
from datasources.inventory.records import StockAlert
from datasources.inventory.tables import inventory_items, low_stock_alerts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.holdings import HeldItem
    from datasources.inventory.records import AlertKind, InventoryItem


async def bring_alerts_up_to_date(
    transaction: AsyncConnection,
    before: Mapping[UUID, HeldItem],
    items: Sequence[InventoryItem],
    *,
    now: datetime,
) -> tuple[StockAlert, ...]:
    """Resolve what is over and raise what is new for held items that have changed; give the new alerts.

    Low stock stays open while there is nothing at all. An item that had an alert and still deserves it keeps it.
    """
    crossed = {
        item.id: item
        for item in items
        if state_of(item) != state_of(before[item.id])
        or item.low_stock_threshold != before[item.id].low_stock_threshold
    }
    if not crossed:
        return ()
    await _resolve(transaction, list(crossed), now=now)
    return await _raise(transaction, list(crossed.values()), now=now)


def state_of(item: InventoryItem | HeldItem) -> AlertKind | None:
    """Which alert an item deserves, if any."""
    if item.available == 0:
        return "out_of_stock"
    return "low_stock" if item.available <= item.low_stock_threshold else None


async def _resolve(transaction: AsyncConnection, item_ids: Sequence[UUID], *, now: datetime) -> None:
    available = inventory_items.c.quantity_available
    await transaction.execute(
        update(low_stock_alerts)
        .where(
            low_stock_alerts.c.inventory_item_id == among(item_ids),
            low_stock_alerts.c.inventory_item_id == inventory_items.c.id,
            low_stock_alerts.c.resolved_at.is_(None),
            or_(
                and_(low_stock_alerts.c.alert_type == "out_of_stock", available > 0),
                available > inventory_items.c.low_stock_threshold,
            ),
        )
        .values(resolved_at=now)
    )


async def _raise(
    transaction: AsyncConnection, items: Sequence[InventoryItem], *, now: datetime
) -> tuple[StockAlert, ...]:
    deserved = {item.id: (item, kind) for item in items if (kind := state_of(item)) is not None}
    if not deserved:
        return ()
    found = await transaction.execute(
        select(low_stock_alerts.c.inventory_item_id, low_stock_alerts.c.alert_type).where(
            low_stock_alerts.c.inventory_item_id == among(deserved),
            low_stock_alerts.c.resolved_at.is_(None),
        )
    )
    opened = {(row.inventory_item_id, row.alert_type) for row in found}
    rows: list[dict[str, Any]] = [
        {
            "inventory_item_id": item.id,
            "alert_type": kind,
            "current_quantity": item.available,
            "threshold_quantity": item.low_stock_threshold,
            "created_at": now,
        }
        for item, kind in deserved.values()
        if (item.id, kind) not in opened
    ]
    if not rows:
        return ()
    raised = await transaction.execute(insert(low_stock_alerts).returning(*ALERT_COLUMNS), rows)
    return tuple(StockAlert(**row) for row in raised.mappings())
