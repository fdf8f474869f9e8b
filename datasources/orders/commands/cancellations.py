"""Cancels orders, and writes down what became of their payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, select

from datasources.orders.commands.redemptions import release_coupons
from datasources.orders.errors import UnknownOrder
from datasources.orders.refund_errors import OrderNotCancellable
from datasources.orders.sagas import NewSaga, begin_saga
from datasources.orders.tables import orders
from datasources.orders.transitions import change_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.orders.records import Order, OrderStatus
    from datasources.orders.sagas import Recording, Saga

# A customer may cancel an order until somebody begins to pack it, and staff until it is handed to a carrier.
BY_CUSTOMER: Final[tuple[OrderStatus, ...]] = ("confirmed", "paid")
BY_STAFF: Final[tuple[OrderStatus, ...]] = (*BY_CUSTOMER, "processing")


async def begin_cancellation(
    database: Database,
    *,
    saga: NewSaga,
    owner: str,
    allowed: Sequence[OrderStatus],
    reason: str,
    actor_id: UUID | None,
    before_commit: Callable[[], Awaitable[None]],
    now: datetime,
) -> Saga | None:
    """Begin the saga that cancels an order; None if one has begun before.

    One that nobody packs yet is cancelled at once. Of one that is being processed the goods have to be given back
    first, lest it be shipped all the same (`workflows.shipments` has the other half of this rule).

    Raises:
        UnknownOrder: there is none.
        OrderNotCancellable: its status is none of those that are `allowed`.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        begun = await begin_saga(transaction, saga, owner=owner, now=now)
        if begun is None:
            return None
        order = await _cancel(
            transaction, saga.order_id, BY_CUSTOMER, reason=reason, actor_id=actor_id, now=now
        )
        if order is None:
            status = await transaction.scalar(select(orders.c.status).where(orders.c.id == saga.order_id))
            if status is None:
                raise UnknownOrder(saga.order_id)
            if status not in allowed:
                raise OrderNotCancellable(status)
        await before_commit()
        return begun


async def cancel_processed_order(
    database: Database, *, saga: Saga, reason: str, actor_id: UUID | None, recording: Recording, now: datetime
) -> Saga:
    """Cancel an order that is being processed, once its goods have been given back; recorded in its saga.

    Raises:
        OrderNotCancellable: it has gone out meanwhile, as one may of which the inventory knows nothing.
        LeaseLost: somebody else works on the cancellation by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        order = await _cancel(
            transaction,
            saga.order_id,
            ("processing",),
            reason=reason,
            actor_id=actor_id,
            recording=recording,
            now=now,
        )
        if order is None:
            status = await transaction.scalar(select(orders.c.status).where(orders.c.id == saga.order_id))
            if status is not None and status != "cancelled":
                raise OrderNotCancellable(status)
        await recording.before_commit()
        return recording.recorded(now=now)


async def settle_cancellation(
    database: Database,
    *,
    saga: Saga,
    refunded: Decimal,
    is_settled: bool,
    recording: Recording,
    now: datetime,
) -> tuple[Order | None, Saga]:
    """Write down what became of a cancelled order's payment, and record that in its saga.

    `refunded` is what this cancellation has paid back. Where it is not `is_settled`, money could not be paid back and
    the order stays a paid one, for staff to see to.

    Raises:
        LeaseLost: somebody else works on the cancellation by now.
        ServiceUnavailable: the order database is down.
    """
    in_all = orders.c.refunded_amount + refunded
    settled = case(
        ((in_all >= orders.c.total) & (in_all > 0), "refunded"),
        (in_all > 0, "partially_refunded"),
        else_="cancelled",
    )
    async with database.transaction() as transaction:
        order = await change_order(
            transaction,
            saga.order_id,
            orders.c.status == "cancelled",
            values={
                "payment_status": settled if is_settled else orders.c.payment_status,
                "refunded_amount": in_all,
            },
            event="OrderCancellationSettled",
            data={"refunded": str(refunded), "is_settled": is_settled},
            recording=recording,
            now=now,
        )
        await recording.before_commit()
        return order, recording.recorded(now=now)


async def _cancel(
    transaction: AsyncConnection,
    order_id: UUID,
    statuses: Sequence[OrderStatus],
    *,
    reason: str,
    actor_id: UUID | None,
    recording: Recording | None = None,
    now: datetime,
) -> Order | None:
    """Cancel an order that is in one of these statuses, and give its coupons back; None if it is not."""
    order = await change_order(
        transaction,
        order_id,
        orders.c.status.in_(statuses),
        values={"status": "cancelled", "cancellation_reason": reason, "cancelled_at": now},
        event="OrderCancelled",
        data={"reason": reason},
        notes=reason,
        actor_id=actor_id,
        recording=recording,
        now=now,
    )
    if order is not None:
        await release_coupons(transaction, order_id, now=now)
    return order
