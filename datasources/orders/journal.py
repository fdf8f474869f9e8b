"""Tells what a command changed, within its transaction: an event in the outbox for each order and coupon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from datasources.orders.tables import domain_events

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.orders.records import Coupon, Order

ORDER: Final = "Order"
COUPON: Final = "Coupon"


async def tell(
    transaction: AsyncConnection,
    event: str,
    *,
    order: Order,
    actor_id: UUID | None = None,
    now: datetime,
    **data: Any,
) -> None:
    """Tell of an order as it is after the change; `data` is what the event says besides, as JSON can hold it.

    Who is to hear of it is found by the order's id: an event outlives an account, so no address is in it.
    """
    facts = {
        "order_id": str(order.id),
        "order_number": order.number,
        "user_id": _text(order.user_id),
        "status": order.status,
        "payment_status": order.payment_status,
        "total": str(order.total),
        "currency": order.currency,
        "actor_id": _text(actor_id),
    }
    await _write(transaction, event, ORDER, order.id, order.version, {**facts, **data}, now)


async def tell_of_coupon(
    transaction: AsyncConnection, event: str, *, coupon: Coupon, actor_id: UUID | None = None, now: datetime
) -> None:
    """Tell of a coupon as it is after the change."""
    facts = {
        "coupon_id": str(coupon.id),
        "code": coupon.code,
        "is_active": coupon.is_active,
        "actor_id": _text(actor_id),
    }
    await _write(transaction, event, COUPON, coupon.id, coupon.version, facts, now)


async def _write(
    transaction: AsyncConnection,
    event: str,
    aggregate_type: str,
    aggregate_id: UUID,
    version: int,
    data: dict[str, Any],
    now: datetime,
) -> None:
    await transaction.execute(
        insert(domain_events).values(
            aggregate_id=str(aggregate_id),
            aggregate_type=aggregate_type,
            event_type=event,
            event_data=data,
            version=version,
            occurred_at=now,
        )
    )


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
