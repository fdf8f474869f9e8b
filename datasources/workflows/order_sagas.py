"""The sagas of orders: their plans by type, and how one goes on with those of an order when news has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasources.orders.sagas import take_sagas_of_order
from datasources.workflows.cancellations import CANCELLATION, settle_late_payments
from datasources.workflows.checkout_steps import CHECKOUT
from datasources.workflows.refunds import REFUND
from datasources.workflows.sagas import finish_if_possible, new_owner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from datasources.orders.sagas import SagaType
    from datasources.workflows.sagas import Means, Plan

PLANS: Final[dict[SagaType, Plan]] = {"checkout": CHECKOUT, "cancellation": CANCELLATION, "refund": REFUND}


async def resume_orders(means: Means, order_ids: Iterable[UUID]) -> int:
    """Go on with the unfinished sagas of these orders that nobody works on; tell how many there were.

    Money that has come for one which had been given up is paid back.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    count = 0
    for order_id in order_ids:
        now = means.clock()
        for saga in await take_sagas_of_order(means.connections.orders, order_id, owner=new_owner(), now=now):
            await finish_if_possible(saga, PLANS[saga.type], means)
            count += 1
        await settle_late_payments(means, order_id)
    return count
