"""Whoever deletes their account leaves no cart, no list and no way to pay behind."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from resolvers.relay import split_global_id
from tests.people import PASSWORD, codes, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

LEFT_IN_CARTS = """
SELECT count(*) FROM shopping_carts WHERE user_id = $1
UNION ALL SELECT count(*) FROM cart_items WHERE cart_id IN (SELECT id FROM shopping_carts WHERE user_id = $1)
UNION ALL SELECT count(*) FROM abandoned_carts WHERE user_id = $1
"""


async def test_an_account_that_is_deleted_leaves_nothing_behind(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    product = (await client.data("{ products(first: 1) { nodes { id variants { sku } } } }"))["products"][
        "nodes"
    ][0]
    assert codes(await person.do("addToCart", {"lines": [{"sku": product["variants"][0]["sku"]}]})) == []
    assert codes(await person.do("addToWishlist", {"productId": product["id"]})) == []
    assert codes(await person.do("savePaymentMethod", {"token": "tok_approved", "kind": "CREDIT_CARD"})) == []
    assert codes(await person.do("deleteAccount", {"password": PASSWORD})) == []

    user_id = UUID(split_global_id(person.id)[1])
    keys = (await connections.carts.run(lambda pipeline: pipeline.keys(f"*{user_id}*")))[0]
    assert [key for key in keys if not key.startswith(("session:", "product_view:"))] == []
    async with connections.cart_copies.connection() as sql:
        assert {row["count"] for row in await sql.fetch(LEFT_IN_CARTS, user_id)} == {0}
    async with connections.payments.connection() as sql:
        methods = await sql.fetch("SELECT is_active FROM payment_methods WHERE user_id = $1", user_id)
    assert [method["is_active"] for method in methods] == [False]
