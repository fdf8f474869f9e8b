"""Holds an order while a command changes it, and takes it from one status to the next with its line of history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from datasources.orders.errors import UnknownOrder, WrongStatus
from datasources.orders.records import Order
from datasources.orders.statements import ORDER
from datasources.orders.tables import order_status_history, orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.orders.records import OrderStatus


async def hold_order(transaction: AsyncConnection, order_id: UUID) -> Order:
    """The order, which nobody else changes before the transaction ends.

    Raises:
        UnknownOrder: there is none.
    """
    found = await transaction.execute(
        select(*ORDER).where(orders.c.id == order_id).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownOrder(order_id)
    return Order(**row)


def require_status(held: Order, wanted: Sequence[OrderStatus]) -> None:
    """Refuse an order that is in none of these statuses.

    Raises:
        WrongStatus: with both.
    """
    if held.status not in wanted:
        raise WrongStatus(held.status, wanted)


async def change_order(transaction: AsyncConnection, held: Order, *, now: datetime, **values: Any) -> Order:
    """Set columns of a held order, and answer it as it is then."""
    # Clocks of two processes differ, and history is sorted by time: no change is older than the one before it.
    changed = await transaction.execute(
        update(orders)
        .where(orders.c.id == held.id, orders.c.status == held.status)
        .values(version=orders.c.version + 1, updated_at=func.greatest(orders.c.updated_at, now), **values)
        .returning(*ORDER)
    )
    return Order(**changed.mappings().one())


async def take_to(
    transaction: AsyncConnection,
    held: Order,
    status: OrderStatus,
    *,
    actor_id: UUID | None,
    now: datetime,
    notes: str | None = None,
    **values: Any,
) -> Order:
    """Take a held order to another status, set columns with it, and write its history; `notes` are for the customer."""
    order = await change_order(transaction, held, now=now, status=status, **values)
    await transaction.execute(
        insert(order_status_history).values(
            order_id=order.id,
            old_status=held.status,
            new_status=status,
            notes=notes,
            changed_by=actor_id,
            changed_at=order.updated_at,
        )
    )
    return order
