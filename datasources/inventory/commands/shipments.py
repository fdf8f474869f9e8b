"""Committed units that leave the warehouses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datasources.inventory.errors import NothingReserved, NotShippable
from datasources.inventory.movements import ORDER, Move, move_stock
from datasources.inventory.reserved import change_lines, change_reservation, with_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.holdings import HeldItem
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

    async def change(
        transaction: AsyncConnection, held: Mapping[UUID, HeldItem], reservation: Reservation
    ) -> Reservation:
        live = [line for line in reservation.lines if line.is_live]
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
        return with_lines(reservation, shipped)

    return await change_reservation(
        database, change, order_id=order_id, operation="ship", idempotency_key=idempotency_key, now=now
    )


def _shipped(order_id: UUID, line: ReservedLine) -> Move:
    return Move(
        item_id=line.item_id,
        warehouse_id=line.warehouse_id,
        kind="sale",
        committed=-line.quantity,
        reference=(ORDER, str(order_id)),
    )
