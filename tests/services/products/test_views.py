"""Looking at products: a viewer counts once in a while, and users see what they looked at last."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from bson.objectid import ObjectId

from datasources.carts import keys
from datasources.carts.loaders import CartLoaders
from datasources.core.calls import record_calls
from datasources.products.loaders import ProductLoaders
from datasources.users.origins import Origin
from datasources.workflows.product_views import record_view
from tests.collections.examples import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.connections import Connections


def somebody(user: UUID | None = None, address: str | None = None) -> Origin:
    """Who looks."""
    return Origin(actor_id=user, ip_address=address, user_agent=None, device=None)


async def look(
    shop: Connections,
    product: ObjectId,
    *,
    user: UUID | None = None,
    token: str | None = None,
    address: str | None = None,
    minute: int = 0,
) -> bool:
    """Whether it counted."""
    return await record_view(
        shop,
        product_id=str(product),
        guest_token=token,
        origin=somebody(user, address),
        now=NOW + timedelta(minutes=minute),
    )


async def views(shop: Connections, product: ObjectId) -> int:
    """How often it has been looked at."""
    return await ProductLoaders(shop.products).views_by_product.load(str(product))


async def test_a_viewer_counts_once(shop: Connections) -> None:
    product, user = ObjectId(), uuid4()
    assert await views(shop, product) == 0
    assert [await look(shop, product, user=user) for _ in range(3)] == [True, False, False]
    assert [await look(shop, product, token="one guest") for _ in range(2)] == [True, False]
    assert await look(shop, product, token="another guest")
    assert await views(shop, product) == 3


async def test_tokens_that_are_made_up_count_no_view(shop: Connections) -> None:
    product = ObjectId()
    counted = [await look(shop, product, token=f"t{it}", address="192.0.2.7") for it in range(5)]
    assert counted == [True, False, False, False, False]


async def test_a_guest_without_a_token_counts_by_the_address(shop: Connections) -> None:
    product = ObjectId()

    async def from_address(address: str | None) -> bool:
        return await record_view(
            shop, product_id=str(product), guest_token=None, origin=somebody(address=address), now=NOW
        )

    assert [await from_address(it) for it in ("192.0.2.1", "192.0.2.1", "192.0.2.2", None)] == [
        True,
        False,
        True,
        False,
    ]
    stored = await shop.carts.client.keys(f"product_view:*:{product}")
    assert len(stored) == 2
    assert not any("192.0.2" in name for name in stored)


async def test_a_viewer_counts_again_after_a_while(shop: Connections) -> None:
    product, user = ObjectId(), uuid4()
    await look(shop, product, user=user)
    name = keys.product_view(str(user), str(product))
    assert 0 < await shop.carts.client.ttl(name) <= keys.PRODUCT_VIEW_SECONDS
    await shop.carts.client.delete(name)  # as its time does
    assert await look(shop, product, user=user)
    assert await views(shop, product) == 2


async def test_no_view_is_lost_when_many_are_the_first(shop: Connections) -> None:
    product = ObjectId()
    await asyncio.gather(*(look(shop, product, address=f"192.0.2.{number}") for number in range(40)))
    assert await views(shop, product) == 40
    await asyncio.gather(*(look(shop, product, address=f"192.0.2.{number}") for number in range(40)))
    assert await views(shop, product) == 40


async def test_a_user_sees_the_latest_first_and_no_more_than_are_kept(shop: Connections) -> None:
    user, products = uuid4(), [ObjectId() for _ in range(keys.RECENTLY_VIEWED_MOST + 3)]
    for minute, product in enumerate(products):
        await look(shop, product, user=user, minute=minute)
    await look(shop, products[10], user=user, minute=200)  # again: it is the latest, and still there once
    seen = await CartLoaders(shop.carts, shop.cart_copies).recently_viewed_by_user.load(user)
    expected = [products[10], *(it for it in reversed(products) if it != products[10])]
    assert list(seen) == [str(product) for product in expected[: keys.RECENTLY_VIEWED_MOST]]
    assert await shop.carts.client.ttl(keys.recently_viewed(user)) > 0


@pytest.mark.parametrize(
    ("times", "calls"), [(1, {"carts": 1, "products": 1}), (2, {"carts": 2, "products": 1})]
)
async def test_a_view_is_a_call_each(shop: Connections, times: int, calls: dict[str, int]) -> None:
    product, user = ObjectId(), uuid4()
    with record_calls() as log:
        for _ in range(times):
            await look(shop, product, user=user)
    assert log.by_service() == calls
