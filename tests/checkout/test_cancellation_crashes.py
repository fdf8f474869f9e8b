"""The crash matrix of cancelling and of paying back: killed at every point of every step, and then all adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.orders.commands.cancellations import BY_CUSTOMER, BY_STAFF
from datasources.orders.commands.fulfilment import start_processing
from datasources.payments.providers.sandbox import SandboxProvider
from datasources.workflows.cancellations import CANCELLATION, cancel_order
from datasources.workflows.checkouts import ActionRequired, OrderPlaced
from datasources.workflows.refunds import REFUND, refund_order
from datasources.workflows.sagas import utc_now
from tests.checkout.counter import CLERK
from tests.checkout.crashes import POINTS, die_at
from tests.checkout.killed import refund_request

if TYPE_CHECKING:
    from datasources.workflows.checkouts import CheckoutOutcome
    from tests.checkout.counter import Counter, Goods

CANCEL = ["begin: effect", *(f"{step.name}: {point}" for step in CANCELLATION.steps for point in POINTS)]
PAY_BACK = ["claim_refund: effect", *(f"{step.name}: {point}" for step in REFUND.steps for point in POINTS)]
GIVE_UP = [
    "authorize_payment: before",
    *(
        f"undo {step}: {point}"
        for step in ("authorize_payment", "create_order", "reserve_stock")
        for point in POINTS
    ),
]
UNDO = [f"undo request_refund: {point}" for point in POINTS]


async def bought(
    counter: Counter, *, card: str = "tok_approved", outcome: type[CheckoutOutcome] = OrderPlaced
) -> tuple[dict[str, Any], Goods, str]:
    """An order of two mugs out of five, with a coupon that can be used once."""
    mugs, key = await counter.put_on_sale(units=5), uuid4().hex
    code = await counter.coupon(usage_limit=1)
    cart = await counter.fill_cart((mugs, 2), codes=[code])
    assert isinstance(await counter.buy(await counter.request(cart, card=card, key=key)), outcome)
    order = await counter.order_of(key)
    assert order is not None
    return order, mugs, code


async def order_row(counter: Counter, order: dict[str, Any]) -> dict[str, Any]:
    (row,) = await counter.rows("orders", "SELECT * FROM orders WHERE id = $1", order["id"])
    return row


async def use_of(counter: Counter, code: str) -> int:
    (row,) = await counter.rows("orders", "SELECT usage_count FROM coupons WHERE code = $1", code)
    return int(row["usage_count"])


@pytest.mark.parametrize("is_processed", [False, True])
@pytest.mark.parametrize("point", CANCEL)
async def test_a_cancellation_that_dies_is_finished_by_a_worker(
    counter: Counter, point: str, is_processed: bool
) -> None:
    order, mugs, code = await bought(counter)
    if is_processed:
        await start_processing(
            counter.connections.orders, order_id=order["id"], actor_id=CLERK, now=utc_now()
        )
    await die_at(counter, f"cancellation: {point}", work="cancel", order=str(order["id"]))
    await counter.recover()
    if point == "begin: effect":  # nothing was committed: it is as if nobody had asked
        assert (await order_row(counter, order))["status"] != "cancelled"
    # Whoever asks again is answered alike, and nothing is paid back twice.
    await cancel_order(
        counter.means(), order_id=order["id"], allowed=BY_STAFF, reason="Changed my mind.", actor_id=None
    )
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == (
        "cancelled",
        "refunded",
        row["total"],
    )
    assert await counter.stock(mugs) == (5, 0, 0)
    assert await use_of(counter, code) == 0


@pytest.mark.parametrize("point", GIVE_UP)
async def test_a_cancellation_of_what_waits_for_its_customer_that_dies_is_finished_by_a_worker(
    counter: Counter, point: str
) -> None:
    order, mugs, code = await bought(counter, card="tok_action_required", outcome=ActionRequired)
    await die_at(counter, f"checkout: {point}", work="cancel", order=str(order["id"]))
    await counter.recover()
    again = await cancel_order(
        counter.means(), order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None
    )
    assert again.status == "compensated"
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == ("cancelled", "cancelled", 0)
    assert await counter.stock(mugs) == (5, 0, 0)
    assert await use_of(counter, code) == 0


async def test_a_cancellation_of_what_its_customer_has_just_paid_pays_it_back(counter: Counter) -> None:
    order, mugs, _ = await bought(counter, card="tok_action_required", outcome=ActionRequired)
    (waiting,) = await counter.rows(
        "payments", "SELECT reference FROM sandbox_payments WHERE payment_id = $1", order["payment_id"]
    )
    provider = counter.means().providers.default
    assert isinstance(provider, SandboxProvider)
    await provider.complete_action(reference=waiting["reference"], approve=True, now=utc_now())
    saga = await cancel_order(
        counter.means(), order_id=order["id"], allowed=BY_CUSTOMER, reason="No.", actor_id=None
    )
    assert (saga.type, saga.status) == ("cancellation", "completed")
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == (
        "cancelled",
        "refunded",
        row["total"],
    )
    assert await counter.stock(mugs) == (5, 0, 0)


@pytest.mark.parametrize("amount", [None, "1.50"])
@pytest.mark.parametrize("point", PAY_BACK)
async def test_a_refund_that_dies_is_finished_by_a_worker(
    counter: Counter, point: str, amount: str | None
) -> None:
    order, mugs, _ = await bought(counter)
    wanted = {"order": str(order["id"]), "amount": amount, "key": uuid4().hex}
    await die_at(counter, f"refund: {point}", work="refund", **wanted)
    await counter.recover()
    await refund_order(counter.means(), refund_request(wanted))
    row = await order_row(counter, order)
    paid_back = order["total"] if amount is None else Decimal(amount)
    assert row["refunded_amount"] == paid_back
    assert row["payment_status"] == ("refunded" if amount is None else "partially_refunded")
    # What was not sent yet, and is paid back to be sold again, is not sent any more.
    assert await counter.stock(mugs) == ((5, 0, 0) if amount is None else (3, 0, 2))


@pytest.mark.parametrize("point", UNDO)
async def test_a_refused_refund_that_dies_is_undone_by_a_worker(counter: Counter, point: str) -> None:
    order, _, _ = await bought(counter, card="tok_refund_refused")
    wanted = {"order": str(order["id"]), "amount": None, "key": uuid4().hex}
    await die_at(counter, f"refund: {point}", work="refund", **wanted)
    await counter.recover()
    saga = await refund_order(counter.means(), refund_request(wanted))
    assert saga.status == "compensated"
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == ("paid", "paid", 0)
    items = await counter.rows("orders", "SELECT * FROM order_items WHERE order_id = $1", order["id"])
    assert all(item["refunded_quantity"] == 0 and item["refunded_amount"] == 0 for item in items)
