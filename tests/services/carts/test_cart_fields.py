"""Carts in the schema: whose is shown, what opens a guest's, and that one bad line spoils nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.tokens import hash_of
from datasources.loaders import Loaders
from gateway.schema import build_schema
from resolvers.context import Context
from resolvers.permissions import GUEST, Role, Viewer, viewer
from resolvers.relay import global_id
from tests.services.carts.goods import nothing, put_on_sale
from tests.services.carts.rows import item, keep_in_redis

if TYPE_CHECKING:
    from strawberry import Schema

    from datasources.core.connections import Connections
    from tests.services.carts.goods import Goods

CART = """{ cart {
  id version couponCodes expiresAt
  subtotal { amount currencyCode } discount { amount } total { amount }
  lines { sku name quantity imageUrl addedAt unitPrice { amount } subtotal { amount }
          product { slug } variant { sku } }
  problems { __typename message sku line { quantity }
             ... on OutOfStock { requested available }
             ... on PriceChanged { oldPrice { amount } newPrice { amount } } }
} }"""


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema of the whole shop."""
    return build_schema()


class Asking:
    """Somebody's requests to the shop."""

    def __init__(self, schema: Schema, shop: Connections) -> None:
        self.schema = schema
        self.shop = shop

    async def data(
        self,
        query: str,
        variables: dict[str, str] | None = None,
        *,
        as_: Viewer = GUEST,
        token: str | None = None,
    ) -> dict[str, Any]:
        context = Context(viewer=as_, loaders=Loaders(self.shop), connections=self.shop, cart_token=token)
        result = await self.schema.execute(query, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data


@pytest.fixture
def asking(schema: Schema, shop: Connections) -> Asking:
    """Asks the schema."""
    return Asking(schema, shop)


def customer(user_id: UUID) -> Viewer:
    return viewer(user_id, [Role.CUSTOMER])


def of(goods: Goods, **changes: Any) -> dict[str, Any]:
    return item(product_id=goods.product_id, variant_id=str(goods.variant_id), **changes)


async def test_a_cart_with_a_bad_line_is_shown_whole(shop: Connections, asking: Asking) -> None:
    user = uuid4()
    dearer = await put_on_sale(shop, price="12.50", pieces=1, name="Blue Mug")
    await keep_in_redis(
        shop,
        f"cart:{user}",
        of(dearer, price="10.00", quantity=2),
        of(nothing(), price="5.00", quantity=1, sku="OLD-1"),
        coupon_code="SAVE20",
        discount="6.00",
    )
    cart = (await asking.data(CART, as_=customer(user)))["cart"]
    assert (cart["id"], cart["version"], cart["couponCodes"]) == (global_id("Cart", user), 3, ["SAVE20"])
    assert cart["expiresAt"]
    assert cart["subtotal"] == {"amount": "30.00", "currencyCode": "USD"}
    assert (cart["discount"]["amount"], cart["total"]["amount"]) == ("6.00", "24.00")
    mug, gone = cart["lines"]
    assert (mug["name"], mug["unitPrice"]["amount"], mug["subtotal"]["amount"]) == (
        "Blue Mug",
        "12.50",
        "25.00",
    )
    assert mug["product"]["slug"].startswith("wireless-headphones-")
    assert mug["variant"]["sku"].startswith("WH-001-")
    assert (gone["name"], gone["unitPrice"]["amount"]) == ("Wireless Headphones", "5.00")
    assert (gone["product"], gone["variant"]) == (None, None)
    changed, short, unsold = cart["problems"]
    assert changed["__typename"] == "PriceChanged"
    assert (changed["oldPrice"]["amount"], changed["newPrice"]["amount"]) == ("10.00", "12.50")
    assert (short["__typename"], short["requested"], short["available"]) == ("OutOfStock", 2, 1)
    assert (unsold["__typename"], unsold["sku"], unsold["line"]) == ("NoLongerSold", "OLD-1", {"quantity": 1})


async def test_nobody_without_a_token_has_a_cart(asking: Asking) -> None:
    assert await asking.data("{ cart { id } }") == {"cart": None}
    assert await asking.data("{ cart { id } }", as_=customer(uuid4())) == {"cart": None}


async def test_a_guests_token_opens_a_cart_as_argument_and_as_header(
    shop: Connections, asking: Asking
) -> None:
    token = str(uuid4())
    await keep_in_redis(shop, f"cart:session:{hash_of(token)}", item(quantity=7))
    expected = {"cart": {"lines": [{"quantity": 7}], "owner": None}}
    fields = "{ lines { quantity } owner { id } }"
    by_argument = f"query ($token: String) {{ cart(token: $token) {fields} }}"
    assert await asking.data(by_argument, {"token": token}) == expected
    assert await asking.data(by_argument, {"token": token}, token="another") == expected
    assert await asking.data(f"{{ cart {fields} }}", token=token) == expected
    for wrong in ("", "another", hash_of(token)):
        assert await asking.data(by_argument, {"token": wrong}) == {"cart": None}


async def test_a_customer_has_their_own_cart_unless_they_name_another(
    shop: Connections, asking: Asking
) -> None:
    user, token = uuid4(), str(uuid4())
    await keep_in_redis(shop, f"cart:{user}", item(quantity=1))
    await keep_in_redis(shop, f"cart:session:{hash_of(token)}", item(quantity=7))
    query = """query ($token: String!) {
      own: cart { lines { quantity } }
      guests: cart(token: $token) { lines { quantity } }
    }"""
    assert await asking.data(query, {"token": token}, as_=customer(user), token=token) == {
        "own": {"lines": [{"quantity": 1}]},
        "guests": {"lines": [{"quantity": 7}]},
    }


async def test_a_customers_cart_is_a_node_for_them_and_for_staff_only(
    shop: Connections, asking: Asking
) -> None:
    user = uuid4()
    await keep_in_redis(shop, f"cart:{user}", item())
    node = "query ($id: ID!) { node(id: $id) { __typename } }"
    key = global_id("Cart", user)
    for allowed in (customer(user), viewer(uuid4(), [Role.MANAGER])):
        assert await asking.data(node, {"id": key}, as_=allowed) == {"node": {"__typename": "Cart"}}
    for stranger in (GUEST, customer(uuid4())):
        assert await asking.data(node, {"id": key}, as_=stranger) == {"node": None}


async def test_the_id_of_a_guests_cart_does_not_open_it(shop: Connections, asking: Asking) -> None:
    token = str(uuid4())
    await keep_in_redis(shop, f"cart:session:{hash_of(token)}", item())
    key = (await asking.data("{ cart { id } }", token=token))["cart"]["id"]
    node = "query ($id: ID!) { node(id: $id) { __typename } }"
    assert await asking.data(node, {"id": key}, token=token) == {"node": {"__typename": "Cart"}}
    for other in (None, "", str(uuid4())):
        assert await asking.data(node, {"id": key}, token=other) == {"node": None}
    assert await asking.data(node, {"id": key}, as_=viewer(uuid4(), [Role.ADMIN])) == {"node": None}
