"""Reservations whose time is over, taken back by whoever sweeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from datasources.inventory.backorders import with_backorders_filled
from datasources.inventory.commands.reservations import given_up
from datasources.inventory.holdings import among, hold_free_items
from datasources.inventory.movements import move_stock
from datasources.inventory.reserved import change_lines, read_reservations, with_lines
from datasources.inventory.tables import inventory_reservations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.records import Reservation, ReservedLine

MOST_ORDERS: Final = 100


async def expire_reservations(
    database: Database, *, now: datetime, most: int = MOST_ORDERS
) -> tuple[Reservation, ...]:
    """Take back what up to `most` orders hold past its time, those first whose time ended first.

    An order loses all that it has not committed at once. Sweepers never wait, neither for each other nor for anybody
    else: an order with an item that somebody is at work on is left to the next sweep.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        return await _expire(transaction, await _overdue(transaction, now=now, most=most), now=now)


async def overdue_orders(database: Database, *, now: datetime, most: int = MOST_ORDERS) -> tuple[UUID, ...]:
    """Which orders `expire_reservations` would take something back from.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        return await _overdue(transaction, now=now, most=most)


async def expire_order(database: Database, *, order_id: UUID, now: datetime) -> tuple[Reservation, ...]:
    """Take back what one order holds past its time; nothing if its time is not over, or somebody is at work on it.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        return await _expire(transaction, [order_id], now=now)


async def _expire(
    transaction: AsyncConnection, orders: Sequence[UUID], *, now: datetime
) -> tuple[Reservation, ...]:
    items_by_order = await _active_items(transaction, orders)
    held = await hold_free_items(transaction, {item for items in items_by_order.values() for item in items})
    free = [order for order, items in items_by_order.items() if held.keys() >= items]
    reservations = await read_reservations(transaction, free, held)
    expired: list[Reservation] = []
    ended: list[ReservedLine] = []
    moves = []
    for reservation in reservations.values():
        # Read again under the lock: it may have been committed, released or renewed meanwhile.
        active = [line for line in reservation.lines if line.status == "active"]
        if any(line.expires_at <= now for line in active):
            lines = [replace(line, status="expired", backordered=0) for line in active]
            ended += lines
            moves += [given_up(reservation.order_id, line, reason="Expired") for line in active]
            expired.append(with_lines(reservation, lines))
    if ended:
        await change_lines(transaction, ended, now=now)
    filled = await with_backorders_filled(transaction, held, moves, now=now)
    await move_stock(transaction, held, filled, actor_id=None, now=now)
    return tuple(expired)


async def _overdue(transaction: AsyncConnection, *, now: datetime, most: int) -> tuple[UUID, ...]:
    """The orders that hold something past its time, those first whose time ended first."""
    ended = await transaction.scalars(
        select(inventory_reservations.c.order_id)
        .where(inventory_reservations.c.status == "active", inventory_reservations.c.expires_at <= now)
        .order_by(inventory_reservations.c.expires_at, inventory_reservations.c.order_id)
        .limit(most)
    )
    return tuple(dict.fromkeys(ended))


async def _active_items(transaction: AsyncConnection, orders: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """The items that each order holds without having committed them."""
    found = await transaction.execute(
        select(inventory_reservations.c.order_id, inventory_reservations.c.inventory_item_id).where(
            inventory_reservations.c.order_id == among(orders),
            inventory_reservations.c.status == "active",
        )
    )
    items: dict[UUID, set[UUID]] = {order: set() for order in orders}
    for row in found:
        items[row.order_id].add(row.inventory_item_id)
    return items
