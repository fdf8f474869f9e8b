"""Wishlists and what was viewed, over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from resolvers.relay import global_id, split_global_id
from tests.people import codes, operation

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.carts.shopping import Shopper, Ware
    from tests.client import GraphQLClient
    from tests.people import Person


WISHES = "user { wishlist { id } recentlyViewed { id } }"


async def test_a_wishlist_and_what_was_viewed(customer: Shopper, person: Person, goods: list[Ware]) -> None:
    first, second = goods[0].product_id, goods[1].product_id
    for product in (first, second, first):
        added = await person.do("addToWishlist", {"productId": product}, WISHES)
        assert codes(added) == []
    assert [it["id"] for it in added["user"]["wishlist"]] == [second, first]
    removed = await person.do("removeFromWishlist", {"productId": second}, WISHES)
    assert [it["id"] for it in removed["user"]["wishlist"]] == [first]
    assert codes(await person.do("removeFromWishlist", {"productId": second})) == []
    for product in (first, second, goods[2].product_id):
        await person.do("recordProductView", {"productId": product})
    forgotten = await person.do("clearRecentlyViewed", {"productIds": [second]}, WISHES)
    assert [it["id"] for it in forgotten["user"]["recentlyViewed"]] == [goods[2].product_id, first]
    cleared = await person.do("clearRecentlyViewed", {}, WISHES)
    assert cleared["user"]["recentlyViewed"] == []


async def test_what_cannot_be_wished_for_is_told(
    client: GraphQLClient, connections: Connections, person: Person, goods: list[Ware]
) -> None:
    unknown = await person.do("addToWishlist", {"productId": global_id("Product", "f" * 24)})
    assert [(it["code"], it["field"]) for it in unknown["userErrors"]] == [
        ("PRODUCT_NOT_FOUND", ["productId"])
    ]
    user = split_global_id(person.id)[1]
    full = {f"{number:024x}": number for number in range(500)}
    await connections.carts.client.zadd(f"wishlist:{user}", full)
    ended = await asyncio.gather(
        *(person.do("addToWishlist", {"productId": ware.product_id}) for ware in goods[:5]),
        person.do("removeFromWishlist", {"productId": global_id("Product", f"{7:024x}")}),
    )
    assert sum(codes(payload) == [] for payload in ended[:5]) <= 1
    assert {code for payload in ended for code in codes(payload)} == {"TOO_MANY_WISHED"}
    assert await connections.carts.client.zcard(f"wishlist:{user}") <= 500
    for given, code in (
        ({"productIds": []}, "REQUIRED"),
        ({"productIds": [goods[0].product_id] * 51}, "TOO_LONG"),
        ({"productIds": [global_id("Product", "x" * 25)]}, "INVALID"),
    ):
        payload = await person.do("clearRecentlyViewed", given)
        assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [(code, ["productIds"])]
    answer = await client.ask(*operation("addToWishlist", {"productId": goods[0].product_id}))
    assert answer.codes() == {"UNAUTHENTICATED"}
