"""Committed units that leave the warehouses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datasources.inventory.errors import NothingReserved, NotShippable
from datasources.inventory.movements import ORDER, Move, move_stock
from datasources.inventory.operations import earlier_answer, keep_answer
from datasources.inventory.reserved import change_lines, hold_reservation, reservation_from, with_lines

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.inventory.records import Reservation, ReservedLine


async def ship(
    database: Database,
    *,
    order_id: UUID,
    idempotency_key: str,
    actor_id: UUID | None = None,
    now: datetime,
) -> Reservation:
    """Send an order's units out of the warehouses; what has been shipped stays so.

    Raises:
        NothingReserved: the order holds nothing.
        NotShippable: some of it is not committed, or not there yet.
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        earlier = await earlier_answer(transaction, idempotency_key, "ship", {"order_id": order_id}, now=now)
        if earlier is not None:
            return reservation_from(earlier)
        held, reservation = await hold_reservation(transaction, order_id)
        live = [line for line in reservation.lines if line.status in {"active", "committed"}]
        if not live:
            raise NothingReserved(order_id)
        if reservation.backordered or any(line.status == "active" for line in live):
            raise NotShippable(order_id, reservation.backordered)
        waiting = [line for line in live if not line.shipped]
        shipped = [replace(line, shipped=line.quantity) for line in waiting]
        if shipped:
            await change_lines(transaction, shipped, now=now)
        moves = [_shipped(order_id, line) for line in waiting]
        await move_stock(transaction, held, moves, actor_id=actor_id, now=now)
        reservation = with_lines(reservation, shipped)
        await keep_answer(transaction, idempotency_key, reservation)
        return reservation


def _shipped(order_id: UUID, line: ReservedLine) -> Move:
    return Move(
        item_id=line.item_id,
        warehouse_id=line.warehouse_id,
        kind="sale",
        committed=-line.quantity,
        reference=(ORDER, str(order_id)),
    )
