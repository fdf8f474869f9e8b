"""Money that is hard to give back: refunds beside cancellations, banks that refuse, providers that are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.inventory.commands.reservations import release
from datasources.loaders import Loaders
from datasources.orders.commands.cancellations import BY_STAFF
from datasources.orders.commands.fulfilment import deliver_order, ship_order, start_processing
from datasources.orders.commands.refunds import Wish
from datasources.orders.refund_errors import OrderNotCancellable, OrderNotRefundable, RefundExceedsOrder
from datasources.orders.rules import SHOP_RULES
from datasources.orders.rules.shipping import FlatRates
from datasources.payments.commands.refund_executions import refresh_refund
from datasources.payments.providers.protocol import UnknownProvider
from datasources.payments.providers.registry import NO_PROVIDERS
from datasources.payments.providers.sandbox import SandboxProvider
from datasources.workflows.bounced_refunds import reopen_orders
from datasources.workflows.cancellations import cancel_order
from datasources.workflows.checkouts import StillProcessing, complete_checkout
from datasources.workflows.refunds import refund_order
from datasources.workflows.sagas import utc_now
from datasources.workflows.shipments import send_order
from tests.checkout.counter import CLERK, open_counter
from tests.checkout.killed import refund_request
from tests.checkout.test_cancellation_crashes import bought, order_row
from tests.orders.placed import PARCEL

if TYPE_CHECKING:
    from datasources.orders.sagas import Saga
    from datasources.workflows.sagas import Means
    from gateway.embedded import EmbeddedServers
    from tests.checkout.counter import Counter

LATER = timedelta(seconds=30)
NOTHING = Decimal(0)


async def pay_back(counter: Counter, order: dict[str, Any], amount: str | None = None) -> Saga:
    """Staff pay an order back."""
    wanted = {"order": str(order["id"]), "amount": amount, "key": uuid4().hex}
    return await refund_order(counter.means(), refund_request(wanted))


async def cancel(means: Means, order: dict[str, Any]) -> Saga:
    """Staff cancel an order."""
    return await cancel_order(means, order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None)


async def decide(counter: Counter, order: dict[str, Any], *, approve: bool) -> None:
    """What the bank decides on a refund that it processes."""
    provider = counter.means().providers.default
    assert isinstance(provider, SandboxProvider)
    (waiting,) = await counter.rows(
        "payments",
        "SELECT refund.reference FROM sandbox_refunds AS refund JOIN sandbox_payments AS payment"
        " ON payment.reference = payment_reference WHERE payment_id = $1 AND refund.status = 'processing'",
        order["payment_id"],
    )
    await provider.complete_action(reference=waiting["reference"], approve=approve, now=utc_now())


async def bounce(counter: Counter, order: dict[str, Any]) -> None:
    """The bank sends back all that was paid back of an order, and the shop hears of it."""
    await counter.rows(
        "payments",
        "UPDATE sandbox_refunds AS refund SET status = 'failed' FROM sandbox_payments AS payment"
        " WHERE payment.reference = payment_reference AND payment_id = $1",
        order["payment_id"],
    )
    await counter.rows(
        "payments",
        "UPDATE sandbox_payments SET refunded_amount = 0 WHERE payment_id = $1",
        order["payment_id"],
    )
    for refund in await counter.rows("payments", "SELECT id FROM refunds WHERE order_id = $1", order["id"]):
        await refresh_refund(
            counter.connections.payments, counter.means().providers, refund_id=refund["id"], now=utc_now()
        )


async def state(counter: Counter, order: dict[str, Any]) -> tuple[str, str, Decimal]:
    """The status of an order, of its payment, and what was paid back."""
    row = await order_row(counter, order)
    return row["status"], row["payment_status"], row["refunded_amount"]


@pytest.mark.parametrize("approve", [False, True])
@pytest.mark.parametrize("amount", [None, "1.50"])
async def test_a_cancellation_beside_a_refund_pays_back_what_the_bank_does_not(
    counter: Counter, amount: str | None, approve: bool
) -> None:
    order, _, _ = await bought(counter, card="tok_refund_processing")
    await pay_back(counter, order, amount)
    await cancel(counter.means(), order)
    assert await state(counter, order) == ("cancelled", "paid", NOTHING)
    await decide(counter, order, approve=approve)
    await counter.recover(after=LATER)
    if not approve or amount:  # then it is the cancellation's own refund that the bank processes
        await counter.recover(after=2 * LATER)
        await decide(counter, order, approve=True)
        await counter.recover(after=3 * LATER)
    assert await state(counter, order) == ("cancelled", "refunded", order["total"])


async def test_a_refund_beside_a_cancellation_is_told_that_nothing_is_left(counter: Counter) -> None:
    order, _, _ = await bought(counter, card="tok_refund_processing")
    await cancel(counter.means(), order)
    wanted = {"order": str(order["id"]), "amount": None, "key": uuid4().hex}
    for _ in range(2):
        with pytest.raises(RefundExceedsOrder) as refused:
            await refund_order(counter.means(), refund_request(wanted))
        assert refused.value.refundable.amount == 0
    await decide(counter, order, approve=True)
    await counter.recover(after=LATER)
    assert await state(counter, order) == ("cancelled", "refunded", order["total"])


async def test_without_the_provider_an_order_is_neither_cancelled_nor_paid_back(counter: Counter) -> None:
    order, mugs, _ = await bought(counter)
    means = replace(counter.means(), providers=NO_PROVIDERS)
    wanted = {"order": str(order["id"]), "amount": "1.00", "key": uuid4().hex}
    with pytest.raises(UnknownProvider):
        await cancel(means, order)
    with pytest.raises(UnknownProvider):
        await refund_order(means, refund_request(wanted))
    assert await state(counter, order) == ("paid", "paid", NOTHING)
    assert await counter.stock(mugs) == (3, 0, 2)
    # Nothing was begun, so both can be done once it is set up.
    await refund_order(counter.means(), refund_request(wanted))
    await cancel(counter.means(), order)
    assert await state(counter, order) == ("cancelled", "refunded", order["total"])
    await cancel(means, order)  # nothing is owed any more, and it answers as before


async def test_what_is_paid_back_before_it_is_sent_is_sold_again_and_only_the_rest_is_sent(
    counter: Counter,
) -> None:
    order, mugs, _ = await bought(counter)
    (item,) = await counter.rows("orders", "SELECT id FROM order_items WHERE order_id = $1", order["id"])
    wanted = {"order": str(order["id"]), "amount": None, "key": uuid4().hex}
    request = replace(refund_request(wanted), wish=Wish(units={UUID(str(item["id"])): 1}))
    for _ in range(2):
        await refund_order(counter.means(), request)
    assert await counter.stock(mugs) == (4, 0, 1)
    sent = await send_order(
        counter.connections, order_id=order["id"], shipment=PARCEL, actor_id=CLERK, now=utc_now()
    )
    assert sent.status == "shipped"
    assert await counter.stock(mugs) == (4, 0, 0)
    await pay_back(counter, order)  # the rest, which comes back
    assert await counter.stock(mugs) == (5, 0, 0)
    assert await state(counter, order) == ("refunded", "refunded", order["total"])


async def test_an_order_that_ships_while_it_is_cancelled_keeps_its_money(servers: EmbeddedServers) -> None:
    """One of which the inventory knows nothing, as those that were imported."""
    async with open_counter(servers.urls) as counter:
        await ships_while_it_is_cancelled(counter)


async def ships_while_it_is_cancelled(counter: Counter) -> None:
    order, _, _ = await bought(counter)
    await start_processing(counter.connections.orders, order_id=order["id"], actor_id=CLERK, now=utc_now())

    async def ship_first(point: str) -> None:
        if point == "cancellation: cancel_order: before":
            await ship_order(
                counter.connections.orders,
                order_id=order["id"],
                shipment=PARCEL,
                goods_left=False,
                actor_id=CLERK,
                now=utc_now(),
            )

    with pytest.raises(OrderNotCancellable):
        await cancel(counter.means(watch=ship_first), order)
    assert await state(counter, order) == ("shipped", "paid", NOTHING)
    assert await counter.rows("payments", "SELECT id FROM refunds WHERE order_id = $1", order["id"]) == []


async def test_what_cannot_be_paid_back_of_a_checkout_is_left_to_staff(counter: Counter) -> None:
    mug, key = await counter.put_on_sale(units=1), uuid4().hex
    request = await counter.request(await counter.fill_cart((mug, 1)), card="tok_processing", key=key)
    assert isinstance(await counter.buy(request), StillProcessing)
    order = await counter.order_of(key)
    assert order is not None
    # The bank takes the money when the goods are held no more, and will not pay it back.
    await release(
        counter.connections.inventory, order_id=order["id"], idempotency_key=uuid4().hex, now=utc_now()
    )
    row = await counter.rows(
        "payments",
        "UPDATE sandbox_payments SET token = 'tok_refund_refused', status = 'captured', captured_amount = amount"
        " WHERE payment_id = $1 RETURNING amount",
        order["payment_id"],
    )
    assert row[0]["amount"] == order["total"]
    await counter.recover(after=LATER)
    assert await state(counter, order) == ("cancelled", "paid", NOTHING)
    await counter.rows(
        "payments",
        "UPDATE sandbox_payments SET token = 'tok_approved' WHERE payment_id = $1",
        order["payment_id"],
    )
    await pay_back(counter, order)
    assert await state(counter, order) == ("cancelled", "refunded", order["total"])


async def test_a_refund_that_the_bank_sends_back_can_be_made_again(counter: Counter) -> None:
    order, _, _ = await bought(counter)
    connections = counter.connections
    await send_order(connections, order_id=order["id"], shipment=PARCEL, actor_id=CLERK, now=utc_now())
    await deliver_order(connections.orders, order_id=order["id"], actor_id=CLERK, now=utc_now())
    await pay_back(counter, order)
    assert await state(counter, order) == ("refunded", "refunded", order["total"])
    await bounce(counter, order)
    assert await reopen_orders(counter.means()) == 1
    assert await reopen_orders(counter.means()) == 0
    assert await state(counter, order) == ("delivered", "paid", NOTHING)
    items = await counter.rows("orders", "SELECT * FROM order_items WHERE order_id = $1", order["id"])
    assert [(item["refunded_quantity"], item["refunded_amount"]) for item in items] == [(0, 0)]
    await pay_back(counter, order)
    assert await state(counter, order) == ("refunded", "refunded", order["total"])


async def test_a_cancelled_orders_money_that_the_bank_sends_back_can_be_paid_back(counter: Counter) -> None:
    order, _, _ = await bought(counter)
    await cancel(counter.means(), order)
    await bounce(counter, order)
    await reopen_orders(counter.means())
    assert await state(counter, order) == ("cancelled", "paid", NOTHING)
    await pay_back(counter, order)
    assert await state(counter, order) == ("cancelled", "refunded", order["total"])


async def test_an_order_without_anything_to_pay_has_nothing_to_pay_back(counter: Counter) -> None:
    hat = await counter.put_on_sale(price="60.00", units=2)
    code = await counter.coupon(discount_value=Decimal(100))
    rules = replace(SHOP_RULES, shipping=FlatRates(free_from=NOTHING))
    orders = []
    for _ in range(2):
        key = uuid4().hex
        request = await counter.request(await counter.fill_cart((hat, 1), codes=[code]), key=key)
        request = replace(request, payment=None, expected_total=NOTHING)
        await complete_checkout(counter.means(), Loaders(counter.connections), request, rules=rules)
        order = await counter.order_of(key)
        assert order is not None
        assert (order["total"], order["payment_id"], order["status"]) == (0, None, "paid")
        orders.append(order)
    first, second = orders
    await cancel(counter.means(), first)
    assert await state(counter, first) == ("cancelled", "cancelled", NOTHING)
    connections = counter.connections
    await send_order(connections, order_id=second["id"], shipment=PARCEL, actor_id=CLERK, now=utc_now())
    with pytest.raises(OrderNotRefundable):
        await pay_back(counter, second)
    assert await state(counter, second) == ("shipped", "paid", NOTHING)
    assert await counter.stock(hat) == (1, 0, 0)


async def test_an_order_whose_payment_was_never_imported_is_not_paid_back(servers: EmbeddedServers) -> None:
    async with open_counter(servers.urls) as counter:
        order, _, _ = await bought(counter)
        await counter.rows("orders", "UPDATE orders SET payment_id = $2 WHERE id = $1", order["id"], uuid4())
        with pytest.raises(RefundExceedsOrder):
            await pay_back(counter, order)
        assert await counter.recover(after=LATER) == []
        assert await state(counter, order) == ("paid", "paid", NOTHING)
