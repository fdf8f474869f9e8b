"""Holds an order while a command looks at it and changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from datasources.orders.errors import UnknownOrder, WrongStatus
from datasources.orders.records import Order
from datasources.orders.statements import ORDER
from datasources.orders.tables import orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.orders.records import OrderStatus


async def hold_order(transaction: AsyncConnection, order_id: UUID) -> Order:
    """The order, which nobody else changes before the transaction ends.

    Raises:
        UnknownOrder: there is none.
    """
    return Order(**await hold_columns(transaction, order_id, *ORDER))


async def hold_columns(
    transaction: AsyncConnection, order_id: UUID, *columns: ColumnElement[Any]
) -> RowMapping:
    """These columns of the order, which nobody else changes before the transaction ends.

    Raises:
        UnknownOrder: there is none.
    """
    found = await transaction.execute(
        select(*columns).where(orders.c.id == order_id).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownOrder(order_id)
    return row


def require_status(held: Order, wanted: Sequence[OrderStatus]) -> None:
    """Refuse an order that is in none of these statuses.

    Raises:
        WrongStatus: with both.
    """
    if held.status not in wanted:
        raise WrongStatus(held.status, wanted)
