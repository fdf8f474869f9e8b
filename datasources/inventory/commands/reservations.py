"""Stock for orders: reserved while they are placed, committed when they are, and released when they are given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

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
)
from datasources.inventory.movements import ORDER, Move, move_stock
from datasources.inventory.operations import earlier_answer, keep_answer
from datasources.inventory.records import Reservation, ReservedLine
from datasources.inventory.reserved import (
    by_variant,
    change_lines,
    change_reservation,
    read_places,
    reservation_from,
    with_lines,
    write_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.allocations import Allocation, Level
    from datasources.inventory.changes import Units
    from datasources.inventory.holdings import HeldItem


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
        levels, lines = await read_places(transaction, order_id, held)
        _require_unreserved(order_id, lines)
        chosen = await _choose(transaction, held, levels, wanted)
        taken_up = _taken_up(held, lines, chosen, expires_at=expires_at)
        await write_lines(transaction, order_id, taken_up, now=now)
        moves = [_taken(order_id, line) for line in taken_up]
        await move_stock(transaction, held, moves, actor_id=actor_id, now=now)
        by_place = {line.place: line for line in (*lines, *taken_up)}
        reservation = Reservation(order_id=order_id, lines=_in_order(by_place.values()))
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

    async def change(
        transaction: AsyncConnection, held: Mapping[UUID, HeldItem], reservation: Reservation
    ) -> Reservation:
        if not any(line.is_live for line in reservation.lines):
            raise NothingReserved(order_id)
        active = [line for line in reservation.lines if line.status == "active"]
        committed = [replace(line, status="committed") for line in active]
        if committed:
            await change_lines(transaction, committed, now=now)
        moves = [_committed(order_id, line) for line in active]
        await move_stock(transaction, held, moves, actor_id=actor_id, now=now)
        return with_lines(reservation, committed)

    return await change_reservation(
        database, change, order_id=order_id, operation="commit", idempotency_key=idempotency_key, now=now
    )


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

    async def change(
        transaction: AsyncConnection, held: Mapping[UUID, HeldItem], reservation: Reservation
    ) -> Reservation:
        if not reservation.lines:
            raise NothingReserved(order_id)
        live = [line for line in reservation.lines if line.is_live]
        kept = [line for line in live if not line.shipped]
        if live and not kept:
            raise AlreadyShipped(order_id)
        given_back = [replace(line, status="released", backordered=0) for line in kept]
        if given_back:
            await change_lines(transaction, given_back, now=now)
        moves = [given_up(order_id, line, reason=reason) for line in kept]
        filled = await with_backorders_filled(transaction, held, moves, now=now)
        await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        return with_lines(reservation, given_back)

    return await change_reservation(
        database,
        change,
        order_id=order_id,
        operation="release",
        request={"reason": reason},
        idempotency_key=idempotency_key,
        now=now,
    )


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


def _in_order(lines: Iterable[ReservedLine]) -> tuple[ReservedLine, ...]:
    return tuple(sorted(lines, key=lambda line: line.place))


def _require_unreserved(order_id: UUID, lines: Sequence[ReservedLine]) -> None:
    live = [line.variant_id for line in _in_order(lines) if line.is_live]
    if live:
        raise AlreadyReserved(order_id, dict.fromkeys(live))


async def _choose(
    transaction: AsyncConnection,
    held: dict[UUID, HeldItem],
    levels: Sequence[Level],
    wanted: Mapping[UUID, int],
) -> dict[UUID, tuple[Allocation, ...]]:
    """Which warehouses the units of each item come from."""
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


def _taken_up(
    held: Mapping[UUID, HeldItem],
    lines: Sequence[ReservedLine],
    chosen: Mapping[UUID, Sequence[Allocation]],
    *,
    expires_at: datetime,
) -> list[ReservedLine]:
    """What the order is to hold; a line that it gave up, or that expired, is taken up again. None was ever shipped."""
    earlier = {line.place: line.reservation_id for line in lines}
    return [
        ReservedLine(
            reservation_id=earlier.get((item, part.warehouse_id)) or uuid4(),
            item_id=item,
            variant_id=held[item].variant_id,
            product_id=held[item].product_id,
            sku=held[item].sku,
            warehouse_id=part.warehouse_id,
            quantity=part.taken + part.backordered,
            backordered=part.backordered,
            shipped=0,
            returned=0,
            status="active",
            expires_at=expires_at,
        )
        for item, parts in chosen.items()
        for part in parts
    ]


def _taken(order_id: UUID, line: ReservedLine) -> Move:
    units = line.quantity - line.backordered
    return Move(
        item_id=line.item_id,
        warehouse_id=line.warehouse_id,
        kind="reservation",
        available=-units,
        reserved=units,
        backordered=line.backordered,
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
