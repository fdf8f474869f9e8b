"""Gives what comes into a warehouse to whoever waits for it there, first come, first served."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from datasources.inventory.holdings import among, read_levels
from datasources.inventory.movements import ORDER, Move
from datasources.inventory.tables import inventory_reservations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.records import ReservationStatus

_LIVE = ("active", "committed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A reservation that waits for units."""

    id: UUID
    item_id: UUID
    warehouse_id: UUID
    order_id: UUID
    backordered: int
    status: ReservationStatus


async def with_backorders_filled(
    transaction: AsyncConnection, moves: Sequence[Move], *, now: datetime
) -> list[Move]:
    """These moves, and those that give what they bring to reservations that wait for it; these are changed already.

    The items are held. A reservation that is committed gets its units committed.
    """
    risen = {move.item_id for move in moves if move.available > 0}
    levels = [level for level in await read_levels(transaction, risen) if level.backordered] if risen else []
    if not levels:
        return list(moves)
    brought: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
    for move in moves:
        brought[move.place] += move.available
    left = {
        (level.item_id, level.warehouse_id): level.available + brought[level.item_id, level.warehouse_id]
        for level in levels
    }
    given = _share(await _waiting(transaction, risen), left)
    if given:
        await _give(transaction, given, now=now)
    return [*moves, *(_move(reservation, units) for reservation, units in given)]


def _share(waiting: Sequence[_Waiting], left: Mapping[tuple[UUID, UUID], int]) -> list[tuple[_Waiting, int]]:
    """Who of those that wait gets how many units."""
    rest = dict(left)
    given = []
    for reservation in waiting:
        place = (reservation.item_id, reservation.warehouse_id)
        units = min(reservation.backordered, rest.get(place, 0))
        if units > 0:
            rest[place] -= units
            given.append((reservation, units))
    return given


async def _waiting(transaction: AsyncConnection, item_ids: set[UUID]) -> list[_Waiting]:
    found = await transaction.execute(
        select(
            inventory_reservations.c.id,
            inventory_reservations.c.inventory_item_id.label("item_id"),
            inventory_reservations.c.warehouse_id,
            inventory_reservations.c.order_id,
            inventory_reservations.c.quantity_backordered.label("backordered"),
            inventory_reservations.c.status,
        )
        .where(
            inventory_reservations.c.inventory_item_id == among(item_ids),
            inventory_reservations.c.quantity_backordered > 0,
            inventory_reservations.c.status.in_(_LIVE),
        )
        .order_by(inventory_reservations.c.created_at, inventory_reservations.c.id)
    )
    return [_Waiting(**row) for row in found.mappings()]


async def _give(
    transaction: AsyncConnection, given: Sequence[tuple[_Waiting, int]], *, now: datetime
) -> None:
    await transaction.execute(
        update(inventory_reservations)
        .where(inventory_reservations.c.id == bindparam("reservation"))
        .values(
            quantity_backordered=inventory_reservations.c.quantity_backordered - bindparam("units"),
            updated_at=now,
        ),
        [{"reservation": reservation.id, "units": units} for reservation, units in given],
    )


def _move(reservation: _Waiting, units: int) -> Move:
    committed = reservation.status == "committed"
    return Move(
        item_id=reservation.item_id,
        warehouse_id=reservation.warehouse_id,
        kind="commit" if committed else "reservation",
        available=-units,
        reserved=0 if committed else units,
        committed=units if committed else 0,
        backordered=-units,
        reference=(ORDER, str(reservation.order_id)),
        reason="Backorder filled",
    )
