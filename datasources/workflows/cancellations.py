"""Cancels orders that were placed, and gives back their stock and their money, whatever dies in between."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from datasources.inventory.commands.reservations import release
from datasources.inventory.errors import AlreadyShipped, NothingReserved
from datasources.orders.commands.cancellations import (
    begin_cancellation,
    cancel_processed_order,
    settle_cancellation,
)
from datasources.orders.loaders import OrderLoaders
from datasources.orders.refund_errors import OrderNotCancellable
from datasources.orders.sagas import NewSaga, begin_saga, find_saga
from datasources.payments.charges import payments_of_order
from datasources.workflows.checkout_steps import LAST_STEP
from datasources.workflows.given_up_checkouts import give_up_checkout
from datasources.workflows.given_up_payments import give_up_payments, missing_provider
from datasources.workflows.sagas import (
    FAILURE,
    PROCESSING_PAUSE,
    PROVIDER,
    Done,
    Failed,
    Plan,
    Recorded,
    Step,
    Waiting,
    finish_if_possible,
    new_owner,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.orders.records import OrderStatus
    from datasources.orders.sagas import Saga
    from datasources.workflows.sagas import Means, Result, Run

MONEY: Final = "give_back_money"

REFUNDED: Final = "refunded"
_IS_SETTLED: Final = "is_settled"
_REASON: Final = "reason"
_ACTOR: Final = "actor_id"

# As the columns of InventoryDb have it, and those of PaymentDb; the order keeps all that was said.
_MOST_OF_REASON: Final = 200

logger = logging.getLogger("datasources.cancellations")


async def cancel_order(
    means: Means,
    *,
    order_id: UUID,
    allowed: Sequence[OrderStatus],
    reason: str,
    actor_id: UUID | None,
) -> Saga:
    """Cancel an order, and give back its stock, its coupons and its money, now or as soon as that is possible.

    Done twice it is done once: the second answers as the first. The answered saga is finished unless something that
    has to be asked is down; then the worker goes on with it. Of an order that waits for its customer to pay it is the
    checkout, which is undone.

    Raises:
        UnknownOrder: there is none.
        OrderNotCancellable: its status is none of those that are `allowed`, or its goods have just left.
        UnknownProvider: it was paid by a provider that is not set up here.
        ServiceUnavailable: the order database is down.
    """
    try:
        return await _cancel(means, order_id, allowed=allowed, reason=reason, actor_id=actor_id)
    except OrderNotCancellable:
        checkout = await give_up_checkout(means, order_id)
        if checkout is None:
            raise
    if checkout.status == "completed" or checkout.step == LAST_STEP:  # the customer has paid just before
        return await _cancel(means, order_id, allowed=allowed, reason=reason, actor_id=actor_id)
    return checkout


async def settle_late_payments(means: Means, order_id: UUID) -> None:
    """Pay back money that came for an order which had been given up: a provider may decide after everybody else has.

    Raises:
        ServiceUnavailable: the order or the payment database is down.
    """
    connections = means.connections
    payments = await payments_of_order(connections.payments, order_id)
    late = [payment for payment in payments if payment.captured_amount > payment.refunded_amount]
    order = await OrderLoaders(connections.orders).by_id.load(order_id) if late else None
    if order is None or order.status != "cancelled":
        return
    for payment in late:
        new = NewSaga(
            id=uuid4(),
            order_id=order_id,
            type="cancellation",
            key=f"late:{payment.id}",
            input_hash="",
            step=MONEY,
            data={_REASON: "The payment came after the order had been given up.", _ACTOR: None},
        )
        async with connections.orders.transaction() as transaction:
            saga = await begin_saga(transaction, new, owner=new_owner(), now=means.clock())
        if saga is not None:
            logger.warning("Payment %s came after its order had been given up: paying it back.", payment.id)
            await finish_if_possible(saga, CANCELLATION, means)


async def release_stock(run: Run) -> Result:
    """Give back what the order holds; an order whose goods have left cannot be cancelled any more."""
    order_id = run.saga.order_id
    try:
        await release(
            run.connections.inventory,
            order_id=order_id,
            idempotency_key=f"{order_id}:cancel",
            reason=_short(run.saga.data[_REASON]),
            now=run.now,
        )
    except NothingReserved:
        pass  # it was imported, and the inventory never heard of it
    except AlreadyShipped:
        return Failed(failure={"kind": "shipped"})
    return Done()


async def cancel_if_processed(run: Run) -> Result:
    """Cancel an order that was being processed when this began; any other is cancelled already."""
    actor = run.saga.data[_ACTOR]
    try:
        saga = await cancel_processed_order(
            run.connections.orders,
            saga=run.saga,
            reason=run.saga.data[_REASON],
            actor_id=None if actor is None else UUID(actor),
            recording=run,
            now=run.now,
        )
    except OrderNotCancellable:
        return Failed(failure={"kind": "shipped"})
    return Recorded(saga=saga)


async def give_back_money(run: Run) -> Result:
    """Void what was not taken yet, and pay back what was."""
    given_up = await give_up_payments(run, reason=_short(run.saga.data[_REASON]))
    if given_up is None:
        return Waiting(until=run.now + PROCESSING_PAUSE, waits_for=PROVIDER)
    return Done(data={REFUNDED: str(given_up.refunded), _IS_SETTLED: given_up.is_settled})


async def settle_order(run: Run) -> Result:
    """Write down in the order what became of its payment."""
    _, saga = await settle_cancellation(
        run.connections.orders,
        saga=run.saga,
        refunded=Decimal(run.saga.data[REFUNDED]),
        is_settled=run.saga.data[_IS_SETTLED],
        recording=run,
        now=run.now,
    )
    return Recorded(saga=saga)


CANCELLATION: Final = Plan(
    steps=(
        Step(name="release_stock", run=release_stock),
        Step(name="cancel_order", run=cancel_if_processed),
        Step(name=MONEY, run=give_back_money),
        Step(name="settle_order", run=settle_order),
    )
)


async def _cancel(
    means: Means, order_id: UUID, *, allowed: Sequence[OrderStatus], reason: str, actor_id: UUID | None
) -> Saga:
    """Cancel an order that was placed."""
    missing = await missing_provider(means, order_id)

    async def before_commit() -> None:
        if missing is not None:  # or else it would be cancelled, and wait for ever for its money
            raise missing
        await means.watch("cancellation: begin: effect")

    key = f"cancel:{order_id}"
    new = NewSaga(
        id=uuid4(),
        order_id=order_id,
        type="cancellation",
        key=key,
        input_hash="",
        step=CANCELLATION.steps[0].name,
        data={_REASON: reason, _ACTOR: None if actor_id is None else str(actor_id)},
    )
    saga = await begin_cancellation(
        means.connections.orders,
        saga=new,
        owner=new_owner(),
        allowed=allowed,
        reason=reason,
        actor_id=actor_id,
        before_commit=before_commit,
        now=means.clock(),
    )
    if saga is None:
        saga = await find_saga(means.connections.orders, key)
        assert saga is not None  # noqa: S101  # its key was taken, and sagas are never deleted
    else:
        saga = await finish_if_possible(saga, CANCELLATION, means)
    if FAILURE in saga.data:
        raise OrderNotCancellable("shipped")
    return saga


def _short(reason: str) -> str:
    """As much of a reason as other services keep."""
    return reason[:_MOST_OF_REASON]
