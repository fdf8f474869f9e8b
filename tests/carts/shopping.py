"""Shoppers over HTTP: what they ask of carts, and goods of the demo shop to put into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.people import operation

if TYPE_CHECKING:
    from tests.client import GraphQLClient

CART = """cart {
  id version couponCodes subtotal { amount } discount { amount } total { amount }
  lines { variantId sku name quantity imageUrl unitPrice { amount currencyCode } product { name } }
  problems { __typename sku } couponProblems { code reason message } owner { email }
}"""
GOODS = """{
  products(last: 60, where: {inStock: true, price: {from: "20", to: "200"}}) {
    nodes { id name images { url } variants { id sku price { amount } stock { available } } }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ware:
    """A variant on sale."""

    id: str
    sku: str
    price: Decimal
    available: int
    product_id: str
    product_name: str


async def wares(client: GraphQLClient) -> list[Ware]:
    """Variants of the demo shop of which there are some, each of another product."""
    products = (await client.data(GOODS))["products"]["nodes"]
    found = []
    for product in products:
        plenty = [it for it in product["variants"] if it["stock"] and it["stock"]["available"] > 5]
        if plenty:
            found.append(
                Ware(
                    id=plenty[0]["id"],
                    sku=plenty[0]["sku"],
                    price=Decimal(plenty[0]["price"]["amount"]),
                    available=plenty[0]["stock"]["available"],
                    product_id=product["id"],
                    product_name=product["name"],
                )
            )
    assert len(found) >= 10
    return found


@dataclass(slots=True, kw_only=True)
class Shopper:
    """A guest with the token they were given, or somebody who is signed in."""

    client: GraphQLClient
    cart_token: str | None = None
    access_token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    async def do(self, mutation: str, select: str = CART, **given: Any) -> Any:
        """The payload of one mutation on the shopper's cart."""
        if self.cart_token is not None:
            given = {"cartToken": self.cart_token, **given}
        query, variables = operation(mutation, given, select)
        answer = await self.client.ask(query, variables, token=self.access_token, headers=self.headers)
        assert answer.errors == [], answer.errors
        self.calls = answer.calls
        return answer.data[mutation]

    async def add(self, ware: Ware, quantity: int = 1, **given: Any) -> Any:
        """Put something into the cart, and keep the token."""
        lines = [{"variantId": ware.id, "quantity": quantity}]
        payload = await self.do("addToCart", f"{CART} cartToken", **{"lines": lines, **given})
        self.cart_token = payload["cartToken"] or self.cart_token
        return payload

    async def cart(self, fields: str = CART) -> Any:
        """The cart as its owner sees it."""
        query = f"query ($token: String) {{ {fields.replace('cart {', 'cart(token: $token) {', 1)} }}"
        token = None if self.access_token else self.cart_token
        answer = await self.client.ask(query, {"token": token}, token=self.access_token)
        assert answer.errors == [], answer.errors
        self.calls = answer.calls
        return answer.data["cart"]


def quantities(cart: Any) -> dict[str, int]:
    """How much there is of each SKU."""
    return {line["sku"]: line["quantity"] for line in cart["lines"]}
