"""A guest reads the order that was placed with its number and token, and all that belongs to it; nobody else does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from datasources.orders.commands.fulfilment import ship_order
from datasources.orders.tables import order_discounts
from datasources.payments.tables import payments, refunds, transactions
from datasources.seeds.determinism import token_for
from resolvers.relay import global_id, split_global_id
from tests.orders.placed import NOW, PARCEL, STAFF, place, row_of

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import Answer, GraphQLClient

WHOLE = """
query ($number: String!, $token: String) {
  order(number: $number, token: $token) {
    id number status email customer { id }
    items { id name quantity } history { newStatus } shipment { trackingNumber } discounts { kind amount { amount } }
    payments {
      id amount { amount } order { id number items { name } } customer { id }
      transactions { number } refunds { id payment { id } order { id total { amount } } }
    }
  }
}
"""
ORDER = "query ($number: String!, $token: String) { order(number: $number, token: $token) { number } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A guest's order with a payment and its refund."""

    id: UUID
    number: str
    token: str
    payment: UUID
    refund: UUID

    async def ask(self, client: GraphQLClient, query: str = ORDER, **given: Any) -> Answer:
        """Ask for it, as its guest unless said otherwise."""
        variables = {"number": self.number, "token": self.token}
        variables |= {key: value for key, value in given.items() if key in variables}
        who = {key: value for key, value in given.items() if key not in variables}
        return await client.ask(query, variables, **who)


async def placed(shop: Connections, *, user_id: UUID | None = None) -> Placed:
    """A shipped order of a guest, or one of a customer that has a token all the same."""
    token = uuid4().hex
    order = await place(shop.orders, user_id=user_id, token=token, email="g@example.org", lines=2)
    await ship_order(shop.orders, order_id=order, shipment=PARCEL, actor_id=STAFF, now=NOW)
    payment, refund = uuid4(), uuid4()
    async with shop.orders.transaction() as transaction:
        discount = {"discount_type": "promotion", "discount_name": "Spring", "discount_amount": Decimal(1)}
        await transaction.execute(insert(order_discounts).values(order_id=order, **discount))
    async with shop.payments.transaction() as transaction:
        paid = {"amount": Decimal(20), "captured_amount": Decimal(20), "payment_method": "paypal"}
        await transaction.execute(
            insert(payments).values(
                id=payment,
                order_id=order,
                user_id=user_id,
                email="g@example.org",
                status="succeeded",
                gateway="demo",
                idempotency_key=str(payment),
                **paid,
            )
        )
        given_back = {"amount": Decimal(2), "status": "completed", "idempotency_key": str(refund)}
        await transaction.execute(
            insert(refunds).values(id=refund, payment_id=payment, order_id=order, **given_back)
        )
        charge = {
            "transaction_number": f"T-{payment.hex}",
            "type": "charge",
            "gateway": "demo",
            "status": "succeeded",
        }
        await transaction.execute(
            insert(transactions).values(payment_id=payment, amount=Decimal(20), **charge)
        )
    number = (await row_of(shop.orders, order))["order_number"]
    return Placed(id=order, number=number, token=token, payment=payment, refund=refund)


async def test_the_token_opens_the_order_and_all_that_belongs_to_it(
    staffed: GraphQLClient, shop: Connections
) -> None:
    mine = await placed(shop)
    for _ in range(3):  # by graphql-core, by closures, and compiled
        answer = await mine.ask(staffed, WHOLE)
        assert answer.errors == []
        order = answer.data["order"]
        (payment,) = order.pop("payments")
        (refund,) = payment.pop("refunds")
        items = order.pop("items")
        assert [item["name"] for item in items] == ["Thing 0", "Thing 1"]
        assert order == {
            "id": global_id("Order", mine.id),
            "number": mine.number,
            "status": "SHIPPED",
            "email": "g@example.org",
            "customer": None,
            "history": [{"newStatus": it} for it in ("PENDING", "CONFIRMED", "PAID", "SHIPPED")],
            "shipment": {"trackingNumber": "1Z999"},
            "discounts": [{"kind": "PROMOTION", "amount": {"amount": "1.00"}}],
        }
        assert payment == {
            "id": global_id("Payment", mine.payment),
            "amount": {"amount": "20.00"},
            "order": {
                "id": order["id"],
                "number": mine.number,
                "items": [{"name": "Thing 0"}, {"name": "Thing 1"}],
            },
            "customer": None,
            "transactions": [{"number": f"T-{mine.payment.hex}"}],
        }
        assert refund == {
            "id": global_id("Refund", mine.refund),
            "payment": {"id": payment["id"]},
            "order": {"id": order["id"], "total": {"amount": "20.00"}},
        }


async def test_any_other_token_answers_as_if_there_were_no_order_and_costs_the_same(
    staffed: GraphQLClient, shop: Connections
) -> None:
    mine, other = await placed(shop), await placed(shop)
    hashed = (await row_of(shop.orders, mine.id))["guest_token_hash"]
    nothing = await mine.ask(staffed, number="TEST-NOTHING", token=uuid4().hex)
    assert (nothing.data, nothing.errors) == ({"order": None}, [])
    for token in (uuid4().hex, "", other.token, mine.token[:-1], mine.token.upper(), hashed, "\x00", "ä"):
        refused = await mine.ask(staffed, token=token)
        assert (refused.status, refused.data, refused.errors) == (200, {"order": None}, [])
        assert refused.calls == nothing.calls == {"orders": 2}
    without = await mine.ask(staffed, token=None)
    assert (without.data, without.errors) == ({"order": None}, [])
    assert without.calls == (await mine.ask(staffed, number="TEST-NOTHING", token=None)).calls


async def test_a_token_opens_one_order_and_no_other_of_the_same_request(
    staffed: GraphQLClient, shop: Connections
) -> None:
    mine, other = await placed(shop), await placed(shop)
    query = """
    query ($mine: String!, $token: String!, $other: String!) {
      mine: order(number: $mine, token: $token) { number payments { order { number } } }
      other: order(number: $other, token: $token) { number }
      bare: order(number: $other) { number }
    }
    """
    variables = {"mine": mine.number, "token": mine.token, "other": other.number}
    for _ in range(3):
        answer = await staffed.ask(query, variables)
        assert (answer.data, answer.errors) == (
            {
                "mine": {"number": mine.number, "payments": [{"order": {"number": mine.number}}]},
                "other": None,
                "bare": None,
            },
            [],
        )


@pytest.mark.parametrize("as_", [None, "customer"])
async def test_ids_open_nothing_even_beside_the_token(
    staffed: GraphQLClient, shop: Connections, as_: str | None
) -> None:
    """Which of two fields of a request is read first is nobody's to say, so ids never lean on a token."""
    mine = await placed(shop)
    query = """
    query ($number: String!, $token: String!, $order: ID!, $payment: ID!, $ids: [ID!]!) {
      order(number: $number, token: $token) { number payments { order { number } } }
      byId: order(id: $order) { number } payment(id: $payment) { id } node(id: $order) { id } nodes(ids: $ids) { id }
    }
    """
    keys = {"Order": mine.id, "Payment": mine.payment, "Refund": mine.refund}
    ids = [global_id(name, key) for name, key in keys.items()]
    variables = {"number": mine.number, "token": mine.token, "order": ids[0], "payment": ids[1], "ids": ids}
    for _ in range(3):
        answer = await staffed.ask(query, variables, as_=as_)
        assert answer.errors == []
        assert answer.data.pop("order")["payments"]
        assert answer.data == {"byId": None, "payment": None, "node": None, "nodes": [None] * 3}
    for id_ in ids:  # and a request knows nothing of the one before it
        assert (await staffed.ask(NODE, {"id": id_}, as_=as_)).data == {"node": None}


async def test_a_token_goes_with_a_number(staffed: GraphQLClient, shop: Connections) -> None:
    mine = await placed(shop)
    query = "query ($id: ID!, $token: String!) { order(id: $id, token: $token) { id } }"
    answer = await staffed.ask(query, {"id": global_id("Order", mine.id), "token": mine.token})
    assert (answer.data, answer.codes()) == ({"order": None}, {"BAD_INPUT"})
    assert answer.errors[0]["extensions"]["field"] == "token"
    assert (await staffed.ask('{ order(token: "x") { id } }')).codes() == {"BAD_INPUT"}


async def test_whoever_sees_the_order_anyway_needs_no_token(
    staffed: GraphQLClient, shop: Connections
) -> None:
    me = (await staffed.data("{ me { id } }", as_="customer"))["me"]["id"]
    mine = await placed(shop, user_id=UUID(split_global_id(me)[1]))
    for token in (None, "wrong", mine.token):
        for as_ in ("customer", "manager"):
            assert (await mine.ask(staffed, token=token, as_=as_)).data == {"order": {"number": mine.number}}


async def test_a_customer_who_holds_the_token_sees_the_order_and_not_its_customer(
    staffed: GraphQLClient, shop: Connections
) -> None:
    me = (await staffed.data("{ me { id } }", as_="admin"))["me"]["id"]
    theirs = await placed(shop, user_id=UUID(split_global_id(me)[1]))
    query = """
    query ($number: String!, $token: String) { order(number: $number, token: $token) {
      number customer { email } payments { customer { email } }
    } }
    """
    answer = await theirs.ask(staffed, query, as_="customer")
    expected = {"number": theirs.number, "customer": None, "payments": [{"customer": None}]}
    assert (answer.data["order"], answer.errors) == (expected, [])


async def test_staffs_notes_stay_staffs(staffed: GraphQLClient, shop: Connections) -> None:
    mine = await placed(shop)
    query = ORDER.replace("{ number }", "{ number adminNotes }")
    answer = await mine.ask(staffed, query)
    assert answer.codes() == {"FORBIDDEN"}
    assert answer.data["order"] == {"number": mine.number, "adminNotes": None}


async def test_a_guest_changes_nothing_with_a_token(staffed: GraphQLClient, shop: Connections) -> None:
    mine = await placed(shop)
    mutation = (
        "mutation ($input: MarkOrderDeliveredInput!) { markOrderDelivered(input: $input) { order { id } } }"
    )
    answer = await staffed.ask(mutation, {"input": {"orderId": global_id("Order", mine.id)}})
    assert answer.codes() == {"FORBIDDEN"}
    assert (await row_of(shop.orders, mine.id))["status"] == "shipped"


async def test_the_demo_shops_guests_hold_tokens_that_fit(
    client: GraphQLClient, connections: Connections
) -> None:
    async with connections.orders.connection() as connection:
        row = await connection.fetchrow(
            "SELECT id, order_number FROM orders WHERE guest_token_hash IS NOT NULL ORDER BY order_number LIMIT 1"
        )
    assert row is not None
    variables = {"number": row["order_number"], "token": token_for("guest order", row["id"])}
    assert (await client.data(ORDER, variables))["order"] == {"number": row["order_number"]}
