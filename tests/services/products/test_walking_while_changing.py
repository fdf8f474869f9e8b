"""Walking a list while products come and go: what stands throughout is met once, whatever the order and direction."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.paging import Slice, Window
from datasources.products import pipelines, queries, search
from datasources.products.loaders import ProductLoaders
from datasources.products.records import BrandFilter, ProductFilter, ReviewFilter
from tests.collections import examples
from tests.services.products.many import ROOTS, dice, key, large_catalogue, make_product

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from datasources.core.connections import Connections
    from datasources.core.paging import Page
    from gateway.embedded import EmbeddedServers

STANDING = 300
SIZE = 7

_numbers = count(1_000_000)


@pytest.fixture(scope="module")
async def shop_in_motion(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """Products that stand; tests add others, and remove those again."""
    async with large_catalogue(servers, STANDING) as opened:
        yield opened


async def walk_while_changing(
    fetch: Callable[[Window], Awaitable[Page[Any]]], change: Callable[[], Awaitable[None]], *, backwards: bool
) -> list[str]:
    """The ids of what is met, in the order in which it is met."""
    met: list[str] = []
    cursor, more = None, True
    while more:
        page = await fetch(Window(size=SIZE, cursor=cursor, backwards=backwards))
        met += [item.id for item in (reversed(page.items) if backwards else page.items)]
        cursor = page.start_cursor if backwards else page.end_cursor
        more = page.has_previous_page if backwards else page.has_next_page
        await change()
    return met


def assert_all_met_once(met: list[str], standing: list[str]) -> None:
    """Nothing twice; of what stands everything, in the order of the list."""
    assert len(met) == len(set(met))
    stood = set(standing)
    assert [it for it in met if it in stood] == standing


class Passers:
    """Products that come and go, all over a list, as alike as those that stand are to each other."""

    def __init__(self, shop: Connections, seed: int) -> None:
        self._products = shop.products.database["products"]
        self._rng = dice(seed)
        self._there: list[Any] = []

    async def change(self) -> None:
        """Three more, and one of those before less."""
        made = [make_product(self._rng, next(_numbers)) for _ in range(3)]
        await self._products.insert_many(made)
        self._there += [product["_id"] for product in made]
        gone = self._there.pop(self._rng.randrange(len(self._there)))
        await self._products.delete_one({"_id": gone})

    async def leave(self) -> None:
        """All of them go."""
        await self._products.delete_many({"_id": {"$in": self._there}})


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", pipelines.PRODUCT_ORDERS)
async def test_products_in_every_order(shop_in_motion: Connections, name: str, backwards: bool) -> None:
    order = pipelines.PRODUCT_ORDERS[name]
    wanted = ProductFilter(search="wooden" if order is pipelines.RELEVANCE else None)

    def fetch(window: Window) -> Awaitable[Page[Any]]:
        return search.page_of_products(shop_in_motion.products, wanted=wanted, order=order, window=window)

    await walk_products(shop_in_motion, fetch, backwards=backwards)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("relation", ["products_by_category", "products_by_brand"])
async def test_products_by_parent(shop_in_motion: Connections, relation: str, backwards: bool) -> None:
    first = await shop_in_motion.products.database["products"].find_one({"brand_id": {"$ne": None}})
    assert first is not None
    parent = str(ROOTS[0]) if relation == "products_by_category" else str(first["brand_id"])

    async def fetch(window: Window) -> Page[Any]:
        loader = getattr(ProductLoaders(shop_in_motion.products), relation)
        found: Page[Any] = await loader.load(Slice(parent=parent, filter=ProductFilter(), window=window))
        return found

    await walk_products(shop_in_motion, fetch, backwards=backwards)


async def walk_products(
    shop: Connections, fetch: Callable[[Window], Awaitable[Page[Any]]], *, backwards: bool
) -> None:
    """Walk in peace, then among passers."""

    async def nothing() -> None:
        pass

    standing = await walk_while_changing(fetch, nothing, backwards=backwards)
    assert len(standing) > 1
    passers = Passers(shop, seed=len(standing))
    try:
        await passers.change()
        met = await walk_while_changing(fetch, passers.change, backwards=backwards)
    finally:
        await passers.leave()
    assert_all_met_once(met, standing)


@pytest.mark.parametrize("backwards", [False, True])
async def test_brands(shop_in_motion: Connections, backwards: bool) -> None:
    brands = shop_in_motion.products.database["brands"]
    await brands.delete_many({})
    names = [f"Brand {place:03}" for place in range(0, 90, 3)]
    await brands.insert_many(
        [examples.brand(_id=key(5000 + place), name=name) for place, name in enumerate(names)]
    )
    standing = [str(key(5000 + place)) for place in range(len(names))]
    rng = dice(3)

    def fetch(window: Window) -> Awaitable[Page[Any]]:
        return queries.page_of_brands(shop_in_motion.products, wanted=BrandFilter(), window=window)

    async def change() -> None:
        await brands.delete_many({"name": {"$regex": "^Brand 0.{2}x"}})
        between = rng.sample(names, 5)
        await brands.insert_many([examples.brand(name=f"{name}x{next(_numbers)}") for name in between])

    met = await walk_while_changing(fetch, change, backwards=backwards)
    assert_all_met_once(met, standing[::-1] if backwards else standing)


@pytest.mark.parametrize("backwards", [False, True])
async def test_reviews_of_a_product(shop_in_motion: Connections, backwards: bool) -> None:
    reviews = shop_in_motion.products.database["product_reviews"]
    product = key(100_000)
    await reviews.delete_many({})
    moments = [examples.NOW, examples.NOW.replace(hour=1)]
    rng = dice(4)

    def review(number: int) -> dict[str, Any]:
        return examples.product_review(
            _id=key(number), product_id=product, status="approved", created_at=rng.choice(moments)
        )

    await reviews.insert_many([review(7000 + place) for place in range(40)])

    async def fetch(window: Window) -> Page[Any]:
        loader = ProductLoaders(shop_in_motion.products).reviews_by_product
        return await loader.load(Slice(parent=str(product), filter=ReviewFilter(), window=window))

    async def nothing() -> None:
        pass

    there: list[Any] = []

    async def change() -> None:
        made = [review(rng.choice((6_000, 8_000)) * 1000 + next(_numbers)) for _ in range(3)]
        await reviews.insert_many(made)
        there.extend(one["_id"] for one in made)
        await reviews.delete_one({"_id": there.pop(rng.randrange(len(there)))})

    standing = await walk_while_changing(fetch, nothing, backwards=backwards)
    assert len(standing) == 40
    assert_all_met_once(await walk_while_changing(fetch, change, backwards=backwards), standing)
