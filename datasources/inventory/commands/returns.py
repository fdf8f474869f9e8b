"""Units of an order that come back, or that are not to be sent after all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datasources.inventory.backorders import with_backorders_filled
from datasources.inventory.commands.reservations import given_up
from datasources.inventory.errors import NothingReserved, TooManyReturned
from datasources.inventory.holdings import active_warehouses, hold_warehouses
from datasources.inventory.movements import ORDER, Move, move_stock
from datasources.inventory.reserved import by_variant, change_lines, change_reservation, with_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.changes import Units
    from datasources.inventory.holdings import HeldItem
    from datasources.inventory.records import Reservation, ReservedLine


async def return_to_stock(
    database: Database,
    *,
    order_id: UUID,
    units: Sequence[Units],
    warehouse_id: UUID | None = None,
    reason: str | None = None,
    idempotency_key: str,
    actor_id: UUID | None = None,
    now: datetime,
) -> Reservation:
    """Take back units of an order, to be sold again.

    What was shipped comes to `warehouse_id`; without one to where it was sent from, or to the preferred warehouse where
    that one is no longer active. What was not shipped yet stays where it is, and is not sent any more.

    Raises:
        ValueError: nothing comes back, or fewer than one of something.
        NothingReserved: the order never held anything.
        TooManyReturned: more of a variant comes back than the order holds or was sent, and is not back yet.
        TooManyUnits: there would be more of something than can be counted.
        UnknownWarehouse, WarehouseInactive: the units cannot come there.
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    wanted = by_variant(units)

    async def change(
        transaction: AsyncConnection, held: Mapping[UUID, HeldItem], reservation: Reservation
    ) -> Reservation:
        if not reservation.lines:
            raise NothingReserved(order_id)
        returned = _share(reservation.lines, wanted)
        places = await _places(transaction, [line for line, _ in returned if line.shipped], warehouse_id)
        moves = [
            _returned(order_id, line, places[line.warehouse_id], count, reason=reason)
            if line.shipped
            else given_up(order_id, _part(line, count), reason=reason)
            for line, count in returned
        ]
        changed = [_without(line, count) for line, count in returned]
        await change_lines(transaction, changed, now=now)
        filled = await with_backorders_filled(transaction, held, moves, now=now)
        await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        return with_lines(reservation, changed)

    return await change_reservation(
        database,
        change,
        order_id=order_id,
        operation="return",
        request={
            "units": {str(variant): wanted[variant] for variant in sorted(wanted)},
            "warehouse_id": warehouse_id,
            "reason": reason,
        },
        idempotency_key=idempotency_key,
        now=now,
    )


def _share(lines: Sequence[ReservedLine], wanted: Mapping[UUID, int]) -> list[tuple[ReservedLine, int]]:
    """Which lines the units come back to, and how many to each."""
    returned = []
    for variant, quantity in wanted.items():
        rest = quantity
        for line in lines:
            count = min(rest, _returnable(line)) if line.variant_id == variant else 0
            if count:
                returned.append((line, count))
                rest -= count
        if rest:
            raise TooManyReturned(variant, quantity - rest)
    return returned


def _returnable(line: ReservedLine) -> int:
    """How many units can come back: those that were sent, or else those that are held to be sent."""
    if line.shipped:
        return line.shipped - line.returned
    return line.quantity if line.is_live else 0


def _part(line: ReservedLine, count: int) -> ReservedLine:
    """So many of a line's units, first of all those that are not there yet."""
    return replace(line, quantity=count, backordered=min(count, line.backordered))


def _without(line: ReservedLine, count: int) -> ReservedLine:
    """The line when so many of its units have come back."""
    if line.shipped:
        return replace(line, returned=line.returned + count)
    if count == line.quantity:
        return replace(line, status="released", backordered=0)
    part = _part(line, count)
    return replace(line, quantity=line.quantity - count, backordered=line.backordered - part.backordered)


async def _places(
    transaction: AsyncConnection, lines: Sequence[ReservedLine], warehouse_id: UUID | None
) -> dict[UUID, UUID]:
    """Where units come to, by the warehouse that they were sent from."""
    sent_from = {line.warehouse_id for line in lines}
    if not sent_from:
        return {}
    if warehouse_id is not None:
        places = dict.fromkeys(sent_from, warehouse_id)
    else:
        active = await active_warehouses(transaction)
        preferred = next(iter(active), None)
        places = {place: place if place in active or preferred is None else preferred for place in sent_from}
    await hold_warehouses(transaction, places.values())
    return places


def _returned(
    order_id: UUID, line: ReservedLine, warehouse_id: UUID, count: int, *, reason: str | None
) -> Move:
    return Move(
        item_id=line.item_id,
        warehouse_id=warehouse_id,
        kind="return",
        available=count,
        reference=(ORDER, str(order_id)),
        reason=reason,
    )
