"""What orders hold: read under the lock of its items, changed, and read back from what was answered."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_change

from datasources.inventory.allocations import Level
from datasources.inventory.errors import TooManyUnits
from datasources.inventory.holdings import among, hold_items_of
from datasources.inventory.movements import MOST_UNITS
from datasources.inventory.operations import earlier_answer, keep_answer
from datasources.inventory.records import Reservation, ReservedLine
from datasources.inventory.tables import inventory_reservations, inventory_stock, warehouses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.changes import Units
    from datasources.inventory.holdings import HeldItem

    Change = Callable[[AsyncConnection, Mapping[UUID, HeldItem], Reservation], Awaitable[Reservation]]
    """Changes what an order holds of held items, and gives it as it is then."""

_LINE: Final = (
    inventory_reservations.c.id.label("reservation_id"),
    inventory_reservations.c.quantity_reserved.label("quantity"),
    inventory_reservations.c.quantity_backordered.label("backordered"),
    inventory_reservations.c.quantity_shipped.label("shipped"),
    inventory_reservations.c.quantity_returned.label("returned"),
    inventory_reservations.c.status,
    inventory_reservations.c.expires_at,
)


class _HoldsOthers(Exception):
    """While a command waited for the items of an order, the order came to hold others."""


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


async def change_reservation(
    database: Database,
    change: Change,
    *,
    order_id: UUID,
    operation: str,
    request: Mapping[str, Any] | None = None,
    idempotency_key: str,
    now: datetime,
) -> Reservation:
    """Change what an order holds, under the lock of all its items, once for each key; answer what it holds then.

    Items are locked by id. So where an order has come to hold others while this waited for its items, it lets all of
    them go and starts over, in a new transaction: a savepoint to go back to would cost every other command two
    statements.

    Raises:
        IdempotencyConflict: the key was used for something else.
        ServiceUnavailable: the inventory database is down.
    """
    asked = {"order_id": order_id, **(request or {})}
    while True:
        with suppress(_HoldsOthers):
            async with database.transaction() as transaction:
                earlier = await earlier_answer(transaction, idempotency_key, operation, asked, now=now)
                if earlier is not None:
                    return reservation_from(earlier)
                held = await hold_items_of(transaction, order_id)
                reservation = await change(transaction, held, await _read_all(transaction, order_id, held))
                await keep_answer(transaction, idempotency_key, reservation)
                return reservation


async def read_reservations(
    transaction: AsyncConnection, order_ids: Sequence[UUID], held: Mapping[UUID, HeldItem]
) -> dict[UUID, Reservation]:
    """What orders hold or held of held items."""
    found = await transaction.execute(
        _OF_ORDERS.where(
            inventory_reservations.c.order_id == among(order_ids),
            inventory_reservations.c.inventory_item_id == among(held),
        )
    )
    lines: dict[UUID, list[ReservedLine]] = {order: [] for order in order_ids}
    for row in found.mappings():
        lines[row["order_id"]].append(_line(held, row))
    return {order: Reservation(order_id=order, lines=tuple(of_order)) for order, of_order in lines.items()}


async def read_places(
    transaction: AsyncConnection, order_id: UUID, held: Mapping[UUID, HeldItem]
) -> tuple[list[Level], list[ReservedLine]]:
    """What held items have in each active warehouse, the preferred one first; and what an order holds or held of them.

    Where an order holds something of an item there is stock of it, or has been.
    """
    found = await transaction.execute(
        _PLACES.where(inventory_stock.c.inventory_item_id == among(held)), {"order": order_id}
    )
    levels, lines = [], []
    for row in found.mappings():
        if row["is_active"]:
            levels.append(
                Level(item_id=row["item_id"], warehouse_id=row["warehouse_id"], available=row["available"])
            )
        if row["reservation_id"] is not None:
            lines.append(_line(held, row))
    return levels, lines


async def write_lines(
    transaction: AsyncConnection, order_id: UUID, lines: Sequence[ReservedLine], *, now: datetime
) -> None:
    """Write what an order holds of held items; a line that it gave up, or that expired, is taken up again."""
    statement = insert_or_change(inventory_reservations)
    await transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id", "inventory_item_id", "warehouse_id"],
            set_={name: statement.excluded[name] for name in _RENEWED},
        ),
        [
            {
                "id": line.reservation_id,
                "inventory_item_id": line.item_id,
                "warehouse_id": line.warehouse_id,
                "order_id": order_id,
                "quantity_reserved": line.quantity,
                "quantity_backordered": line.backordered,
                "expires_at": line.expires_at,
                "status": line.status,
                "created_at": now,
                "updated_at": now,
            }
            for line in lines
        ],
    )


async def change_lines(transaction: AsyncConnection, lines: Sequence[ReservedLine], *, now: datetime) -> None:
    """Write lines of held items as they are to be."""
    await transaction.execute(
        update(inventory_reservations)
        .where(inventory_reservations.c.id == bindparam("reservation"))
        .values(
            status=bindparam("new_status"),
            quantity_reserved=bindparam("new_quantity"),
            quantity_backordered=bindparam("new_backordered"),
            quantity_shipped=bindparam("new_shipped"),
            quantity_returned=bindparam("new_returned"),
            updated_at=now,
        ),
        [
            {
                "reservation": line.reservation_id,
                "new_status": line.status,
                "new_quantity": line.quantity,
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


async def _read_all(
    transaction: AsyncConnection, order_id: UUID, held: Mapping[UUID, HeldItem]
) -> Reservation:
    """All that an order holds or held."""
    found = await transaction.execute(_OF_ORDERS.where(inventory_reservations.c.order_id == order_id))
    rows = found.mappings().all()
    if any(row["item_id"] not in held for row in rows):
        raise _HoldsOthers
    return Reservation(order_id=order_id, lines=tuple(_line(held, row) for row in rows))


def _line(held: Mapping[UUID, HeldItem], row: RowMapping) -> ReservedLine:
    item = held[row["item_id"]]
    return ReservedLine(
        item_id=item.id,
        variant_id=item.variant_id,
        product_id=item.product_id,
        sku=item.sku,
        warehouse_id=row["warehouse_id"],
        **{column.name: row[column.name] for column in _LINE},
    )


# What of a line is written anew when it is taken up again.
_RENEWED: Final = (
    "quantity_reserved",
    "quantity_backordered",
    "expires_at",
    "status",
    "created_at",
    "updated_at",
)

_OF_ORDERS: Final = select(
    inventory_reservations.c.order_id,
    inventory_reservations.c.inventory_item_id.label("item_id"),
    inventory_reservations.c.warehouse_id,
    *_LINE,
).order_by(inventory_reservations.c.inventory_item_id, inventory_reservations.c.warehouse_id)

_PLACES: Final = (
    select(
        inventory_stock.c.inventory_item_id.label("item_id"),
        inventory_stock.c.warehouse_id,
        inventory_stock.c.quantity_available.label("available"),
        warehouses.c.is_active,
        *_LINE,
    )
    .join(warehouses, warehouses.c.id == inventory_stock.c.warehouse_id)
    .outerjoin(
        inventory_reservations,
        and_(
            inventory_reservations.c.order_id == bindparam("order"),
            inventory_reservations.c.inventory_item_id == inventory_stock.c.inventory_item_id,
            inventory_reservations.c.warehouse_id == inventory_stock.c.warehouse_id,
        ),
    )
    .where(or_(warehouses.c.is_active, inventory_reservations.c.id.is_not(None)))
    .order_by(warehouses.c.priority, warehouses.c.code)
)
