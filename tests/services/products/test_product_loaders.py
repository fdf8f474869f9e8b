"""The product service's loaders: each question for many keys in one call, with what nobody has among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.calls import record_calls
from datasources.core.paging import Slice, Window
from datasources.products.records import ProductFilter, ReviewFilter
from tests.services.products.catalogue import (
    ACME,
    AUDIO,
    BLACK,
    BOLT,
    CLOSED,
    EARBUDS,
    GARDEN,
    HEADPHONES,
    NOTHING,
    OWN_PENDING,
    PRODUCT,
    REJECTED,
    RETIRED,
    SECRET,
    WHITE,
    key,
)
from tests.services.users.people import ADA, GRACE, NOBODY, ODD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasources.core.paging import Page
    from datasources.products.loaders import ProductLoaders

ID = {slug: str(identifier) for slug, identifier in PRODUCT.items()}
VISIBLE = ProductFilter()


def slugs(products: Iterable[Any]) -> list[str | None]:
    """The slugs of records, None where there is none."""
    return [product and product.slug for product in products]


def window_of(parent: Any, wanted: Any, **window: Any) -> Slice[Any, Any]:
    return Slice(parent=parent, filter=wanted, window=Window(**window))


async def test_products_by_id_slug_and_sku(loaders: ProductLoaders) -> None:
    with record_calls() as log:
        by_id = await loaders.by_id.load_many([ID["draft"], "no id", NOTHING, ID["deleted"], ID["radio"]])
        by_slug = await loaders.by_slug.load_many(["radio", "nothing", "deleted", "archived"])
        by_sku = await loaders.by_sku.load_many(["RADIO", "over-ear-white", "x", "deleted-1", "OVER-EAR"])
    assert log.by_service() == {"products": 3}
    assert slugs(by_id) == ["draft", None, None, None, "radio"]
    assert slugs(by_slug) == ["radio", None, None, "archived"]
    assert slugs(by_sku) == ["radio", "over-ear", None, None, "over-ear"]


async def test_a_product_with_all_its_parts(loaders: ProductLoaders) -> None:
    product = await loaders.by_slug.load("over-ear")
    assert product is not None
    assert [image.url for image in product.images] == ["/first.jpg", "/second.jpg"]
    assert [variant.sku for variant in product.variants] == ["over-ear-black", "over-ear-white"]
    assert [variant.is_visible for variant in product.all_variants] == [True, True, False]
    assert [image.url for image in product.variants[0].images] == ["/second.jpg"]
    assert product.tags == ("audio", "wireless")
    assert [(option.name, option.values) for option in product.options] == [("Colour", ("Black", "White"))]
    assert product.specifications is not None
    assert product.specifications.dimensions is not None
    assert product.specifications.dimensions.width == 16.0
    assert product.seo is not None
    assert product.seo.keywords == ("audio",)
    # What the shop pays is not even asked for.
    assert "cost_price" not in product.parts
    assert not any("cost_price" in variant for variant in product.parts["variants"])


async def test_variants(loaders: ProductLoaders) -> None:
    with record_calls() as log:
        black, nothing, retired, white = await loaders.variant_by_id.load_many(
            [BLACK, uuid4(), RETIRED, WHITE]
        )
    assert log.by_service() == {"products": 1}
    assert nothing is None
    assert black is not None
    assert retired is not None
    assert white is not None
    assert (str(white.price), white.currency, white.product_id) == ("310.50", "USD", ID["over-ear"])
    assert (black.is_visible, retired.is_visible, retired.is_active) == (True, False, False)
    product = await loaders.by_id.load(ID["over-ear"])
    assert product is not None
    assert product.all_variants[0] == black


async def test_related_products(loaders: ProductLoaders) -> None:
    over_ear = ID["over-ear"]
    kinds = (None, "related", "cross_sell", "up_sell")
    with record_calls() as log:
        found = await loaders.related.load_many(
            [*((over_ear, kind) for kind in kinds), (ID["radio"], None), ("no id", "related")]
        )
    assert log.by_service() == {"products": 1}
    assert [slugs(products) for products in found] == [
        ["radio", "on-ear", "earbud"],
        ["radio", "on-ear"],
        ["earbud"],
        ["on-ear"],
        [],
        [],
    ]
    loaders.related.clear((over_ear, "related"))
    assert slugs(await loaders.related.load((over_ear, "related"))) == ["radio", "on-ear"]


async def test_categories(loaders: ProductLoaders) -> None:
    with record_calls() as log:
        earbuds, nothing, invalid = await loaders.category_by_id.load_many([str(EARBUDS), NOTHING, "no id"])
        by_slug = await loaders.category_by_slug.load_many(["garden", "nowhere"])
        children = await loaders.categories_by_parent.load_many([str(AUDIO), None, str(GARDEN), "no id"])
    assert log.by_service() == {"products": 3}
    assert (nothing, invalid) == (None, None)
    assert earbuds is not None
    assert (earbuds.path, earbuds.parent_id) == ((str(AUDIO), str(HEADPHONES)), str(HEADPHONES))
    assert slugs(by_slug) == ["garden", None]
    assert [slugs(group) for group in children] == [["headphones"], ["secret", "garden", "audio"], [], []]


async def test_brands(loaders: ProductLoaders) -> None:
    with record_calls() as log:
        by_id = await loaders.brand_by_id.load_many([str(CLOSED), NOTHING, "no id"])
        by_slug = await loaders.brand_by_slug.load_many(["acme", "nobody"])
    assert log.by_service() == {"products": 2}
    assert slugs(by_id) == ["closed", None, None]
    assert slugs(by_slug) == ["acme", None]


async def test_products_of_categories_hold_those_of_the_categories_below(loaders: ProductLoaders) -> None:
    parents = [str(AUDIO), str(HEADPHONES), str(EARBUDS), str(GARDEN), str(SECRET), "no id"]
    with record_calls() as log:
        pages = await loaders.products_by_category.load_many(
            [window_of(parent, VISIBLE, size=3) for parent in parents]
        )
        counts = await loaders.count_products_by_category.load_many([(parent, VISIBLE) for parent in parents])
    assert log.by_service() == {"products": 2}
    assert [slugs(page.items) for page in pages] == [
        ["radio", "earbud", "on-ear"],
        ["earbud", "on-ear", "over-ear"],
        ["earbud"],
        ["spade"],
        [],
        [],
    ]
    assert [page.has_next_page for page in pages] == [True, False, False, False, False, False]
    assert counts == [4, 3, 1, 1, 0, 0]


async def test_products_of_categories_page_and_filter(loaders: ProductLoaders) -> None:
    first = await loaders.products_by_category.load(window_of(str(AUDIO), VISIBLE, size=2))
    rest, before, filtered = await loaders.products_by_category.load_many(
        [
            window_of(str(AUDIO), VISIBLE, size=2, cursor=first.end_cursor),
            window_of(str(AUDIO), VISIBLE, size=2, backwards=True),
            window_of(str(AUDIO), ProductFilter(brand_slugs=("acme",)), size=2),
        ]
    )
    assert slugs(rest.items) == ["on-ear", "over-ear"]
    assert slugs(before.items) == ["on-ear", "over-ear"]
    assert (rest.has_previous_page, rest.has_next_page, before.has_previous_page) == (True, False, True)
    assert slugs(filtered.items) == ["on-ear", "over-ear"]


async def test_products_of_brands(loaders: ProductLoaders) -> None:
    parents = [str(BOLT), str(ACME), str(CLOSED)]
    with record_calls() as log:
        pages = await loaders.products_by_brand.load_many(
            [window_of(parent, VISIBLE, size=5) for parent in parents]
        )
        counts = await loaders.count_products_by_brand.load_many([(parent, VISIBLE) for parent in parents])
    assert log.by_service() == {"products": 2}
    assert [slugs(page.items) for page in pages] == [["radio", "earbud"], ["on-ear", "over-ear"], []]
    assert counts == [2, 2, 0]


ANYBODY = ReviewFilter()
AS_ODD = ReviewFilter(author=ODD)
STAFF = ReviewFilter(approved_only=False)


@pytest.mark.parametrize(
    ("wanted", "authors"),
    [
        (ANYBODY, [GRACE, ADA]),
        (ReviewFilter(author=ADA), [GRACE, ADA]),
        (AS_ODD, [ODD, GRACE, ADA]),
        (STAFF, [ODD, GRACE, ADA]),
        (ReviewFilter(approved_only=False, statuses=("pending",)), [ODD]),
        (ReviewFilter(author=ODD, statuses=("pending",)), [ODD]),
        (ReviewFilter(statuses=("pending",)), []),
        (ReviewFilter(author=ODD, ratings=(5,)), [ODD, ADA]),
        (ReviewFilter(author=ODD, is_verified_purchase=False), [ODD]),
    ],
)
async def test_reviews_of_products(loaders: ProductLoaders, wanted: ReviewFilter, authors: list[Any]) -> None:
    parents = [ID["over-ear"], "no id", ID["radio"]]
    with record_calls() as log:
        pages = await loaders.reviews_by_product.load_many(
            [window_of(parent, wanted, size=5) for parent in parents]
        )
        counts = await loaders.count_reviews_by_product.load_many([(parent, wanted) for parent in parents])
    assert log.by_service() == {"products": 2}
    assert [[review.user_id for review in page.items] for page in pages] == [authors, [], []]
    assert counts == [len(authors), 0, 0]


async def test_reviews_page(loaders: ProductLoaders) -> None:
    found: list[Any] = []
    cursor = None
    for _ in range(3):
        page: Page[Any] = await loaders.reviews_by_product.load(
            window_of(ID["over-ear"], STAFF, size=1, cursor=cursor)
        )
        found += [review.user_id for review in page.items]
        cursor = page.end_cursor
    assert found == [ODD, GRACE, ADA]
    assert page.has_next_page is False


async def test_reviews_of_users_and_by_id(loaders: ProductLoaders) -> None:
    with record_calls() as log:
        pages = await loaders.reviews_by_user.load_many(
            [window_of(user, STAFF, size=5) for user in (ODD, NOBODY, ADA)]
        )
        counts = await loaders.count_reviews_by_user.load_many(
            [(ODD, ANYBODY), (ODD, STAFF), (NOBODY, STAFF), (ADA, STAFF)]
        )
        by_id = await loaders.review_by_id.load_many([str(REJECTED), "no id", str(key(301)), NOTHING])
    assert log.by_service() == {"products": 4}  # the two filters of the counts are two calls
    assert [[review.id for review in page.items] for page in pages] == [
        [str(OWN_PENDING)],
        [],
        [str(REJECTED), str(key(301))],
    ]
    assert counts == [0, 1, 0, 2]
    assert [review and review.status for review in by_id] == ["rejected", None, "approved", None]
