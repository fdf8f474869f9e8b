"""Finds refunds that banks have sent back after they were paid, and opens their orders for another refund."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import uuid5

from datasources.orders.commands.bounced_refunds import reopen_order, unheard_refunds
from datasources.orders.sagas import sagas_of_order
from datasources.payments.refunding import bounced_refunds
from datasources.workflows.cancellations import REFUNDED
from datasources.workflows.refunds import claimed_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.orders.commands.refunds import ClaimedLine
    from datasources.orders.sagas import Saga
    from datasources.payments.records import Refund
    from datasources.workflows.sagas import Means

logger = logging.getLogger("datasources.bounced_refunds")


async def reopen_orders(means: Means, *, most: int = 100) -> int:
    """Make orders show as paid, and not paid back, what a bank has sent back; tell of how many refunds that was so.

    Of the newest `most`. Those whose saga is still under way are looked at again later.

    Raises:
        ServiceUnavailable: the payment or the order database is down.
    """
    orders = means.connections.orders
    bounced = await bounced_refunds(means.connections.payments, most=most)
    if not bounced:
        return 0
    unheard = await unheard_refunds(orders, [refund.id for refund in bounced])
    count = 0
    for refund in bounced:
        if refund.id not in unheard:
            continue
        saga = _saga_of(refund, await sagas_of_order(orders, refund.order_id))
        if saga is not None and not saga.is_finished:
            continue
        is_owed, amount, lines = _counted(refund, saga)
        order = await reopen_order(
            orders,
            order_id=refund.order_id,
            refund_id=refund.id,
            is_owed=is_owed,
            amount=amount,
            lines=lines,
            now=means.clock(),
        )
        if order is not None:
            count += 1
            logger.error(
                "A refund of %s %s for order %s was sent back: it has to be paid back otherwise.",
                refund.amount,
                refund.currency,
                order.number,
            )
    return count


def _saga_of(refund: Refund, sagas: Sequence[Saga]) -> Saga | None:
    """The saga that has made a refund (`refunds.refund_order`, `given_up_payments`)."""
    for saga in sagas:
        if (
            saga.data.get("refund_id") == str(refund.id)
            or uuid5(saga.id, str(refund.payment_id)) == refund.id
        ):
            return saga
    return None


def _counted(refund: Refund, saga: Saga | None) -> tuple[bool, Decimal, Sequence[ClaimedLine]]:
    """Whether the refund's order says that it was paid back, and what the order has counted as such."""
    nothing = Decimal("0.00")
    if saga is None:
        return False, nothing, ()
    if saga.type == "refund":
        return saga.status == "completed", refund.amount, claimed_lines(saga.data)
    if saga.type == "cancellation":
        return Decimal(saga.data.get(REFUNDED, nothing)) >= refund.amount, refund.amount, ()
    return True, nothing, ()  # the order of a checkout that was undone has counted nothing
