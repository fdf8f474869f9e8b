"""Gives up a checkout that waits for its customer to act, as its order is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.orders.sagas import record_progress, sagas_of_order, take_saga
from datasources.workflows.checkout_steps import ACTION, CHECKOUT, GIVEN_UP
from datasources.workflows.sagas import WAITS_FOR, finish_if_possible, new_owner

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.orders.sagas import Saga
    from datasources.workflows.sagas import Means


async def give_up_checkout(means: Means, order_id: UUID) -> Saga | None:
    """Undo an order's checkout if it waits for the customer to act; None if it does not.

    Done twice it is done once. Where the customer has acted just before, the order is placed all the same, and the
    answered saga is completed: it is for the caller to cancel it.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    orders = means.connections.orders
    found = await sagas_of_order(orders, order_id)
    checkout = next((saga for saga in found if saga.type == "checkout"), None)
    if checkout is None or GIVEN_UP in checkout.data:
        return checkout
    if checkout.data.get(WAITS_FOR) != ACTION:
        return None
    taken = await take_saga(orders, checkout.id, owner=new_owner(), now=means.clock())
    if taken is None:
        return None
    data = {**taken.data, GIVEN_UP: True}
    async with orders.transaction() as transaction:
        held = await record_progress(transaction, taken, {"data": data}, now=means.clock())
    return await finish_if_possible(held, CHECKOUT, means)
