"""Checks out: one key, one order, one charge, whatever is sent twice, at once, or to a process that dies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID, uuid4

from datasources.core.errors import IdempotencyConflict
from datasources.core.json_values import as_json
from datasources.orders.sagas import NewSaga, begin_saga, find_saga, take_saga
from datasources.workflows.checkout_errors import error_of
from datasources.workflows.checkout_plans import order_token, plan_checkout
from datasources.workflows.checkout_steps import ACTION, CHECKOUT, FIRST_STEP, LAST_STEP
from datasources.workflows.sagas import FAILURE, WAITS_FOR, finish_if_possible, new_owner

if TYPE_CHECKING:
    from datasources.loaders import Loaders
    from datasources.orders.rules import Rules
    from datasources.orders.sagas import Saga
    from datasources.workflows.checkout_data import CheckoutData
    from datasources.workflows.checkout_plans import CheckoutRequest
    from datasources.workflows.sagas import Means

# How long a request waits for another one with the same key that is at work on it.
PATIENCE: Final = timedelta(seconds=10)
# When a client asks again that was told that its order is being processed.
RETRY_SECONDS: Final = 2

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """The order is placed and paid. `order_token` is what a guest shows to see it."""

    order_id: UUID
    order_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequired:
    """The customer has to do something for the payment, such as 3-D Secure; then the same is sent again."""

    order_id: UUID
    payment_id: UUID
    order_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StillProcessing:
    """The outcome is not known yet: the same is sent again in `retry_after` seconds. Nothing is charged twice."""

    order_id: UUID
    retry_after: int


CheckoutOutcome: TypeAlias = OrderPlaced | ActionRequired | StillProcessing


async def complete_checkout(
    means: Means, loaders: Loaders, request: CheckoutRequest, *, rules: Rules
) -> CheckoutOutcome:
    """Buy what is in the cart. The same request under the same key has the same outcome, however often it is sent.

    Raises:
        IdempotencyConflict: the key was used for another request.
        CartIsEmpty, CartHasProblems, CouponRefused, OrderTooLarge, TotalChanged, DetailsMissing, UnknownAddress,
            NotDeliverable, UnknownPaymentMethod, PaymentsNotConfigured: nothing was begun, and the key may be used
            again.
        NotEnoughStock, CouponRefused, PaymentDeclined, PaymentExpired, StockNoLongerHeld: nothing was charged; the same
            key has the same outcome from now on.
        ServiceUnavailable: a database is down. Send the same again: what has begun goes on.
    """
    saga = await _find(means, request)
    if saga is None:
        data = await plan_checkout(means, loaders, request, rules=rules)
        saga = await _begin(means, request, data)
        if saga is not None:
            return _answer(await finish_if_possible(saga, CHECKOUT, means), request)
        saga = await find_saga(means.connections.orders, request.key)
        assert saga is not None  # noqa: S101  # its key was taken, and sagas are never deleted
    if saga.input_hash != request.digest:
        raise IdempotencyConflict(request.idempotency_key)
    return _answer(await _join(means, saga), request)


async def _find(means: Means, request: CheckoutRequest) -> Saga | None:
    """What has begun under the key, perhaps before the customer signed in."""
    saga = await find_saga(means.connections.orders, request.key)
    if saga is None and request.key_as_guest is not None:
        saga = await find_saga(means.connections.orders, request.key_as_guest)
    return saga


async def _begin(means: Means, request: CheckoutRequest, data: CheckoutData) -> Saga | None:
    new = NewSaga(
        id=uuid4(),
        order_id=data.order.id,
        type="checkout",
        key=request.key,
        input_hash=request.digest,
        step=FIRST_STEP,
        data=as_json(data),
    )
    async with means.connections.orders.transaction() as transaction:
        return await begin_saga(transaction, new, owner=new_owner(), now=means.clock())


async def _join(means: Means, saga: Saga) -> Saga:
    """The saga that has begun under a key, once it is settled, has to wait, or has tried one's patience.

    Whoever finds it without anybody at work on it, and due, goes on with it.
    """
    asked_at = means.clock()
    pause = _SHORTEST_PAUSE
    while not _is_settled(saga) and means.clock() < asked_at + PATIENCE:
        now = means.clock()
        is_free = saga.lease_expires_at is None or saga.lease_expires_at <= now
        # What waits for the customer is looked at again once for each request: the customer may have acted.
        waits_for_customer = saga.data.get(WAITS_FOR) == ACTION and saga.updated_at < asked_at
        if is_free and (waits_for_customer or saga.next_attempt_at <= now):
            taken = await take_saga(means.connections.orders, saga.id, owner=new_owner(), now=now)
            if taken is not None:
                return await finish_if_possible(taken, CHECKOUT, means)
        elif is_free:
            return saga
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        saga = await find_saga(means.connections.orders, saga.key) or saga
    return saga


def _is_settled(saga: Saga) -> bool:
    """Whether the outcome is known: the order is placed, or never will be."""
    return saga.is_finished or saga.step == LAST_STEP or FAILURE in saga.data


def _answer(saga: Saga, request: CheckoutRequest) -> CheckoutOutcome:
    if FAILURE in saga.data:
        raise error_of(saga.data[FAILURE])
    token = None
    if request.cart_token is not None and saga.data["cart"]["user_id"] is None:
        token = order_token(request.cart_token, saga.order_id)
    if _is_settled(saga):
        return OrderPlaced(order_id=saga.order_id, order_token=token)
    if saga.data.get(WAITS_FOR) == ACTION and saga.lease_owner is None:
        payment_id = UUID(saga.data["payment"]["id"])
        return ActionRequired(order_id=saga.order_id, payment_id=payment_id, order_token=token)
    return StillProcessing(order_id=saga.order_id, retry_after=RETRY_SECONDS)
