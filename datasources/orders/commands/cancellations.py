"""Cancels orders: the order first, so that nothing of it is shipped any more, then what became of its payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, exists, select

from datasources.orders.commands.redemptions import release_coupons
from datasources.orders.refund_errors import OrderNotCancellable, UnknownOrder
from datasources.orders.sagas import NewSaga, begin_saga
from datasources.orders.tables import orders, shipping_info
from datasources.orders.transitions import change_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.orders.records import Order, OrderStatus
    from datasources.orders.sagas import Recording, Saga

# Until an order is packed its customer may cancel it, and staff until it is handed to a carrier.
BY_CUSTOMER: Final[tuple[OrderStatus, ...]] = ("confirmed", "paid")
BY_STAFF: Final[tuple[OrderStatus, ...]] = (*BY_CUSTOMER, "processing")

_SHIPS: Final = exists(select(shipping_info.c.id).where(shipping_info.c.order_id == orders.c.id))


async def cancel_order(
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
    """Cancel an order, give its coupons back, and begin the saga that gives back stock and money.

    None if such a saga has begun before.

    Raises:
        UnknownOrder: there is none.
        OrderNotCancellable: its status is none of those that are `allowed`, or it is about to be shipped.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        begun = await begin_saga(transaction, saga, owner=owner, now=now)
        if begun is None:
            return None
        order = await change_order(
            transaction,
            saga.order_id,
            orders.c.status.in_(allowed),
            ~_SHIPS,
            values={"status": "cancelled", "cancellation_reason": reason, "cancelled_at": now},
            event="OrderCancelled",
            data={"reason": reason},
            notes=reason,
            actor_id=actor_id,
            now=now,
        )
        if order is None:
            status = await transaction.scalar(select(orders.c.status).where(orders.c.id == saga.order_id))
            raise UnknownOrder(saga.order_id) if status is None else OrderNotCancellable(status)
        await release_coupons(transaction, saga.order_id, now=now)
        await before_commit()
        return begun


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
        recorded = await recording.within(transaction, now=now)
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
            now=now,
        )
        await recording.before_commit()
        return order, recorded
