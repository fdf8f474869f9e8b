"""Many at once: the last unit, the last use of a coupon, one key from everywhere, and the same money asked back."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.errors import DatasourceError, IdempotencyConflict, ServiceUnavailable
from datasources.inventory.errors import NotEnoughStock
from datasources.orders.commands.cancellations import BY_STAFF
from datasources.orders.placement_errors import CouponRefused
from datasources.payments.commands.payments import refresh_payment
from datasources.workflows.cancellations import cancel_order
from datasources.workflows.checkout_errors import PaymentDeclined
from datasources.workflows.checkouts import ActionRequired, OrderPlaced, StillProcessing
from datasources.workflows.order_sagas import resume_orders
from datasources.workflows.refunds import refund_order
from tests.checkout.killed import refund_request
from tests.checkout.test_cancellation_crashes import bought, order_row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence

    from datasources.workflows.checkout_plans import CheckoutRequest
    from tests.checkout.counter import Counter

BUYERS = 100
_ASK_AGAIN = {StillProcessing.__name__, ServiceUnavailable.__name__}


async def outcomes(attempts: Iterable[Awaitable[Any]]) -> Tally[str]:
    """How attempts that are made at once end, by the name of their outcome or error."""
    return Tally(await asyncio.gather(*map(_name_of_outcome, attempts)))


async def purchases(counter: Counter, requests: Sequence[CheckoutRequest]) -> Tally[str]:
    """How checkouts that are made at once end.

    A busy machine does not get to all of them in time, and says so: then a worker goes on, and clients ask again.
    """
    ended = await asyncio.gather(*(_name_of_outcome(counter.buy(request)) for request in requests))
    late = [request for request, name in zip(requests, ended, strict=True) if name in _ASK_AGAIN]
    if not late:
        return Tally(ended)
    await counter.recover(after=timedelta(minutes=1))
    return Tally(name for name in ended if name not in _ASK_AGAIN) + await purchases(counter, late)


async def _name_of_outcome(attempt: Awaitable[Any]) -> str:
    try:
        return type(await attempt).__name__
    except DatasourceError as error:
        return type(error).__name__


async def test_of_100_buyers_of_the_last_unit_one_gets_it_and_99_are_told(counter: Counter) -> None:
    mug = await counter.put_on_sale(units=1)
    carts = [await counter.fill_cart((mug, 1)) for _ in range(BUYERS)]
    requests = [await counter.request(cart) for cart in carts]
    ended = await purchases(counter, requests)
    assert ended == {OrderPlaced.__name__: 1, NotEnoughStock.__name__: BUYERS - 1}
    assert await counter.stock(mug) == (0, 0, 1)
    charged = await counter.rows(
        "payments", "SELECT payment_id FROM sandbox_payments WHERE amount = $1", requests[0].expected_total
    )
    orders = await counter.rows(
        "orders",
        "SELECT payment_id FROM orders JOIN order_items ON order_id = orders.id WHERE sku = $1",
        mug.sku,
    )
    assert {row["payment_id"] for row in orders} <= {row["payment_id"] for row in charged}
    assert len(orders) == 1


async def test_of_50_with_a_coupon_for_one_one_gets_it(counter: Counter) -> None:
    mug = await counter.put_on_sale(units=BUYERS)
    code = await counter.coupon(usage_limit=1)
    carts = [await counter.fill_cart((mug, 1), codes=[code]) for _ in range(50)]
    requests = [await counter.request(cart) for cart in carts]
    ended = await purchases(counter, requests)
    assert ended == {OrderPlaced.__name__: 1, CouponRefused.__name__: 49}
    assert await counter.stock(mug) == (BUYERS - 1, 0, 1)


async def test_one_key_50_times_at_once_is_one_order_and_50_equal_answers(counter: Counter) -> None:
    mug, key = await counter.put_on_sale(units=50), uuid4().hex
    request = await counter.request(await counter.fill_cart((mug, 1)), key=key)
    answers = await asyncio.gather(*(counter.buy(request) for _ in range(50)))
    assert isinstance(answers[0], OrderPlaced)
    assert len(set(answers)) == 1
    assert await counter.stock(mug) == (49, 0, 1)
    order = await counter.order_of(key)
    assert order is not None
    assert order["id"] == answers[0].order_id
    calls = await counter.rows(
        "payments",
        "SELECT captured_amount FROM sandbox_payments WHERE payment_id = $1",
        order["payment_id"],
    )
    assert [row["captured_amount"] for row in calls] == [request.expected_total]


async def test_one_key_at_once_for_a_declined_card_is_declined_alike(counter: Counter) -> None:
    mug = await counter.put_on_sale(units=5)
    request = await counter.request(await counter.fill_cart((mug, 1)), card="tok_declined")
    ended = await outcomes(counter.buy(request) for _ in range(20))
    assert ended == {"PaymentDeclined": 20}
    assert await counter.stock(mug) == (5, 0, 0)


async def test_one_key_for_something_else_is_a_conflict(counter: Counter) -> None:
    mug = await counter.put_on_sale()
    request = await counter.request(await counter.fill_cart((mug, 1)))
    await counter.buy(request)
    for other in (
        replace(request, expected_total=request.expected_total + 1),
        replace(request, said=replace(request.said, email="eve@example.org")),
    ):
        with pytest.raises(IdempotencyConflict):
            await counter.buy(other)
    # Another guest's key of the same name is another key.
    theirs = await counter.request(await counter.fill_cart((mug, 1)), key=request.idempotency_key)
    assert isinstance(await counter.buy(theirs), OrderPlaced)


async def test_cancelled_20_times_at_once_is_paid_back_once(counter: Counter) -> None:
    order, mugs, _ = await bought(counter)
    await outcomes(
        cancel_order(counter.means(), order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None)
        for _ in range(20)
    )
    await counter.recover()
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == (
        "cancelled",
        "refunded",
        row["total"],
    )
    assert await counter.stock(mugs) == (5, 0, 0)


async def test_what_waits_for_its_customer_cancelled_20_times_at_once_is_undone_once(
    counter: Counter,
) -> None:
    order, mugs, _ = await bought(counter, card="tok_action_required", outcome=ActionRequired)
    ended = await outcomes(
        cancel_order(counter.means(), order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None)
        for _ in range(20)
    )
    assert ended == {"Saga": 20}
    await counter.recover()
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == ("cancelled", "cancelled", 0)
    assert await counter.stock(mugs) == (5, 0, 0)


async def test_a_cancellation_and_a_refund_at_once_pay_back_what_was_paid_and_no_more(
    counter: Counter,
) -> None:
    for _ in range(5):
        order, _, _ = await bought(counter)
        wanted = {"order": str(order["id"]), "amount": "3.00", "key": uuid4().hex}
        await outcomes(
            [
                refund_order(counter.means(), refund_request(wanted)),
                cancel_order(
                    counter.means(), order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None
                ),
            ]
        )
        # A cancellation waits for a refund that is under way, and looks again in a few seconds.
        await counter.recover(after=timedelta(seconds=10))
        row = await order_row(counter, order)
        assert (row["status"], row["refunded_amount"]) == ("cancelled", row["total"])


async def test_20_refunds_at_once_never_pay_back_more_than_was_paid(counter: Counter) -> None:
    order, _, _ = await bought(counter)
    part = (order["total"] / 6).quantize(Decimal("0.01"))
    ended = await outcomes(
        refund_order(
            counter.means(),
            refund_request({"order": str(order["id"]), "amount": str(part), "key": uuid4().hex}),
        )
        for _ in range(20)
    )
    await counter.recover()
    assert ended["Saga"] in {5, 6}
    assert ended["Saga"] + ended["RefundExceedsOrder"] == 20
    assert (await order_row(counter, order))["refunded_amount"] == part * ended["Saga"]


async def test_money_that_comes_for_an_order_that_was_given_up_is_paid_back(counter: Counter) -> None:
    mug, key = await counter.put_on_sale(units=5), uuid4().hex
    request = await counter.request(await counter.fill_cart((mug, 1)), card="tok_declined", key=key)
    with pytest.raises(PaymentDeclined):
        await counter.buy(request)
    order = await counter.order_of(key)
    assert order is not None
    # The provider has changed its mind, as a bank may.
    await counter.rows(
        "payments",
        "UPDATE sandbox_payments SET status = 'captured', captured_amount = amount, failure_code = NULL,"
        " failure_reason = NULL WHERE payment_id = $1",
        order["payment_id"],
    )
    means = counter.means()
    payment = await refresh_payment(
        counter.connections.payments, means.providers, payment_id=order["payment_id"], now=means.clock()
    )
    assert payment.status == "succeeded"
    for _ in range(2):  # news may come twice
        await resume_orders(means, [order["id"]])
    row = await order_row(counter, order)
    assert (row["status"], row["payment_status"], row["refunded_amount"]) == (
        "cancelled",
        "refunded",
        row["total"],
    )
