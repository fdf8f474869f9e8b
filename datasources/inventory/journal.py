"""Writes down what a command changed, within its transaction: movements in the journal, and what happened as events.

There is one event for each item, alert, adjustment and warehouse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from datasources.core.given_rows import given, insert_given
from datasources.inventory.tables import domain_events, inventory_transactions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.records import InventoryItem, StockAlert, StockMovement

STOCK_CHANGED: Final = "StockChanged"
STOCK_ALERT_RAISED: Final = "StockAlertRaised"

ITEM: Final = "InventoryItem"
WAREHOUSE: Final = "Warehouse"
STOCK_ADJUSTMENT: Final = "StockAdjustment"


async def write_down(
    transaction: AsyncConnection,
    movements: Sequence[StockMovement],
    items: Sequence[InventoryItem],
    alerts: Sequence[StockAlert],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> tuple[StockMovement, ...]:
    """Add movements to the journal, in their order, and tell of the items that they moved, as `tell_of_items` does.

    Gives the movements with their places in the journal.
    """
    rows = [{column: getattr(movement, name) for column, name in _WRITTEN.items()} for movement in movements]
    events = _events_of_items(items, movements, alerts, actor_id=actor_id, now=now)
    added = await transaction.execute(
        _WRITE_DOWN,
        {**given(inventory_transactions, _WRITTEN, rows), **given(domain_events, _EVENT, events)},
    )
    places = {row.id: row.sequence for row in added}
    return tuple(replace(movement, sequence=places[movement.id]) for movement in movements)


async def tell_of_items(
    transaction: AsyncConnection,
    items: Sequence[InventoryItem],
    alerts: Sequence[StockAlert],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Tell of each item what it has now, why, and of the alerts that it raised.

    A listener that keeps the last `version` that it saw of an item is never set back by an event that comes late.
    """
    events = _events_of_items(items, (), alerts, actor_id=actor_id, now=now)
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


def _events_of_items(
    items: Sequence[InventoryItem],
    movements: Sequence[StockMovement],
    alerts: Sequence[StockAlert],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """One event for each item, caused by its first movement, and one for its alert."""
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
        events.append(_event(STOCK_CHANGED, ITEM, item.id, item.version, stock, now))
        if item.id in kinds:
            alert = {**_facts(item), "kind": kinds[item.id], "threshold": item.low_stock_threshold}
            events.append(_event(STOCK_ALERT_RAISED, ITEM, item.id, item.version, alert, now))
    return events


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


_EVENT: Final = ("aggregate_id", "aggregate_type", "event_type", "event_data", "version", "occurred_at")

_WRITTEN: Final = {
    "id": "id",
    "inventory_item_id": "item_id",
    "warehouse_id": "warehouse_id",
    "transaction_type": "kind",
    "quantity_change": "available_change",
    "reserved_change": "reserved_change",
    "committed_change": "committed_change",
    "backordered_change": "backordered_change",
    "previous_stock": "before",
    "new_stock": "after",
    "reference_type": "reference_type",
    "reference_id": "reference_id",
    "reason": "reason",
    "notes": "notes",
    "created_by": "actor_id",
    "created_at": "created_at",
}

_WRITE_DOWN = (
    insert_given(inventory_transactions, _WRITTEN)
    .returning(inventory_transactions.c.id, inventory_transactions.c.sequence)
    .add_cte(insert_given(domain_events, _EVENT).cte("told"))
)
