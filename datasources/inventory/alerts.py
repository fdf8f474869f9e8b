"""Alerts of low and of no stock: raised and resolved in the transaction of the change that crosses the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, update

from datasources.core.given_rows import given, insert_given
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
    crossed = [
        item
        for item in items
        if state_of(item) != state_of(before[item.id])
        or item.low_stock_threshold != before[item.id].low_stock_threshold
    ]
    better = [item.id for item in crossed if _may_be_over(before[item.id], item)]
    if better:
        await _resolve(transaction, better, now=now)
    deserved = {item.id: (item, kind) for item in crossed if (kind := state_of(item)) is not None}
    return await _raise(transaction, list(deserved.values()), now=now) if deserved else ()


def state_of(item: InventoryItem | HeldItem) -> AlertKind | None:
    """Which alert an item deserves, if any."""
    if item.available == 0:
        return "out_of_stock"
    return "low_stock" if item.available <= item.low_stock_threshold else None


def _may_be_over(before: HeldItem, item: InventoryItem) -> bool:
    """Whether an alert of the item may be over: never since something was taken."""
    return item.available > before.available or item.low_stock_threshold < before.low_stock_threshold


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
    transaction: AsyncConnection, deserved: Sequence[tuple[InventoryItem, AlertKind]], *, now: datetime
) -> tuple[StockAlert, ...]:
    """Open the alerts that are not open yet."""
    rows = [
        {
            "inventory_item_id": item.id,
            "alert_type": kind,
            "current_quantity": item.available,
            "threshold_quantity": item.low_stock_threshold,
            "created_at": now,
        }
        for item, kind in deserved
    ]
    raised = await transaction.execute(_RAISED, given(low_stock_alerts, _ALERT, rows))
    return tuple(StockAlert(**row) for row in raised.mappings())


_ALERT: Final = (
    "inventory_item_id",
    "alert_type",
    "current_quantity",
    "threshold_quantity",
    "created_at",
)

_RAISED = (
    insert_given(low_stock_alerts, _ALERT)
    .on_conflict_do_nothing(
        index_elements=["inventory_item_id", "alert_type"],
        index_where=low_stock_alerts.c.resolved_at.is_(None),
    )
    .returning(*ALERT_COLUMNS)
)
