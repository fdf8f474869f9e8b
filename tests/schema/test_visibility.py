"""Nobody sees another's objects: they answer exactly like objects that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from resolvers.relay import global_id

if TYPE_CHECKING:
    from tests.client import GraphQLClient

FOREIGN = """
{
  orders(first: 30) { nodes { id number customer { id email } payments { id refunds { id } } } }
  users(first: 30, orderBy: OLDEST) {
    nodes {
      id email cart { id } addresses { id } paymentMethods { id } notifications(first: 1) { nodes { id } }
    }
  }
}
"""


async def foreign_ids(client: GraphQLClient) -> dict[str, str]:
    """One id of each private type that is not the demo customer's, found by staff."""
    data = await client.data(FOREIGN, as_="admin")
    orders = [
        order
        for order in data["orders"]["nodes"]
        if order["customer"] and order["customer"]["email"] != "customer@example.com"
    ]
    users = [user for user in data["users"]["nodes"] if user["email"] != "customer@example.com"]
    return {
        "Order": orders[0]["id"],
        "Payment": next(payment["id"] for order in orders for payment in order["payments"]),
        "User": users[0]["id"],
        "Address": next(address["id"] for user in users for address in user["addresses"]),
        "PaymentMethod": next(method["id"] for user in users for method in user["paymentMethods"]),
        "Notification": next(note["id"] for user in users for note in user["notifications"]["nodes"]),
        "Cart": next(user["cart"]["id"] for user in users if user["cart"]),
    }


@pytest.mark.parametrize("viewer", ["customer", None])
async def test_anothers_node_is_null_like_one_that_does_not_exist(
    client: GraphQLClient, viewer: str | None
) -> None:
    ids = await foreign_ids(client)
    for type_name, id_ in ids.items():
        foreign = await client.ask(
            "query ($id: ID!) { node(id: $id) { __typename } }", {"id": id_}, as_=viewer
        )
        assert foreign.data == {"node": None}, type_name
        assert foreign.errors == [], type_name
        seen_by_staff = await client.data(
            "query ($id: ID!) { node(id: $id) { __typename id } }", {"id": id_}, as_="manager"
        )
        assert seen_by_staff["node"] == {"__typename": type_name, "id": id_}


@pytest.mark.parametrize("viewer", ["customer", None])
async def test_anothers_order_is_null_by_id_and_by_number(client: GraphQLClient, viewer: str | None) -> None:
    data = await client.data(FOREIGN, as_="admin")
    order = next(
        order
        for order in data["orders"]["nodes"]
        if order["customer"] and order["customer"]["email"] != "customer@example.com"
    )
    unknown_id = global_id("Order", uuid4())
    for arguments in (
        {"id": order["id"]},
        {"number": order["number"]},
        {"id": unknown_id},
        {"number": "ORD-0"},
    ):
        name = next(iter(arguments))
        kind = "ID" if name == "id" else "String"
        answer = await client.ask(
            f"query ($it: {kind}!) {{ order({name}: $it) {{ number }} }}", {"it": arguments[name]}, as_=viewer
        )
        assert (answer.data, answer.errors) == ({"order": None}, [])


@pytest.mark.parametrize("field", ["users", "orders", "payments"])
@pytest.mark.parametrize("viewer", ["customer", None])
async def test_root_lists_are_for_staff_and_the_refusal_names_the_permission(
    client: GraphQLClient, field: str, viewer: str | None
) -> None:
    answer = await client.ask(f"{{ {field}(first: 1) {{ totalCount }} }}", as_=viewer)
    assert answer.data is None
    assert [error["extensions"] for error in answer.errors] == [
        {"code": "FORBIDDEN", "permission": f"{field}:read"}
    ]
    assert f"{field}:read" in answer.errors[0]["message"]
    assert answer.calls == {}


async def test_staff_see_all(client: GraphQLClient) -> None:
    data = await client.data(
        "{ users { totalCount } orders { totalCount } payments { totalCount } }", as_="manager"
    )
    assert data["users"]["totalCount"] >= 200
    assert data["orders"]["totalCount"] >= 2_000
    assert data["payments"]["totalCount"] > 0


async def test_a_customer_sees_just_the_own_world(client: GraphQLClient) -> None:
    data = await client.data(
        "{ me { email orders(first: 100) { totalCount nodes { customer { email } } } } }", as_="customer"
    )
    orders = data["me"]["orders"]
    assert orders["totalCount"] == 120
    assert {order["customer"]["email"] for order in orders["nodes"]} == {"customer@example.com"}


async def test_a_reviews_author_is_known_to_staff_and_the_author_alone(client: GraphQLClient) -> None:
    query = (
        "{ products(last: 20) { nodes { reviews(first: 5) { nodes { id authorName author { email } } } } } }"
    )

    async def authors(viewer: str | None) -> dict[str, tuple[str | None, bool]]:
        data = await client.data(query, as_=viewer)
        return {
            review["id"]: (review["authorName"], review["author"] is not None)
            for product in data["products"]["nodes"]
            for review in product["reviews"]["nodes"]
        }

    for_staff, for_guests = await authors("manager"), await authors(None)
    assert for_guests
    assert all(known for _, known in for_staff.values())
    assert not any(known for _, known in for_guests.values())
    assert all(name and "@" not in name for name, _ in for_guests.values())
    # Staff also see reviews that wait for moderation, so their pages are not the same.
    shared = for_guests.keys() & for_staff.keys()
    assert shared
    assert all(for_guests[review][0] == for_staff[review][0] for review in shared)


async def test_an_id_that_the_schema_never_gave_is_an_error_that_says_so(client: GraphQLClient) -> None:
    for id_ in ("garbage", "", global_id("Order", "not-a-uuid"), global_id("Nothing", uuid4())):
        answer = await client.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": id_})
        assert answer.data == {"node": None}
        assert answer.codes() == {"INVALID_ID"}
    answer = await client.ask(
        "query ($id: ID!) { order(id: $id) { id } }", {"id": global_id("Payment", uuid4())}, as_="customer"
    )
    assert answer.data == {"order": None}
    assert answer.codes() == {"INVALID_ID"}
    assert "Order" in answer.errors[0]["message"]
