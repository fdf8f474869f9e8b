"""What a list of carts costs: the query's shape decides, not the number of carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client import GraphQLClient

CARTS = """query ($first: Int!) { users(first: $first, orderBy: OLDEST) { nodes { cart {
  subtotal { amount } total { amount }
  lines { name unitPrice { amount } product { slug } variant { sku } }
  problems { message line { name } }
  owner { email }
} } } }"""


async def test_many_carts_take_as_many_calls_as_a_few(client: GraphQLClient) -> None:
    # Whatever CartDb alone has is in Redis afterwards, which takes one call the first time.
    first = await client.ask(CARTS, {"first": 100}, as_="manager")
    assert first.calls["carts"] <= 3
    few = await client.ask(CARTS, {"first": 25}, as_="manager")
    many = await client.ask(CARTS, {"first": 100}, as_="manager")
    assert (few.errors, many.errors) == ([], [])
    numbers = [sum(user["cart"] is not None for user in one.data["users"]["nodes"]) for one in (few, many)]
    assert 1 < numbers[0] < numbers[1]
    assert few.calls == many.calls
    # Redis and CartDb; the variants for their prices and the products for their names.
    assert {name: many.calls[name] for name in ("carts", "inventory", "products")} == {
        "carts": 2,
        "inventory": 1,
        "products": 2,
    }


async def test_a_customers_own_cart(client: GraphQLClient) -> None:
    answer = await client.ask(
        "{ cart { lines { sku } total { amount } problems { message } } }", as_="customer"
    )
    assert answer.errors == []
    assert len(answer.data["cart"]["lines"]) == 3
    assert answer.data["cart"]["problems"]
    assert answer.calls == {"carts": 1, "products": 1, "inventory": 1}
