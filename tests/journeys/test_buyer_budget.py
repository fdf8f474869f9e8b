"""What buying costs the databases: at most forty SQL statements, and no more for ten lines than for one."""

from __future__ import annotations

import re
from collections import Counter as Tally
from typing import TYPE_CHECKING
from uuid import uuid4

from datasources.core.calls import record_calls
from tests.journeys.stalls import coupon, put_on_sale
from tests.journeys.test_buyer import NEW_YORK
from tests.people import codes, do, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient
    from tests.people import Person

MOST_STATEMENTS = 40
COMPLETE = """
mutation ($input: CompleteCheckoutInput!) {
  completeCheckout(input: $input) {
    outcome { ... on OrderPlaced { order { number status total { amount } } } }
    userErrors { ... on UserError { code message } }
  }
}
"""
TOTAL = "cart { checkout { total { amount } } }"
# Whatever else is called is MongoDB's or Redis's.
SQL = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


async def statements(client: GraphQLClient, person: Person | None, lines: int) -> Tally[str]:
    """The SQL statements, by service, of completing a checkout of so many lines, with a coupon and all else said."""
    goods = [await put_on_sale(client, price="5.00") for _ in range(lines)]
    code = await coupon(client)
    given: dict[str, object] = {"lines": [{"sku": each.sku} for each in goods]}
    token = None if person is None else person.access_token
    added = await do(client, "addToCart", given, "cartToken", token=token)
    cart = {"cartToken": added["cartToken"]}
    assert codes(await do(client, "applyCoupon", {"code": code, **cart}, token=token)) == []
    details = {} if person else {"email": "guest@example.org", "shippingAddress": NEW_YORK}
    total = (await do(client, "prepareCheckout", {"details": details, **cart}, TOTAL, token=token))["cart"]
    wanted = {
        **cart,
        "expectedTotal": total["checkout"]["total"]["amount"],
        "idempotencyKey": uuid4().hex,
        "payment": None if person else {"token": "tok_approved"},
    }
    with record_calls() as log:
        answer = await client.ask(COMPLETE, {"input": wanted}, token=token)
    assert answer.data["completeCheckout"]["outcome"]["order"]["status"] == "PAID", answer
    assert Tally(call.service for call in log.calls) == answer.calls
    return Tally(call.service for call in log.calls if SQL.match(call.text))


async def test_a_customer_buys_ten_lines_with_forty_statements(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    await person.do("addAddress", {"type": "SHIPPING", **NEW_YORK})
    await person.do("savePaymentMethod", {"token": "tok_approved", "kind": "CREDIT_CARD"})
    ten = await statements(client, person, 10)
    assert ten.total() <= MOST_STATEMENTS, ten
    assert await statements(client, person, 1) == ten


async def test_a_guest_buys_ten_lines_with_fewer(client: GraphQLClient) -> None:
    ten = await statements(client, None, 10)
    assert ten.total() <= MOST_STATEMENTS - 5, ten
    assert await statements(client, None, 1) == ten
