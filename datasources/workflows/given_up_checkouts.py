"""Gives up a checkout that waits for its customer to act, as its order is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from datasources.orders.sagas import record_progress, sagas_of_order, take_saga
from datasources.workflows.checkout_steps import ACTION, CHECKOUT, GIVEN_UP
from datasources.workflows.sagas import WAITS_FOR, finish_if_possible, new_owner

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.orders.sagas import Saga
    from datasources.workflows.sagas import Means

# How often, and after how many seconds, a checkout is looked at again that somebody else works on.
_TRIES: Final = 20
_PAUSE: Final = 0.1


async def give_up_checkout(means: Means, order_id: UUID) -> Saga | None:
    """Undo an order's checkout if it waits for the customer to act; None if it does not.

    Done twice it is done once. Where the customer has acted just before, the order is placed all the same, and the
    answered saga is completed: it is for the caller to cancel it.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    orders = means.connections.orders
    for _ in range(_TRIES):
        found = await sagas_of_order(orders, order_id)
        checkout = next((saga for saga in found if saga.type == "checkout"), None)
        if checkout is None or GIVEN_UP in checkout.data:
            return checkout
        if checkout.data.get(WAITS_FOR) != ACTION:
            return None
        taken = await take_saga(orders, checkout.id, owner=new_owner(), now=means.clock())
        if taken is not None:
            return await _undo(means, taken)
        await asyncio.sleep(_PAUSE)  # somebody asks the provider just now, or gives it up, too
    return None


async def _undo(means: Means, taken: Saga) -> Saga:
    data = {**taken.data, GIVEN_UP: True}
    async with means.connections.orders.transaction() as transaction:
        held = await record_progress(transaction, taken, {"data": data}, now=means.clock())
    return await finish_if_possible(held, CHECKOUT, means)
