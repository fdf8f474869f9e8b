"""Lists of products: every order pages without a gap, every condition leaves what it says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.errors import InvalidCursor
from datasources.core.paging import Window
from datasources.products import pipelines, queries, search
from datasources.products.records import AttributeChoice, BrandFilter, ProductFilter
from tests.collections.examples import NOW
from tests.services import walking
from tests.services.products.catalogue import ACME, AUDIO, BOLT, GARDEN, HEADPHONES, NOTHING, ON_SALE

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from datasources.core.connections import Connections
    from datasources.core.paging import Order, Page
    from datasources.products.records import Product

# Equal prices, ages and stars are for the id to put in order.
ORDERED = {
    "newest": ["radio", "earbud", "spade", "on-ear", "over-ear"],
    "price_asc": ["radio", "spade", "on-ear", "earbud", "over-ear"],
    "price_desc": ["over-ear", "earbud", "on-ear", "spade", "radio"],
    "rating_desc": ["on-ear", "over-ear", "earbud", "spade", "radio"],
    "name_asc": ["earbud", "on-ear", "over-ear", "radio", "spade"],
}


async def walk(
    shop: Connections,
    order: Order,
    *,
    wanted: ProductFilter | None = None,
    size: int,
    backwards: bool = False,
) -> list[str]:
    """The slugs of a whole list, window by window."""

    def fetch(window: Window) -> Awaitable[Page[Product]]:
        return search.page_of_products(
            shop.products, wanted=wanted or ProductFilter(), order=order, window=window
        )

    return [product.slug for product in await walking.walk(fetch, size=size, backwards=backwards)]


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", ORDERED)
async def test_every_order_pages_without_a_gap(
    connections: Connections, name: str, backwards: bool, size: int
) -> None:
    order = pipelines.PRODUCT_ORDERS[name]
    assert await walk(connections, order, size=size, backwards=backwards) == ORDERED[name]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 5])
async def test_a_search_pages_by_relevance(connections: Connections, size: int, backwards: bool) -> None:
    # Two have the word in their SKUs, equally; one has a name that begins with it, and all have it in what they share.
    wanted = ProductFilter(search="ear")
    found = await walk(connections, pipelines.RELEVANCE, wanted=wanted, size=size, backwards=backwards)
    assert found == ["on-ear", "over-ear", "earbud", "spade", "radio"]
    by_price = await walk(connections, pipelines.PRICE_ASC, wanted=wanted, size=1)
    assert by_price == ORDERED["price_asc"]


CONDITIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set(ON_SALE)),
    ({"category_id": str(AUDIO)}, {"over-ear", "on-ear", "earbud", "radio"}),
    ({"category_ids": (str(GARDEN), str(HEADPHONES))}, {"over-ear", "on-ear", "earbud", "spade"}),
    ({"category_ids": ()}, set()),
    ({"category_slug": "headphones"}, {"over-ear", "on-ear", "earbud"}),
    ({"category_id": str(HEADPHONES), "category_slug": "audio"}, {"over-ear", "on-ear", "earbud"}),
    ({"category_id": str(GARDEN), "category_slug": "audio"}, set()),
    ({"category_slug": "nowhere"}, set()),
    ({"category_id": NOTHING}, set()),
    ({"category_id": "no id"}, set()),
    ({"brand_ids": (str(ACME),)}, {"over-ear", "on-ear"}),
    ({"brand_ids": (str(ACME), str(BOLT), "no id")}, {"over-ear", "on-ear", "earbud", "radio"}),
    ({"brand_ids": ("no id",)}, set()),
    ({"brand_slugs": ("bolt", "nobody")}, {"earbud", "radio"}),
    ({"brand_slugs": ("nobody",)}, set()),
    ({"price_from": Decimal(25)}, {"over-ear", "on-ear", "earbud", "spade"}),
    ({"price_from": Decimal("9.50"), "price_to": Decimal("99.00")}, {"on-ear", "earbud", "radio", "spade"}),
    ({"price_to": Decimal("1E+99999")}, set(ON_SALE)),
    ({"price_from": Decimal("1E+99999")}, set()),
    ({"price_from": Decimal("9." + "4" * 50)}, set(ON_SALE)),
    ({"rating_from": 4.0}, {"over-ear", "on-ear", "earbud"}),
    ({"rating_from": 4.1}, {"over-ear", "on-ear"}),
    ({"tags": ("sport", "unheard-of")}, {"earbud"}),
    ({"tags": ()}, set()),
    ({"in_stock": True}, {"over-ear", "on-ear", "earbud", "radio"}),
    ({"in_stock": False}, {"spade"}),
    ({"is_featured": True}, {"over-ear"}),
    ({"created_from": NOW - timedelta(days=2)}, {"earbud", "radio"}),
    ({"created_before": NOW - timedelta(days=2)}, {"over-ear", "on-ear", "spade"}),
    # A quality of a variant that is sold, of one that is not, and of the product itself.
    ({"attributes": (AttributeChoice(name="Colour", values=("Black",)),)}, {"over-ear"}),
    ({"attributes": (AttributeChoice(name="Colour", values=("Green",)),)}, set()),
    (
        {
            "attributes": (
                AttributeChoice(name="Colour", values=("Black", "Red")),
                AttributeChoice(name="Wireless", values=("Yes",)),
            )
        },
        set(ON_SALE),
    ),
    ({"attributes": (AttributeChoice(name="Wireless", values=("Black",)),)}, set()),
    ({"visible_only": False, "statuses": ("draft", "archived")}, {"draft", "archived"}),
    ({"visible_only": False}, {*ON_SALE, "draft", "unpublished", "archived"}),
    ({"search": "sport"}, {"earbud"}),
    ({"search": '"quiet headphones"'}, {"over-ear"}),
    ({"search": "headphones -light"}, {"over-ear"}),
    ({"search": "light headphone"}, {"on-ear"}),
    ({"search": "HEADPH"}, {"over-ear", "on-ear"}),
    ({"search": "headph light"}, set()),  # only the last word may be unfinished
    ({"search": "the radio"}, {"radio"}),
    ({"search": "over-ear-black"}, {"over-ear"}),
    ({"search": "quiet -headphones"}, set()),
    ({"search": '"headphones quiet"'}, set()),
    ({"search": '-"quiet" head'}, {"on-ear"}),
    ({"search": "$$$"}, set()),
    ({"search": "-radio"}, set()),
    ({"search": "nothing\0like $this"}, set()),
]


@pytest.mark.parametrize(("conditions", "slugs"), CONDITIONS)
async def test_a_condition_leaves_what_it_says(
    connections: Connections, conditions: dict[str, Any], slugs: set[str]
) -> None:
    wanted = ProductFilter(**conditions)
    assert set(await walk(connections, pipelines.NEWEST, wanted=wanted, size=2)) == slugs
    assert await search.count_products(connections.products, wanted=wanted) == len(slugs)


async def test_a_cursor_of_another_order_is_refused(connections: Connections) -> None:
    first = await search.page_of_products(
        connections.products, wanted=ProductFilter(), order=pipelines.NEWEST, window=Window(size=1)
    )
    for order in (pipelines.PRICE_ASC, pipelines.RATING_DESC):
        with pytest.raises(InvalidCursor):
            await search.page_of_products(
                connections.products,
                wanted=ProductFilter(),
                order=order,
                window=Window(size=1, cursor=first.end_cursor),
            )


@pytest.mark.parametrize("backwards", [False, True])
async def test_brands_page_by_name(connections: Connections, backwards: bool) -> None:
    async def page_after(cursor: str | None) -> Any:
        window = Window(size=1, cursor=cursor, backwards=backwards)
        return await queries.page_of_brands(connections.products, wanted=BrandFilter(), window=window)

    first = await page_after(None)
    second = await page_after(first.start_cursor)
    assert [brand.name for page in (first, second) for brand in page.items] == (
        ["Bolt", "Acme"] if backwards else ["Acme", "Bolt"]
    )
    assert (second.has_next_page, second.has_previous_page) == (backwards, not backwards)
    assert await queries.count_brands(connections.products, wanted=BrandFilter()) == 2
    assert await queries.count_brands(connections.products, wanted=BrandFilter(visible_only=False)) == 3
