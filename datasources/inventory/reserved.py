"""What orders hold: read under the lock of its items, changed, and read back from what was answered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from datasources.inventory.errors import TooManyUnits
from datasources.inventory.holdings import among, hold_items
from datasources.inventory.movements import MOST_UNITS
from datasources.inventory.records import Reservation, ReservedLine
from datasources.inventory.tables import inventory_items, inventory_reservations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.changes import Units
    from datasources.inventory.holdings import HeldItem

_LINE = (
    inventory_reservations.c.id.label("reservation_id"),
    inventory_reservations.c.inventory_item_id.label("item_id"),
    inventory_items.c.product_variant_id.label("variant_id"),
    inventory_items.c.product_id,
    inventory_items.c.sku,
    inventory_reservations.c.warehouse_id,
    inventory_reservations.c.quantity_reserved.label("quantity"),
    inventory_reservations.c.quantity_backordered.label("backordered"),
    inventory_reservations.c.quantity_shipped.label("shipped"),
    inventory_reservations.c.quantity_returned.label("returned"),
    inventory_reservations.c.status,
    inventory_reservations.c.expires_at,
)


def by_variant(units: Sequence[Units]) -> dict[UUID, int]:
    """How many units are meant of each variant.

    Raises:
        ValueError: of none, or fewer than one of some.
        TooManyUnits: of more of something than can be counted.
    """
    wanted: defaultdict[UUID, int] = defaultdict(int)
    for each in units:
        if each.quantity < 1:
            message = "Name at least one unit of everything."
            raise ValueError(message)
        wanted[each.variant_id] += each.quantity
    if not wanted:
        message = "Name something."
        raise ValueError(message)
    if max(wanted.values()) > MOST_UNITS:
        raise TooManyUnits(MOST_UNITS)
    return dict(wanted)


async def hold_reservation(
    transaction: AsyncConnection, order_id: UUID
) -> tuple[dict[UUID, HeldItem], Reservation]:
    """Lock the items of an order, and read what it holds or held of them.

    While this waits for the items the order may come to hold others. Then those that are locked are let go, since items
    are locked by id, and it starts over with all of them.
    """
    while True:
        async with transaction.begin_nested() as attempt:
            held = await hold_items(transaction, await _items_of_order(transaction, order_id))
            if held.keys() >= await _items_of_order(transaction, order_id):
                return held, (await read_reservations(transaction, [order_id], held))[order_id]
            await attempt.rollback()


async def _items_of_order(transaction: AsyncConnection, order_id: UUID) -> set[UUID]:
    found = await transaction.scalars(
        select(inventory_reservations.c.inventory_item_id)
        .where(inventory_reservations.c.order_id == order_id)
        .distinct()
    )
    return set(found)


async def read_reservations(
    transaction: AsyncConnection, order_ids: Sequence[UUID], held: Iterable[UUID]
) -> dict[UUID, Reservation]:
    """What orders hold or held of held items."""
    found = await transaction.execute(
        select(inventory_reservations.c.order_id, *_LINE)
        .join(inventory_items, inventory_items.c.id == inventory_reservations.c.inventory_item_id)
        .where(
            inventory_reservations.c.order_id == among(order_ids),
            inventory_reservations.c.inventory_item_id == among(held),
        )
        .order_by(inventory_reservations.c.inventory_item_id, inventory_reservations.c.warehouse_id)
    )
    lines: dict[UUID, list[ReservedLine]] = {order: [] for order in order_ids}
    for row in found.mappings():
        values = dict(row)
        lines[values.pop("order_id")].append(ReservedLine(**values))
    return {order: Reservation(order_id=order, lines=tuple(of_order)) for order, of_order in lines.items()}


async def change_lines(transaction: AsyncConnection, lines: Sequence[ReservedLine], *, now: datetime) -> None:
    """Write lines of held items as they are to be."""
    await transaction.execute(
        update(inventory_reservations)
        .where(inventory_reservations.c.id == bindparam("reservation"))
        .values(
            status=bindparam("new_status"),
            quantity_backordered=bindparam("new_backordered"),
            quantity_shipped=bindparam("new_shipped"),
            quantity_returned=bindparam("new_returned"),
            updated_at=now,
        ),
        [
            {
                "reservation": line.reservation_id,
                "new_status": line.status,
                "new_backordered": line.backordered,
                "new_shipped": line.shipped,
                "new_returned": line.returned,
            }
            for line in lines
        ],
    )


def with_lines(reservation: Reservation, changed: Iterable[ReservedLine]) -> Reservation:
    """The reservation with these of its lines as they are now."""
    by_id = {line.reservation_id: line for line in changed}
    return replace(
        reservation, lines=tuple(by_id.get(line.reservation_id, line) for line in reservation.lines)
    )


def reservation_from(answer: Mapping[str, Any]) -> Reservation:
    """The reservation that was answered before."""
    return Reservation(
        order_id=UUID(answer["order_id"]), lines=tuple(_line_from(line) for line in answer["lines"])
    )


def _line_from(line: Mapping[str, Any]) -> ReservedLine:
    ids = {name: UUID(line[name]) for name in ("reservation_id", "item_id", "variant_id", "warehouse_id")}
    return ReservedLine(**{**line, **ids, "expires_at": datetime.fromisoformat(line["expires_at"])})
