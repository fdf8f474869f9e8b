"""The steps of a checkout, from reserved stock to an order that is paid and a cart that is empty again.

Money is taken last but one: whatever can refuse comes before it, and what comes after cannot. So there is no order that
is paid and does not exist, and nobody is charged for goods that are not there.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.carts.commands.checkouts import take_ordered
from datasources.core.money import Money
from datasources.inventory.changes import Units
from datasources.inventory.commands.reservations import commit, release, reserve
from datasources.inventory.errors import (
    AlreadyShipped,
    NotEnoughStock,
    NothingReserved,
    Shortage,
    UnknownItem,
)
from datasources.orders.commands.placements import abandon_order, confirm_order, place_order
from datasources.orders.placement_errors import CouponRefused
from datasources.payments.charges import NewPayment
from datasources.payments.commands.payments import authorize_payment, begin_payment, capture_payment
from datasources.workflows.checkout_data import checkout_data
from datasources.workflows.checkout_errors import (
    PaymentDeclined,
    PaymentExpired,
    StockNoLongerHeld,
    error_of,
    failure_of,
)
from datasources.workflows.given_up_payments import give_up_payments
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
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from datasources.orders.records import PaymentStatus
    from datasources.payments.charges import Charge
    from datasources.payments.records import PaymentState
from datasources.workflows.sagas import Result, Run

# How long a customer has for what a payment asks of them, such as 3-D Secure.
ACTION_TIME: Final = timedelta(minutes=30)
# How often one looks whether they have done it, in case nobody is told.
ACTION_PAUSE: Final = timedelta(minutes=1)
# Longer than that, so that the goods are still there when the payment is.
HOLD_TIME: Final = timedelta(minutes=60)
FIRST_STEP: Final = "reserve_stock"
LAST_STEP: Final = "clear_cart"

ACTION: Final = "action"

# In the data of a saga whose customer will not act any more.
GIVEN_UP: Final = "given_up"
PAYMENT: Final = "payment"
# Whether all that was taken for an order that was not placed has been paid back.
IS_SETTLED: Final = "is_settled"


async def reserve_stock(run: Run) -> Result:
    """Hold the goods for as long as the customer may take to pay."""
    order = checkout_data(run.saga.data).order
    units = [Units(variant_id=line.variant_id, quantity=line.quantity) for line in order.lines]
    try:
        await reserve(
            run.connections.inventory,
            order_id=order.id,
            units=units,
            expires_at=run.now + HOLD_TIME,
            idempotency_key=f"{order.id}:reserve",
            now=run.now,
        )
    except NotEnoughStock as error:
        return Failed(failure=failure_of(error))
    except UnknownItem as error:
        # Nobody counts it, so that there is none of it as far as anybody knows.
        unknown = set(error.ids)
        shortages = [
            Shortage(variant_id=line.variant_id, sku=line.sku, wanted=line.quantity, available=0)
            for line in order.lines
            if line.variant_id in unknown
        ]
        return Failed(failure=failure_of(NotEnoughStock(shortages)))
    return Done()


async def release_stock(run: Run) -> Done:
    """Give back what is held, committed or not."""
    order_id = run.saga.order_id
    # Perhaps nothing was held, or the sweep has given it back.
    with contextlib.suppress(NothingReserved, AlreadyShipped):
        await release(
            run.connections.inventory,
            order_id=order_id,
            idempotency_key=f"{order_id}:release",
            reason="The order was not placed.",
            now=run.now,
        )
    return Done()


async def create_order(run: Run) -> Result:
    """Write the order down, and redeem its coupons, before anybody is charged for it."""
    draft = checkout_data(run.saga.data).order
    try:
        _, saga = await place_order(run.connections.orders, draft=draft, recording=run, now=run.now)
    except CouponRefused as error:
        return Failed(failure=failure_of(error))
    return Recorded(saga=saga)


async def cancel_created_order(run: Run) -> Recorded:
    """Cancel the order, if it was written down, and say in it why."""
    error = error_of(run.saga.data[FAILURE])
    status: PaymentStatus = "failed" if isinstance(error, PaymentDeclined) else "cancelled"
    if not run.saga.data.get(IS_SETTLED, True):
        status = "paid"  # the provider has refused to pay it back: it is for staff to see to
    saga = await abandon_order(
        run.connections.orders,
        saga=run.saga,
        payment_status=status,
        reason=str(error),
        recording=run,
        now=run.now,
    )
    return Recorded(saga=saga)


async def authorize(run: Run) -> Result:
    """Have the amount reserved on the customer's card or account, unless there is nothing to pay."""
    payment = await _payment(run)
    if payment is None:
        return Done()
    payment = await authorize_payment(
        run.connections.payments, run.means.providers, payment=payment, now=run.now
    )
    return _after(run, payment, {"authorized", "succeeded"})


async def void(run: Run) -> Done | Waiting:
    """Give up the payment; what was reserved for it is let go, and what was taken all the same is paid back."""
    given_up = await give_up_payments(run, reason="The order was not placed.")
    if given_up is None:
        return Waiting(until=run.now + PROCESSING_PAUSE, waits_for=PROVIDER)
    return Done(data={IS_SETTLED: given_up.is_settled})


async def commit_stock(run: Run) -> Result:
    """Make the goods the order's own, now that its payment is certain."""
    order_id = run.saga.order_id
    try:
        await commit(
            run.connections.inventory, order_id=order_id, idempotency_key=f"{order_id}:commit", now=run.now
        )
    except NothingReserved:
        return Failed(failure=failure_of(StockNoLongerHeld()))
    return Done()


async def capture(run: Run) -> Result:
    """Take the money. What refuses it here is an authorisation that has lapsed."""
    payment = await _payment(run)
    if payment is None:
        return Done()
    payment = await capture_payment(
        run.connections.payments, run.means.providers, payment=payment, now=run.now
    )
    return _after(run, payment, {"succeeded"})


async def confirm(run: Run) -> Result:
    """Make the order a paid one."""
    _, saga = await confirm_order(run.connections.orders, saga=run.saga, recording=run, now=run.now)
    return Recorded(saga=saga)


async def clear_cart(run: Run) -> Result:
    """Take what was ordered out of the cart; what was added meanwhile stays."""
    data = checkout_data(run.saga.data)
    units: dict[UUID, int] = {}
    for line in data.order.lines:
        units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    await take_ordered(
        run.connections.carts,
        run.connections.cart_copies,
        data.cart,
        order_id=run.saga.order_id,
        units=units,
        now=run.now,
    )
    return Done()


async def _payment(run: Run) -> Charge | None:
    """The payment, begun if it was not; None where nothing is to be paid."""
    data = checkout_data(run.saga.data)
    draft, order = data.payment, data.order
    if draft is None:
        return None
    known: Charge | None = run.memory.get(PAYMENT)
    if known is not None:
        return known
    return await begin_payment(
        run.connections.payments,
        payment=NewPayment(
            id=draft.id,
            order_id=order.id,
            user_id=order.user_id,
            email=order.email,
            amount=Money(amount=order.total, currency_code=order.currency),
            kind=draft.kind,
            gateway=draft.gateway,
            token=draft.token,
            payment_method_id=draft.method_id,
            customer_reference=draft.customer_reference,
            ip_address=draft.ip_address,
            user_agent=draft.user_agent,
            idempotency_key=f"{order.id}:payment",
            request_hash=run.saga.input_hash,
        ),
        now=run.now,
    )


def _after(run: Run, payment: Charge, wanted: AbstractSet[PaymentState]) -> Result:
    """What follows from how a payment stands."""
    run.memory[PAYMENT] = payment
    if payment.status in wanted:
        return Done()
    if payment.status == "requires_action":
        last = run.saga.created_at + ACTION_TIME
        was_given_up = GIVEN_UP in run.saga.data
        if was_given_up or run.now >= last:
            return Failed(failure=failure_of(PaymentExpired(was_given_up=was_given_up)))
        return Waiting(until=min(last, run.now + ACTION_PAUSE), waits_for=ACTION)
    if payment.status in {"failed", "cancelled"}:
        declined = PaymentDeclined(
            payment.failure_code or payment.status, payment.failure_reason or "The payment was declined."
        )
        return Failed(failure=failure_of(declined))
    return Waiting(until=run.now + PROCESSING_PAUSE, waits_for=PROVIDER)


CHECKOUT: Final = Plan(
    steps=(
        Step(name=FIRST_STEP, run=reserve_stock, undo=release_stock),
        Step(name="create_order", run=create_order, undo=cancel_created_order),
        Step(name="authorize_payment", run=authorize, undo=void),
        Step(name="commit_stock", run=commit_stock),  # undone by release_stock, too
        Step(name="capture_payment", run=capture),  # undone by void: what was not captured
        Step(name="confirm_order", run=confirm),
        Step(name=LAST_STEP, run=clear_cart),
    )
)
