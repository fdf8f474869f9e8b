"""Claims on what is paid back of an order: never more than was paid, never a unit twice, and all of it in the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.orders.commands.placements import confirm_order
from datasources.orders.commands.refunds import Claim, Wish, claim_refund, drop_claim, settle_refund
from datasources.orders.errors import UnknownOrder
from datasources.orders.refund_errors import (
    OrderNotRefundable,
    RefundExceedsOrder,
    ReturnWindowClosed,
    TooManyRefunded,
    UnknownOrderItem,
)
from datasources.orders.rules.amounts import allocate
from datasources.orders.rules.refunds import RefundableLine, refund_amounts
from datasources.orders.sagas import NewSaga, Saga
from tests.sagas.test_placements import NOW, Recorder, draft, place, rows

if TYPE_CHECKING:
    from datasources.core.databases import Database


async def paid_order(orders: Database, **changes: Any) -> tuple[UUID, list[UUID]]:
    """An order of three mugs and a lamp at 10.00 each, 2.47 tax and 5.99 shipping, and the ids of its lines."""
    order = draft()
    lines = (replace(order.lines[0], quantity=3), order.lines[1])
    order = replace(order, lines=lines, tax=Decimal("2.47"), **changes)
    saga = await place(orders, order)
    await confirm_order(orders, saga=saga, recording=Recorder(saga=saga, step="three"), now=NOW)
    await rows(orders, "UPDATE orders SET status = 'shipped' WHERE id = $1", order.id)
    found = await rows(orders, "SELECT id FROM order_items WHERE order_id = $1 ORDER BY position", order.id)
    return order.id, [row["id"] for row in found]


async def claim(
    orders: Database, order_id: UUID, wish: Wish, *, key: str | None = None
) -> tuple[Saga, Claim]:
    claimed: list[Claim] = []

    def plan(made: Claim) -> dict[str, Any]:
        claimed.append(made)
        return {"amount": str(made.amount)}

    async def nothing() -> None:
        """Nothing watches."""

    saga = await claim_refund(
        orders,
        saga=NewSaga(
            id=uuid4(),
            order_id=order_id,
            type="refund",
            key=key or uuid4().hex,
            input_hash="",
            step="one",
            data={},
        ),
        wish=wish,
        owner="me",
        plan=plan,
        before_commit=nothing,
        now=NOW,
    )
    assert saga is not None
    return saga, claimed[0]


async def settle(orders: Database, saga: Saga, made: Claim) -> None:
    """As the last step of a refund does it: the saga is finished in the same transaction."""
    await settle_refund(
        orders,
        saga=saga,
        amount=made.amount,
        returned={line.item_id: line.quantity for line in made.lines},
        recording=Recorder(saga=saga, step="done", status="completed"),
        now=NOW,
    )


async def order_row(orders: Database, order_id: UUID) -> Any:
    (row,) = await rows(orders, "SELECT * FROM orders WHERE id = $1", order_id)
    return row


async def test_units_come_back_with_their_share_of_the_tax_and_all_of_it_in_the_end(orders: Database) -> None:
    order_id, (mugs, lamp) = await paid_order(orders)
    amounts = []
    for wish in (
        Wish(units={mugs: 1}),
        Wish(units={mugs: 2}),
        Wish(units={lamp: 1}),
        Wish(units={}, shipping=True),
    ):
        saga, made = await claim(orders, order_id, wish)
        amounts.append(made.amount)
        await settle(orders, saga, made)
    # The tax of 2.47 is 1.85 on the mugs, 31.85 for all three, and 0.62 on the lamp.
    assert amounts == [Decimal("10.62"), Decimal("21.23"), Decimal("10.62"), Decimal("5.99")]
    row = await order_row(orders, order_id)
    assert (row["refunded_amount"], row["payment_status"], row["status"]) == (
        row["total"],
        "refunded",
        "refunded",
    )
    items = await rows(orders, "SELECT * FROM order_items WHERE order_id = $1", order_id)
    assert all(item["refunded_quantity"] == item["returned_quantity"] == item["quantity"] for item in items)


async def test_everything_is_what_is_left(orders: Database) -> None:
    order_id, (mugs, _) = await paid_order(orders)
    saga, made = await claim(orders, order_id, Wish(units={mugs: 1}))
    await settle(orders, saga, made)
    row = await order_row(orders, order_id)
    assert (row["payment_status"], row["status"]) == ("partially_refunded", "shipped")
    saga, rest = await claim(orders, order_id, Wish(units={}, everything=True))
    assert rest.amount == row["total"] - made.amount
    assert [line.quantity for line in rest.lines] != []
    await settle(orders, saga, rest)
    assert (await order_row(orders, order_id))["payment_status"] == "refunded"


async def test_of_many_at_once_for_the_same_units_one_gets_them(orders: Database) -> None:
    order_id, (mugs, _) = await paid_order(orders)
    ended = await asyncio.gather(
        *(claim(orders, order_id, Wish(units={mugs: 2})) for _ in range(10)), return_exceptions=True
    )
    refusals = [each for each in ended if isinstance(each, TooManyRefunded)]
    assert len(refusals) == 9
    assert {(refusal.item_id, refusal.refundable) for refusal in refusals} == {(mugs, 1)}


async def test_of_many_at_once_for_the_shipping_one_gets_it(orders: Database) -> None:
    order_id, _ = await paid_order(orders)
    ended = await asyncio.gather(
        *(claim(orders, order_id, Wish(units={}, shipping=True)) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, RefundExceedsOrder) for each in ended) == 5


async def test_amounts_beside_lines_end_where_the_order_does(orders: Database) -> None:
    order_id, _ = await paid_order(orders)
    total = (await order_row(orders, order_id))["total"]
    await claim(orders, order_id, Wish(units={}, amount=total - 1))
    with pytest.raises(RefundExceedsOrder) as refusal:
        await claim(orders, order_id, Wish(units={}, amount=Decimal("1.01")))
    assert refusal.value.refundable.amount == 1
    with pytest.raises(RefundExceedsOrder):
        await claim(orders, order_id, Wish(units={}))


async def test_a_dropped_claim_may_be_made_again(orders: Database) -> None:
    order_id, (mugs, _) = await paid_order(orders)
    saga, made = await claim(orders, order_id, Wish(units={mugs: 3}))
    await drop_claim(
        orders, lines=made.lines, recording=Recorder(saga=saga, step="done", status="compensated"), now=NOW
    )
    (item,) = await rows(orders, "SELECT * FROM order_items WHERE id = $1", mugs)
    assert (item["refunded_quantity"], item["refunded_amount"]) == (0, 0)
    assert (await claim(orders, order_id, Wish(units={mugs: 3})))[1].amount == made.amount


async def test_what_cannot_be_paid_back_is_refused(orders: Database) -> None:
    order_id, (mugs, _) = await paid_order(orders)
    with pytest.raises(UnknownOrder):
        await claim(orders, uuid4(), Wish(units={}))
    with pytest.raises(UnknownOrderItem):
        await claim(orders, order_id, Wish(units={uuid4(): 1}))
    with pytest.raises(TooManyRefunded):
        await claim(orders, order_id, Wish(units={mugs: 4}))
    pending = draft()
    await place(orders, pending)
    with pytest.raises(OrderNotRefundable) as refusal:
        await claim(orders, pending.id, Wish(units={}, everything=True))
    assert refusal.value.status == "pending"


async def test_customers_send_back_what_was_delivered_and_not_too_late(orders: Database) -> None:
    order_id, (mugs, _) = await paid_order(orders)
    wish = Wish(units={mugs: 1}, by_customer=True)
    with pytest.raises(OrderNotRefundable):
        await claim(orders, order_id, wish)
    delivered = "UPDATE orders SET status = 'delivered', delivered_at = $1 WHERE id = $2"
    await rows(orders, delivered, NOW - timedelta(days=30, seconds=1), order_id)
    with pytest.raises(ReturnWindowClosed) as refusal:
        await claim(orders, order_id, wish)
    assert refusal.value.days == 30
    await rows(orders, delivered, NOW - timedelta(days=30), order_id)
    await claim(orders, order_id, wish)


@given(
    quantities=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 99_999)), min_size=1, max_size=6),
    tax=st.integers(0, 9_999),
    data=st.data(),
)
def test_however_the_units_come_back_all_amounts_give_what_was_paid(
    quantities: list[tuple[int, int]], tax: int, data: st.DataObject
) -> None:
    cents = Decimal("0.01")
    lines = [
        RefundableLine(
            item_id=UUID(int=place),
            variant_id=UUID(int=place),
            quantity=quantity,
            total=total * cents,
            refunded_quantity=0,
            refunded_amount=Decimal("0.00"),
        )
        for place, (quantity, total) in enumerate(quantities)
    ]
    while left := [line for line in lines if line.refundable]:
        units = {line.item_id: data.draw(st.integers(1, line.refundable)) for line in left}
        amounts = refund_amounts(lines, tax=tax * cents, units=units)
        assert all(amount >= 0 for amount in amounts.values())
        lines = [
            replace(
                line,
                refunded_quantity=line.refunded_quantity + units.get(line.item_id, 0),
                refunded_amount=line.refunded_amount + amounts.get(line.item_id, 0),
            )
            for line in lines
        ]
    taxes = allocate(tax * cents, [line.total for line in lines])
    assert [line.refunded_amount for line in lines] == [
        line.total + share for line, share in zip(lines, taxes, strict=True)
    ]
