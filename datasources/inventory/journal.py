"""Tells what a command changed, within its transaction: one event for each item, alert, adjustment and warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from datasources.inventory.tables import domain_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.records import InventoryItem, StockAlert, StockMovement

ITEM: Final = "InventoryItem"
WAREHOUSE: Final = "Warehouse"
STOCK_ADJUSTMENT: Final = "StockAdjustment"


async def tell_of_items(
    transaction: AsyncConnection,
    items: Sequence[InventoryItem],
    movements: Sequence[StockMovement],
    alerts: Sequence[StockAlert],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Tell of each item what it has now, why, and of the alerts that it raised.

    A listener that keeps the last `version` that it saw of an item is never set back by an event that comes late.
    """
    causes = {movement.item_id: movement for movement in reversed(movements)}
    kinds = {alert.item_id: alert.kind for alert in alerts}
    events = []
    for item in items:
        cause = causes.get(item.id)
        stock = {
            **_facts(item),
            "cause": None if cause is None else cause.kind,
            "reference_type": None if cause is None else cause.reference_type,
            "reference_id": None if cause is None else cause.reference_id,
            "actor_id": None if actor_id is None else str(actor_id),
        }
        events.append(_event("StockChanged", ITEM, item.id, item.version, stock, now))
        if item.id in kinds:
            alert = {**_facts(item), "kind": kinds[item.id], "threshold": item.low_stock_threshold}
            events.append(_event("StockAlertRaised", ITEM, item.id, item.version, alert, now))
    await transaction.execute(insert(domain_events), events)


async def tell(
    transaction: AsyncConnection,
    event: str,
    *,
    aggregate_type: str,
    aggregate_id: UUID,
    version: int,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> None:
    """Add an event to the outbox; `version` is the aggregate's after the change, `data` what JSON can hold."""
    facts = {"actor_id": None if actor_id is None else str(actor_id), **data}
    await transaction.execute(
        insert(domain_events), [_event(event, aggregate_type, aggregate_id, version, facts, now)]
    )


def _facts(item: InventoryItem) -> dict[str, Any]:
    return {
        "item_id": str(item.id),
        "variant_id": str(item.variant_id),
        "product_id": item.product_id,
        "sku": item.sku,
        "available": item.available,
        "reserved": item.reserved,
        "committed": item.committed,
        "backordered": item.backordered,
        "allows_backorder": item.allows_backorder,
    }


def _event(
    event: str, aggregate_type: str, aggregate_id: UUID, version: int, data: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "aggregate_id": str(aggregate_id),
        "aggregate_type": aggregate_type,
        "event_type": event,
        "event_data": data,
        "version": version,
        "occurred_at": now,
    }
