"""Goods of known prices, put on sale by staff over HTTP, and coupons for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.people import codes, do

if TYPE_CHECKING:
    from tests.client import GraphQLClient

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A variant on sale, by its SKU and its global ids."""

    sku: str
    variant_id: str
    item_id: str


async def staff(client: GraphQLClient, mutation: str, given: Any, select: str = "") -> Any:
    """The payload of a mutation by a manager, which must have done its work."""
    payload = await do(client, mutation, given, select, as_="manager")
    assert codes(payload) == [], payload
    return payload


async def put_on_sale(client: GraphQLClient, *, price: str, units: int = 10) -> Goods:
    """A new product of one variant, published, with so many units in the first warehouse."""
    sku = f"BUY-{uuid4().hex[:8].upper()}-{next(_numbers)}"
    categories = await client.data("{ categories { children { id } } }")
    category = next(child["id"] for root in categories["categories"] for child in root["children"])
    given = {"sku": sku, "name": f"Goods {sku}", "categoryId": category, "price": price}
    product = (await staff(client, "createProduct", given, "product { id variants { id } }"))["product"]
    await staff(client, "publishProduct", {"productId": product["id"]})
    variant = product["variants"][0]["id"]
    counted = {"variantId": variant, "lowStockThreshold": 0}
    item = (await staff(client, "createInventoryItem", counted, "item { id }"))["item"]["id"]
    places = (await client.data("{ warehouses { nodes { id isActive } } }", as_="manager"))["warehouses"][
        "nodes"
    ]
    if units:
        await staff(
            client,
            "restock",
            {
                "warehouseId": next(place["id"] for place in places if place["isActive"]),
                "units": [{"itemId": item, "quantity": units}],
                "idempotencyKey": uuid4().hex,
            },
        )
    return Goods(sku=sku, variant_id=variant, item_id=item)


async def coupon(client: GraphQLClient, **given: Any) -> str:
    """A new coupon for a day, ten per cent unless said otherwise; its code."""
    code = f"C{uuid4().hex[:10].upper()}"
    wanted = {
        "code": code,
        "validUntil": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        "percent": "10",
        **given,
    }
    await staff(client, "createCoupon", wanted)
    return code


async def stock(client: GraphQLClient, goods: Goods) -> tuple[int, int]:
    """What is available and what is committed of goods."""
    query = "query ($id: ID!) { inventoryItem(id: $id) { available committed } }"
    item = (await client.data(query, {"id": goods.item_id}, as_="manager"))["inventoryItem"]
    return item["available"], item["committed"]
