"""Shipped units that come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datasources.inventory.backorders import with_backorders_filled
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
    """Take back units that were shipped with an order, to be sold again.

    They come to `warehouse_id`; without one to where they were sent from, or to the preferred warehouse where that one
    is no longer active.

    Raises:
        ValueError: nothing comes back, or fewer than one of something.
        NothingReserved: the order never held anything.
        TooManyReturned: more of a variant comes back than was shipped and is not back yet.
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
        places = await _places(transaction, [line for line, _ in returned], warehouse_id)
        moves = [
            _returned(order_id, line, places[line.warehouse_id], count, reason=reason)
            for line, count in returned
        ]
        changed = [replace(line, returned=line.returned + count) for line, count in returned]
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
            count = min(rest, line.shipped - line.returned) if line.variant_id == variant else 0
            if count:
                returned.append((line, count))
                rest -= count
        if rest:
            raise TooManyReturned(variant, quantity - rest)
    return returned


async def _places(
    transaction: AsyncConnection, lines: Sequence[ReservedLine], warehouse_id: UUID | None
) -> dict[UUID, UUID]:
    """Where units come to, by the warehouse that they were sent from."""
    sent_from = {line.warehouse_id for line in lines}
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
