"""Buying with everything as long, and as dear, as the inputs take it: no column is too small for what was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.journeys.stalls import coupon, put_on_sale, staff, stock
from tests.journeys.test_buyer import NEW_YORK, OUTCOME
from tests.people import codes, do

if TYPE_CHECKING:
    from tests.client import GraphQLClient
    from tests.journeys.stalls import Goods

LONG_ADDRESS = {
    "recipientName": "r" * 200,
    "streetAddress": "s" * 255,
    "apartment": "a" * 50,
    "city": "c" * 100,
    "stateProvince": "p" * 100,
    "postalCode": "9" * 20,
    "country": "US",
}
LONG_DETAILS = {"email": f"{'g' * 60}@example.org", "shippingAddress": LONG_ADDRESS, "notes": "é" * 2_000}


def long_key() -> str:
    """A key as long as one may be."""
    return uuid4().hex.ljust(255, "é")


async def buy(client: GraphQLClient, goods: Goods, **given: Any) -> Any:
    """The payload of buying one, with all that is given."""
    added = await do(client, "addToCart", {"lines": [{"sku": goods.sku}]}, "cartToken")
    code = given.pop("code", None)
    if code is not None:
        assert codes(await do(client, "applyCoupon", {"code": code, "cartToken": added["cartToken"]})) == []
    wanted = {
        "cartToken": added["cartToken"],
        "details": {"email": "guest@example.org", "shippingAddress": NEW_YORK},
        "payment": {"token": "tok_approved"},
        "idempotencyKey": uuid4().hex,
        **given,
    }
    payload = await do(client, "completeCheckout", wanted, OUTCOME)
    assert await do(client, "completeCheckout", wanted, OUTCOME) == payload
    return payload


async def test_all_that_is_accepted_can_be_bought_with_and_cancelled_and_sent_back(
    client: GraphQLClient,
) -> None:
    mug = await put_on_sale(client, price="20.00", units=3)
    code = await coupon(client, description="d" * 255)
    wanted = {"details": LONG_DETAILS, "expectedTotal": "23.99", "code": code}
    first = await buy(client, mug, **wanted, idempotencyKey=long_key())
    assert codes(first) == []
    placed = first["outcome"]
    guest = {"orderId": placed["order"]["id"], "orderToken": placed["orderToken"]}
    select = "order { status paymentStatus cancellationReason }"
    cancelled = await do(client, "cancelOrder", {**guest, "reason": "é" * 500}, select)
    assert cancelled["order"] == {
        "status": "CANCELLED",
        "paymentStatus": "REFUNDED",
        "cancellationReason": "é" * 500,
    }
    assert await stock(client, mug) == (3, 0)

    second = (await buy(client, mug, expectedTotal="26.79"))["outcome"]
    order = second["order"]
    await staff(client, "shipOrder", {"orderId": order["id"], "carrier": "UPS", "trackingNumber": "1Z"})
    await staff(client, "markOrderDelivered", {"orderId": order["id"]})
    asked = await do(
        client,
        "requestReturn",
        {
            "orderId": order["id"],
            "orderToken": second["orderToken"],
            "lines": [{"itemId": order["items"][0]["id"], "quantity": 1}],
            "reason": "é" * 255,
            "idempotencyKey": long_key(),
        },
        "refund { id }",
    )
    agreed = await staff(
        client, "approveReturn", {"refundId": asked["refund"]["id"]}, "refund { status } order { status }"
    )
    assert agreed["refund"] == {"status": "COMPLETED"}
    assert await stock(client, mug) == (3, 0), "it is back"
    rest = {"orderId": order["id"], "shipping": True, "reason": "é" * 255, "idempotencyKey": long_key()}
    paid_back = await staff(client, "refundOrder", rest, "refund { status } order { status }")
    assert paid_back == {
        "refund": {"status": "COMPLETED"},
        "order": {"status": "REFUNDED"},
        "userErrors": [],
    }


async def test_what_is_dearer_than_an_order_can_be_is_not_begun(client: GraphQLClient) -> None:
    palace = await put_on_sale(client, price="99999999.99", units=1)
    payload = await buy(client, palace, expectedTotal="103999999.99")
    assert codes(payload) == ["ORDER_TOO_LARGE"]
    assert await stock(client, palace) == (1, 0)
