"""Orders that were paid elsewhere, as the demo shop's: what needs their provider is refused, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.people import codes, do

if TYPE_CHECKING:
    from tests.client import GraphQLClient

ORDERS = """
query ($where: OrderWhere) {
  orders(last: 1, where: $where) { nodes { id status paymentStatus history { newStatus } } }
}
"""
ASKED = "{ refunds(last: 1, where: { statusIn: [PENDING] }) { nodes { id status } } }"


async def one_order(client: GraphQLClient, status: str) -> Any:
    found = await client.data(
        ORDERS, {"where": {"statusIn": [status], "paymentStatusIn": ["PAID"]}}, as_="manager"
    )
    (order,) = found["orders"]["nodes"]
    return order


async def test_what_needs_a_provider_that_is_not_set_up_says_so(client: GraphQLClient) -> None:
    order = await one_order(client, "PROCESSING")
    refused = ["PAYMENT_PROVIDER_NOT_SET_UP"]
    assert codes(await do(client, "cancelOrder", {"orderId": order["id"]}, as_="manager")) == refused
    wanted = {"orderId": order["id"], "everything": True, "idempotencyKey": uuid4().hex}
    assert codes(await do(client, "refundOrder", wanted, as_="manager")) == refused
    assert await one_order(client, "PROCESSING") == order
    (asked,) = (await client.data(ASKED, as_="manager"))["refunds"]["nodes"]
    assert codes(await do(client, "approveReturn", {"refundId": asked["id"]}, as_="manager")) == refused
    assert (await client.data(ASKED, as_="manager"))["refunds"]["nodes"] == [asked]
    # What is wrong whoever paid for it is said first.
    sent = await one_order(client, "DELIVERED")
    assert codes(await do(client, "cancelOrder", {"orderId": sent["id"]}, as_="manager")) == [
        "ORDER_NOT_CANCELLABLE"
    ]
