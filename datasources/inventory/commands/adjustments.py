"""Corrections of the stock after a count: drafted, approved by somebody else, and applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from datasources.inventory.backorders import with_backorders_filled
from datasources.inventory.errors import AdjustmentNotReady, CountedSince, OwnAdjustment, UnknownAdjustment
from datasources.inventory.holdings import among, hold_items, hold_warehouses
from datasources.inventory.journal import STOCK_ADJUSTMENT, tell
from datasources.inventory.listed import ADJUSTMENT_COLUMNS
from datasources.inventory.movements import ADJUSTMENT, Move, move_stock
from datasources.inventory.records import AppliedAdjustment, StockAdjustment
from datasources.inventory.tables import (
    adjustment_numbers,
    inventory_stock,
    stock_adjustment_items,
    stock_adjustments,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.changes import CountedItem
    from datasources.inventory.records import AdjustmentStatus


async def draft_adjustment(
    database: Database,
    *,
    warehouse_id: UUID,
    counted: Sequence[CountedItem],
    reason: str,
    notes: str | None = None,
    actor_id: UUID,
    now: datetime,
) -> StockAdjustment:
    """Write down what was counted in a warehouse, against what should be available there at this moment.

    Raises:
        ValueError: nothing was counted, or something twice, or less than nothing.
        UnknownItem: nobody keeps count of some of it.
        UnknownWarehouse, WarehouseInactive: nothing can be counted there.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    by_item = {each.item_id: each.counted for each in counted}
    if not by_item or len(by_item) != len(counted) or min(by_item.values()) < 0:
        message = "Count something, each item once, and never less than nothing."
        raise ValueError(message)
    async with database.transaction() as transaction:
        await hold_items(transaction, by_item)
        await hold_warehouses(transaction, [warehouse_id])
        number = await transaction.scalar(select(adjustment_numbers.next_value()))
        added = await transaction.execute(
            insert(stock_adjustments)
            .values(
                adjustment_number=f"ADJ-{number}",
                warehouse_id=warehouse_id,
                reason=reason,
                notes=notes,
                status="draft",
                created_by=actor_id,
                created_at=now,
                updated_at=now,
            )
            .returning(*ADJUSTMENT_COLUMNS)
        )
        adjustment = StockAdjustment(**added.mappings().one())
        expected = await _available_in(transaction, warehouse_id, list(by_item))
        await transaction.execute(
            insert(stock_adjustment_items),
            [
                {
                    "adjustment_id": adjustment.id,
                    "inventory_item_id": item,
                    "current_quantity": expected.get(item, 0),
                    "adjusted_quantity": units,
                    "quantity_difference": units - expected.get(item, 0),
                }
                for item, units in by_item.items()
            ],
        )
        await _tell(transaction, "StockAdjustmentDrafted", adjustment, actor_id=actor_id, now=now)
        return adjustment


async def submit_adjustment(
    database: Database, *, adjustment_id: UUID, actor_id: UUID, now: datetime
) -> StockAdjustment:
    """Ask for the approval of a draft.

    Raises:
        UnknownAdjustment: there is none.
        AdjustmentNotReady: it is no draft.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        await _hold(transaction, adjustment_id, from_status="draft")
        return await _change(
            transaction,
            adjustment_id,
            "StockAdjustmentSubmitted",
            actor_id=actor_id,
            now=now,
            status="pending",
        )


async def approve_adjustment(
    database: Database, *, adjustment_id: UUID, actor_id: UUID, now: datetime
) -> StockAdjustment:
    """Allow an adjustment that somebody else has drafted to be applied.

    Raises:
        UnknownAdjustment: there is none.
        AdjustmentNotReady: it does not wait for approval.
        OwnAdjustment: it is the approver's own.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        held = await _hold(transaction, adjustment_id, from_status="pending")
        if held.created_by == actor_id:
            raise OwnAdjustment
        return await _change(
            transaction,
            adjustment_id,
            "StockAdjustmentApproved",
            actor_id=actor_id,
            now=now,
            status="approved",
            approved_by=actor_id,
            approved_at=now,
        )


async def reject_adjustment(
    database: Database, *, adjustment_id: UUID, actor_id: UUID, now: datetime
) -> StockAdjustment:
    """Turn down an adjustment that waits for approval; its own drafter may, too.

    Raises:
        UnknownAdjustment: there is none.
        AdjustmentNotReady: it does not wait for approval.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        await _hold(transaction, adjustment_id, from_status="pending")
        return await _change(
            transaction,
            adjustment_id,
            "StockAdjustmentRejected",
            actor_id=actor_id,
            now=now,
            status="rejected",
            rejected_by=actor_id,
            rejected_at=now,
        )


async def apply_adjustment(
    database: Database, *, adjustment_id: UUID, actor_id: UUID, now: datetime
) -> AppliedAdjustment:
    """Change the stock by the differences of an approved adjustment.

    The differences count, not the numbers: what was sold or delivered since the count stays sold or delivered.

    Raises:
        UnknownAdjustment: there is none.
        AdjustmentNotReady: it is not approved, or is applied already.
        NotEnoughStock: more is missing of something than is still available.
        CountedSince: another adjustment has corrected some of it in this warehouse since this one was drafted.
        TooManyUnits: there would be more of something than can be counted.
        WarehouseInactive: its warehouse is no longer active.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        adjustment = await _hold(transaction, adjustment_id, from_status="approved")
        found = await transaction.execute(
            select(
                stock_adjustment_items.c.inventory_item_id, stock_adjustment_items.c.quantity_difference
            ).where(stock_adjustment_items.c.adjustment_id == adjustment_id)
        )
        differences = {row.inventory_item_id: row.quantity_difference for row in found}
        held = await hold_items(transaction, differences)
        await _require_uncorrected(transaction, adjustment, differences)
        await hold_warehouses(transaction, [adjustment.warehouse_id])
        moves = [
            Move(
                item_id=item,
                warehouse_id=adjustment.warehouse_id,
                kind="adjustment",
                available=difference,
                reference=(ADJUSTMENT, adjustment.number),
                reason=adjustment.reason,
            )
            for item, difference in differences.items()
        ]
        filled = await with_backorders_filled(transaction, held, moves, now=now)
        moved = await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        applied = await _change(
            transaction,
            adjustment_id,
            "StockAdjustmentApplied",
            actor_id=actor_id,
            now=now,
            status="applied",
            applied_at=now,
        )
        return AppliedAdjustment(adjustment=applied, moved=moved)


async def _require_uncorrected(
    transaction: AsyncConnection, adjustment: StockAdjustment, item_ids: Iterable[UUID]
) -> None:
    """Refuse what another adjustment has put right already: both would count the same difference."""
    found = await transaction.scalars(
        select(stock_adjustment_items.c.inventory_item_id)
        .join(stock_adjustments, stock_adjustments.c.id == stock_adjustment_items.c.adjustment_id)
        .where(
            stock_adjustment_items.c.inventory_item_id == among(item_ids),
            stock_adjustments.c.warehouse_id == adjustment.warehouse_id,
            stock_adjustments.c.id != adjustment.id,
            stock_adjustments.c.applied_at > adjustment.created_at,
        )
        .distinct()
        .order_by(stock_adjustment_items.c.inventory_item_id)
    )
    corrected = found.all()
    if corrected:
        raise CountedSince(corrected)


async def _available_in(
    transaction: AsyncConnection, warehouse_id: UUID, item_ids: Sequence[UUID]
) -> dict[UUID, int]:
    found = await transaction.execute(
        select(inventory_stock.c.inventory_item_id, inventory_stock.c.quantity_available).where(
            inventory_stock.c.warehouse_id == warehouse_id,
            inventory_stock.c.inventory_item_id == among(item_ids),
        )
    )
    return {row.inventory_item_id: row.quantity_available for row in found}


async def _hold(
    transaction: AsyncConnection, adjustment_id: UUID, *, from_status: AdjustmentStatus
) -> StockAdjustment:
    found = await transaction.execute(
        select(*ADJUSTMENT_COLUMNS)
        .where(stock_adjustments.c.id == adjustment_id)
        .with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownAdjustment(adjustment_id)
    if row["status"] != from_status:
        raise AdjustmentNotReady(row["status"])
    return StockAdjustment(**row)


async def _change(
    transaction: AsyncConnection,
    adjustment_id: UUID,
    event: str,
    *,
    actor_id: UUID,
    now: datetime,
    **values: Any,
) -> StockAdjustment:
    changed = await transaction.execute(
        update(stock_adjustments)
        .where(stock_adjustments.c.id == adjustment_id)
        .values(version=stock_adjustments.c.version + 1, updated_at=now, **values)
        .returning(*ADJUSTMENT_COLUMNS)
    )
    adjustment = StockAdjustment(**changed.mappings().one())
    await _tell(transaction, event, adjustment, actor_id=actor_id, now=now)
    return adjustment


async def _tell(
    transaction: AsyncConnection, event: str, adjustment: StockAdjustment, *, actor_id: UUID, now: datetime
) -> None:
    await tell(
        transaction,
        event,
        aggregate_type=STOCK_ADJUSTMENT,
        aggregate_id=adjustment.id,
        version=adjustment.version,
        actor_id=actor_id,
        now=now,
        adjustment_id=str(adjustment.id),
        number=adjustment.number,
        warehouse_id=str(adjustment.warehouse_id),
        status=adjustment.status,
    )
