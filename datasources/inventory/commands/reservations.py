"""Stock for orders: reserved while they are placed, committed when they are, and released when they are given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert as insert_or_change

from datasources.inventory.allocations import allocate
from datasources.inventory.backorders import with_backorders_filled
from datasources.inventory.errors import (
    AlreadyReserved,
    AlreadyShipped,
    NotEnoughStock,
    NothingReserved,
    Shortage,
)
from datasources.inventory.holdings import (
    hold_preferred_warehouse,
    hold_variants,
    items_of,
    read_levels,
)
from datasources.inventory.movements import ORDER, Move, move_stock
from datasources.inventory.operations import earlier_answer, keep_answer
from datasources.inventory.reserved import (
    by_variant,
    change_lines,
    hold_reservation,
    read_reservations,
    reservation_from,
    with_lines,
)
from datasources.inventory.tables import inventory_reservations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.allocations import Allocation
    from datasources.inventory.changes import Units
    from datasources.inventory.holdings import HeldItem
    from datasources.inventory.records import Reservation, ReservedLine


async def reserve(
    database: Database,
    *,
    order_id: UUID,
    units: Sequence[Units],
    expires_at: datetime,
    idempotency_key: str,
    actor_id: UUID | None = None,
    now: datetime,
) -> Reservation:
    """Hold units of many variants for an order until `expires_at`: all of them or none.

    The warehouses are chosen as `allocate` says. Where an item allows backorder, what is missing is promised.

    Raises:
        ValueError: nothing is wanted, or fewer than one of something, or until a time that has passed.
        UnknownItem: nobody keeps count of some of the variants.
        NotEnoughStock: there is less of something than wanted.
        TooManyUnits: more of something would be held or promised than can be counted.
        AlreadyReserved: the order holds some of it already, under another key.
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    wanted = by_variant(units)
    if expires_at <= now:
        message = "A reservation has to last for some time."
        raise ValueError(message)
    request = {"order_id": order_id, "units": {str(variant): wanted[variant] for variant in sorted(wanted)}}
    async with database.transaction() as transaction:
        earlier = await earlier_answer(transaction, idempotency_key, "reserve", request, now=now)
        if earlier is not None:
            return reservation_from(earlier)
        held = await hold_variants(transaction, wanted)
        await _require_unreserved(transaction, order_id, held)
        chosen = await _choose(transaction, held, wanted)
        await _write_lines(transaction, order_id, chosen, expires_at=expires_at, now=now)
        moves = [_taken(order_id, item, part) for item, parts in chosen.items() for part in parts]
        await move_stock(transaction, held, moves, actor_id=actor_id, now=now)
        reservation = (await read_reservations(transaction, [order_id], held))[order_id]
        await keep_answer(transaction, idempotency_key, reservation)
        return reservation


async def commit(
    database: Database,
    *,
    order_id: UUID,
    idempotency_key: str,
    actor_id: UUID | None = None,
    now: datetime,
) -> Reservation:
    """Make what an order has reserved its own, now that it is placed: it expires no more.

    A reservation whose time is over counts as long as nobody has taken it back; one that is committed stays so.

    Raises:
        NothingReserved: the order holds nothing.
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        earlier = await earlier_answer(
            transaction, idempotency_key, "commit", {"order_id": order_id}, now=now
        )
        if earlier is not None:
            return reservation_from(earlier)
        held, reservation = await hold_reservation(transaction, order_id)
        if not any(line.status in {"active", "committed"} for line in reservation.lines):
            raise NothingReserved(order_id)
        active = [line for line in reservation.lines if line.status == "active"]
        committed = [replace(line, status="committed") for line in active]
        if committed:
            await change_lines(transaction, committed, now=now)
        moves = [_committed(order_id, line) for line in active]
        await move_stock(transaction, held, moves, actor_id=actor_id, now=now)
        reservation = with_lines(reservation, committed)
        await keep_answer(transaction, idempotency_key, reservation)
        return reservation


async def release(
    database: Database,
    *,
    order_id: UUID,
    idempotency_key: str,
    reason: str | None = None,
    actor_id: UUID | None = None,
    now: datetime,
) -> Reservation:
    """Give back what an order holds and has not been shipped; what was given back or has expired stays so.

    Raises:
        NothingReserved: the order never held anything.
        AlreadyShipped: all of it has been shipped.
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        request = {"order_id": order_id, "reason": reason}
        earlier = await earlier_answer(transaction, idempotency_key, "release", request, now=now)
        if earlier is not None:
            return reservation_from(earlier)
        held, reservation = await hold_reservation(transaction, order_id)
        if not reservation.lines:
            raise NothingReserved(order_id)
        live = [line for line in reservation.lines if line.status in {"active", "committed"}]
        kept = [line for line in live if not line.shipped]
        if live and not kept:
            raise AlreadyShipped(order_id)
        given_back = [replace(line, status="released", backordered=0) for line in kept]
        if given_back:
            await change_lines(transaction, given_back, now=now)
        moves = [given_up(order_id, line, reason=reason) for line in kept]
        filled = await with_backorders_filled(transaction, moves, now=now)
        await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        reservation = with_lines(reservation, given_back)
        await keep_answer(transaction, idempotency_key, reservation)
        return reservation


def given_up(order_id: UUID, line: ReservedLine, *, reason: str | None) -> Move:
    """The move that makes a live line's units available again, and takes back its promise of others."""
    units = line.quantity - line.backordered
    return Move(
        item_id=line.item_id,
        warehouse_id=line.warehouse_id,
        kind="release",
        available=units,
        reserved=-units if line.status == "active" else 0,
        committed=-units if line.status == "committed" else 0,
        backordered=-line.backordered,
        reference=(ORDER, str(order_id)),
        reason=reason,
    )


async def _require_unreserved(
    transaction: AsyncConnection, order_id: UUID, held: Mapping[UUID, HeldItem]
) -> None:
    reservation = (await read_reservations(transaction, [order_id], held))[order_id]
    live = [line.variant_id for line in reservation.lines if line.status in {"active", "committed"}]
    if live:
        raise AlreadyReserved(order_id, dict.fromkeys(live))


async def _choose(
    transaction: AsyncConnection, held: dict[UUID, HeldItem], wanted: Mapping[UUID, int]
) -> dict[UUID, tuple[Allocation, ...]]:
    """Which warehouses the units of each item come from."""
    levels = await read_levels(transaction, held)
    items = items_of(held)
    first: UUID | None = None
    chosen: dict[UUID, tuple[Allocation, ...]] = {}
    shortages = []
    for variant, quantity in wanted.items():
        item = items[variant]
        of_item = [level for level in levels if level.item_id == item.id]
        parts = allocate(quantity, of_item, backorder_from=None)
        if parts is None and item.allows_backorder:
            first = first or await hold_preferred_warehouse(transaction)
            parts = allocate(quantity, of_item, backorder_from=first)
        if parts is None:
            there = sum(level.available for level in of_item)
            shortages.append(Shortage(variant_id=variant, sku=item.sku, wanted=quantity, available=there))
        else:
            chosen[item.id] = parts
    if shortages:
        raise NotEnoughStock(shortages)
    return chosen


async def _write_lines(
    transaction: AsyncConnection,
    order_id: UUID,
    chosen: Mapping[UUID, Sequence[Allocation]],
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Write what the order holds; a line that it gave up, or that expired, is taken up again."""
    rows: list[dict[str, Any]] = [
        {
            "inventory_item_id": item,
            "warehouse_id": part.warehouse_id,
            "order_id": order_id,
            "quantity_reserved": part.taken + part.backordered,
            "quantity_backordered": part.backordered,
            "expires_at": expires_at,
            "status": "active",
            "created_at": now,
            "updated_at": now,
        }
        for item, parts in chosen.items()
        for part in parts
    ]
    statement = insert_or_change(inventory_reservations)
    renewed = (
        "quantity_reserved",
        "quantity_backordered",
        "expires_at",
        "status",
        "created_at",
        "updated_at",
    )
    await transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id", "inventory_item_id", "warehouse_id"],
            set_={name: statement.excluded[name] for name in renewed},
        ),
        rows,
    )


def _taken(order_id: UUID, item_id: UUID, part: Allocation) -> Move:
    return Move(
        item_id=item_id,
        warehouse_id=part.warehouse_id,
        kind="reservation",
        available=-part.taken,
        reserved=part.taken,
        backordered=part.backordered,
        reference=(ORDER, str(order_id)),
    )


def _committed(order_id: UUID, line: ReservedLine) -> Move:
    units = line.quantity - line.backordered
    return Move(
        item_id=line.item_id,
        warehouse_id=line.warehouse_id,
        kind="commit",
        reserved=-units,
        committed=units,
        reference=(ORDER, str(order_id)),
    )
