"""The crash matrix of buying: killed at every point of every step, and then one order, one charge, and all adds up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.workflows.checkout_errors import PaymentDeclined
from datasources.workflows.checkout_steps import CHECKOUT
from datasources.workflows.checkouts import OrderPlaced
from tests.checkout.crashes import POINTS, die_at

if TYPE_CHECKING:
    from tests.checkout.counter import Counter

STEPS = [step.name for step in CHECKOUT.steps]
# A declined payment is undone from the step that failed to the first.
UNDONE = ["authorize_payment", "create_order", "reserve_stock"]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("step", STEPS)
async def test_a_checkout_that_dies_is_finished_by_a_worker(counter: Counter, step: str, point: str) -> None:
    mugs, lamps = await counter.put_on_sale(units=5), await counter.put_on_sale(price="3.33", units=5)
    code, key = await counter.coupon(usage_limit=1), uuid4().hex
    cart = await counter.fill_cart((mugs, 2), (lamps, 3), codes=[code])
    request = await counter.request(cart, key=key)
    await die_at(counter, f"checkout: {step}: {point}", work="buy", cart=cart, card="tok_approved", key=key)
    await counter.add_to_cart(cart, (lamps, 1))  # by a second tab, before anybody takes over
    await counter.recover()
    order = await counter.order_of(key)
    assert order is not None
    assert (order["status"], order["payment_status"], order["total"]) == (
        "paid",
        "paid",
        request.expected_total,
    )
    assert await counter.stock(mugs) == (3, 0, 2)
    assert await counter.stock(lamps) == (2, 0, 3)
    # Whoever sends it again learns of the same order, and what was added meanwhile is all that is left in the cart.
    outcome = await counter.buy(request)
    assert isinstance(outcome, OrderPlaced)
    assert outcome.order_id == order["id"]
    assert await counter.units_in(cart) == 1


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("step", UNDONE)
async def test_a_declined_checkout_that_dies_is_undone_by_a_worker(
    counter: Counter, step: str, point: str
) -> None:
    mugs = await counter.put_on_sale(units=5)
    code, key = await counter.coupon(usage_limit=1), uuid4().hex
    cart = await counter.fill_cart((mugs, 2), codes=[code])
    request = await counter.request(cart, card="tok_declined", key=key)
    await die_at(
        counter, f"checkout: undo {step}: {point}", work="buy", cart=cart, card="tok_declined", key=key
    )
    await counter.recover()
    order = await counter.order_of(key)
    assert order is not None
    assert (order["status"], order["payment_status"]) == ("cancelled", "failed")
    assert await counter.stock(mugs) == (5, 0, 0)
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as refusal:
            await counter.buy(request)
        assert refusal.value.decline_code == "card_declined"
    # The coupon and the goods are free for the next attempt, which takes a key of its own.
    again = await counter.buy(await counter.request(cart))
    assert isinstance(again, OrderPlaced)


@pytest.mark.parametrize("card", ["tok_error_after_charge", "tok_timeout", "tok_error_after_capture"])
async def test_a_provider_that_answers_late_charges_once(counter: Counter, card: str) -> None:
    mugs, key = await counter.put_on_sale(), uuid4().hex
    cart = await counter.fill_cart((mugs, 1))
    request = await counter.request(cart, card=card, key=key)
    first = await counter.buy(request)
    assert not isinstance(first, OrderPlaced)
    await counter.recover(after=timedelta(seconds=2))
    again = await counter.buy(request)
    assert isinstance(again, OrderPlaced)
    order = await counter.order_of(key)
    assert order is not None
    charged = await counter.rows(
        "payments", "SELECT captured_amount FROM sandbox_payments WHERE payment_id = $1", order["payment_id"]
    )
    assert [row["captured_amount"] for row in charged] == [request.expected_total]
