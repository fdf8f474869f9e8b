"""Gives what comes into a warehouse to whoever waits for it there, first come, first served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, select, update

from datasources.inventory.holdings import among
from datasources.inventory.movements import ORDER, Move
from datasources.inventory.tables import inventory_reservations, inventory_stock, warehouses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.holdings import HeldItem
    from datasources.inventory.records import ReservationStatus

_LIVE = ("active", "committed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A reservation that waits for units, and what is available where it does: nothing, but for what moves now."""

    id: UUID
    item_id: UUID
    warehouse_id: UUID
    order_id: UUID
    backordered: int
    available: int
    status: ReservationStatus

    @property
    def place(self) -> tuple[UUID, UUID]:
        """The item and the warehouse."""
        return (self.item_id, self.warehouse_id)


async def with_backorders_filled(
    transaction: AsyncConnection, held: Mapping[UUID, HeldItem], moves: Sequence[Move], *, now: datetime
) -> list[Move]:
    """These moves, and those that give what they bring to reservations that wait for it; these are changed already.

    The items are held. A reservation that is committed gets its units committed.
    """
    wanted = {move.item_id for move in moves if move.available > 0 and held[move.item_id].backordered}
    waiting = await _waiting(transaction, wanted) if wanted else []
    left = {reservation.place: reservation.available for reservation in waiting}
    for move in moves:
        if move.place in left:
            left[move.place] += move.available
    given = _share(waiting, left)
    if given:
        await _give(transaction, given, now=now)
    return [*moves, *(_move(reservation, units) for reservation, units in given)]


def _share(waiting: Sequence[_Waiting], left: Mapping[tuple[UUID, UUID], int]) -> list[tuple[_Waiting, int]]:
    """Who of those that wait gets how many units."""
    rest = dict(left)
    given = []
    for reservation in waiting:
        units = min(reservation.backordered, rest[reservation.place])
        if units > 0:
            rest[reservation.place] -= units
            given.append((reservation, units))
    return given


async def _waiting(transaction: AsyncConnection, item_ids: set[UUID]) -> list[_Waiting]:
    """Who waits in active warehouses, first come first."""
    found = await transaction.execute(
        select(
            inventory_reservations.c.id,
            inventory_reservations.c.inventory_item_id.label("item_id"),
            inventory_reservations.c.warehouse_id,
            inventory_reservations.c.order_id,
            inventory_reservations.c.quantity_backordered.label("backordered"),
            inventory_reservations.c.status,
            inventory_stock.c.quantity_available.label("available"),
        )
        .join(
            inventory_stock,
            and_(
                inventory_stock.c.inventory_item_id == inventory_reservations.c.inventory_item_id,
                inventory_stock.c.warehouse_id == inventory_reservations.c.warehouse_id,
            ),
        )
        .join(warehouses, warehouses.c.id == inventory_reservations.c.warehouse_id)
        .where(
            warehouses.c.is_active,
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
