"""Browsing ten thousand products: facets count what filters would leave, pages read what they need."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.calls import record_calls
from datasources.core.document_paging import keyset_filter, keyset_sort
from datasources.core.paging import Window
from datasources.products import pipelines, search
from datasources.products.facet_pipelines import MOST_ATTRIBUTE_VALUES, facet_branches
from datasources.products.filters import ids_of_slugs, product_conditions
from datasources.products.loaders import ProductLoaders
from datasources.products.records import AttributeChoice, ProductFilter
from tests.services.products.many import BRANDS, COLOURS, LEAVES, ROOTS, SIZES, TAGS, dice, large_catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from random import Random

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers

PRODUCTS = 10_000

NARROWED = ProductFilter(
    category_id=str(ROOTS[2]),
    brand_ids=tuple(sorted(map(str, BRANDS[:12]))),
    price_from=Decimal(20),
    price_to=Decimal(300),
    attributes=(AttributeChoice(name="Colour", values=("Black", "Red")),),
    in_stock=True,
)


@pytest.fixture(scope="module")
async def many(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """The large catalogue, which tests only read."""
    async with large_catalogue(servers, PRODUCTS) as opened:
        yield opened


def random_filter(rng: Random) -> ProductFilter:
    """Each condition every other time."""

    def perhaps(value: Any) -> Any:
        return value if rng.random() < 0.5 else None

    choices = (
        AttributeChoice(name="Colour", values=tuple(sorted(rng.sample(COLOURS, 2)))),
        AttributeChoice(name="Size", values=(rng.choice(SIZES),)),
    )
    root = rng.choice(ROOTS)
    return ProductFilter(
        search=perhaps(rng.choice(("wooden", "lam", "cotton jack"))),
        category_id=perhaps(str(root)),
        category_ids=perhaps((str(LEAVES[root][0]), str(LEAVES[root][1]))),
        brand_ids=perhaps(tuple(map(str, rng.sample(BRANDS, 5)))),
        price_from=perhaps(Decimal(rng.randrange(200))),
        price_to=perhaps(Decimal(rng.randrange(200, 400))),
        rating_from=perhaps(rng.choice((2.0, 4.0))),
        tags=perhaps(tuple(rng.sample(TAGS, 3))),
        in_stock=perhaps(rng.random() < 0.7),
        attributes=perhaps(choices[: rng.randrange(1, 3)]),
    )


def what_is_left(wanted: ProductFilter, facets: search.Facets) -> Iterator[tuple[ProductFilter, int]]:
    """For some values of each facet: the filter that chooses the value instead, and how many that should leave."""
    for one in facets.brands[:2]:
        yield replace(wanted, brand_ids=(one.value,), brand_slugs=None), one.count
    for one in (*facets.categories[:1], *facets.categories[-1:]):
        yield replace(wanted, category_id=one.value, category_ids=None), one.count
    for one in facets.tags[:2]:
        yield replace(wanted, tags=(one.value,)), one.count
    for rating in facets.ratings:
        yield replace(wanted, rating_from=float(rating.at_least)), rating.count
    for stock in facets.availability:
        yield replace(wanted, in_stock=stock.is_in_stock), stock.count
    for band in facets.price.bands[:3]:
        below = None if band.below is None else band.below - Decimal("0.01")
        yield replace(wanted, price_from=band.from_amount, price_to=below), band.count
    for attribute in facets.attributes:
        others = tuple(choice for choice in wanted.attributes or () if choice.name != attribute.name)
        for one in attribute.values[:2]:
            chosen = AttributeChoice(name=attribute.name, values=(one.value,))
            yield replace(wanted, attributes=(*others, chosen)), one.count


@pytest.mark.parametrize("seed", range(8))
async def test_a_facet_counts_what_choosing_its_value_would_leave(many: Connections, seed: int) -> None:
    wanted = ProductFilter() if seed == 0 else random_filter(dice(seed))
    scope = search.FacetScope(wanted=wanted)
    facets = (await search.count_facets(many.products, [scope]))[scope]
    left = [*what_is_left(wanted, facets)]
    assert left
    for narrowed, count in left:
        assert await search.count_products(many.products, wanted=narrowed) == count, narrowed


async def test_facets_show_the_catalogues_words_in_its_order(many: Connections) -> None:
    scope = search.FacetScope(wanted=ProductFilter())
    facets = (await search.count_facets(many.products, [scope]))[scope]
    assert [(it.name, it.display_name) for it in facets.attributes] == [
        ("Colour", "Colour:"),
        ("Size", "Size:"),
        ("Material", "Material:"),
    ]
    # The last colour is none of the catalogue's.
    assert [value.label for value in facets.attributes[0].values] == [
        "BLACK",
        "WHITE",
        "RED",
        "GREEN",
        "Blue",
    ]
    counts = [brand.count for brand in facets.brands]
    assert counts == sorted(counts, reverse=True)
    assert {brand.value for brand in facets.brands} == {str(brand) for brand in BRANDS}
    assert facets.price.lowest == Decimal("5.99")
    assert facets.price.highest == Decimal("399.99")
    assert sum(band.count for band in facets.price.bands) == await search.count_products(
        many.products, wanted=ProductFilter()
    )


async def test_of_an_attribute_with_thousands_of_values_the_most_frequent_are_read(many: Connections) -> None:
    """Whatever a pipeline counts has to fit into one document of 16 MB."""
    products = many.products.database["products"]
    own = {"name": "Serial", "value": "$sku"}
    pipeline: list[dict[str, Any]] = [{"$set": {"attributes": {"$concatArrays": ["$attributes", [own]]}}}]
    slugs = await ids_of_slugs(many.products, ProductFilter())
    (branch,) = facet_branches(search.FacetScope(wanted=ProductFilter()), slugs, 0, {"attributes"})
    pipeline += branch[1:]
    (counted,) = await products.aggregate(pipeline).to_list(None)
    of_serials = [one for one in counted["attributes"] if one["_id"]["name"] == "Serial"]
    assert len(of_serials) == MOST_ATTRIBUTE_VALUES


async def test_only_the_facets_that_are_wanted_are_counted(many: Connections) -> None:
    scope = search.FacetScope(wanted=NARROWED)
    whole = (await search.count_facets(many.products, [scope]))[scope]
    for name in ("categories", "brands", "tags", "price", "ratings", "availability", "attributes"):
        found = (await search.count_facets(many.products, [scope], {name}))[scope]
        assert getattr(found, name) == getattr(whole, name)
    with record_calls() as log:
        assert (await search.count_facets(many.products, [scope], set()))[scope].brands == ()
    assert log.by_service() == {}


async def test_facets_of_nothing_are_empty(many: Connections) -> None:
    scope = search.FacetScope(wanted=ProductFilter(search="xyzzy"))
    facets = (await search.count_facets(many.products, [scope]))[scope]
    assert (facets.brands, facets.categories, facets.tags, facets.attributes) == ((), (), (), ())
    assert (facets.price.lowest, facets.price.highest, facets.price.bands) == (None, None, ())
    assert {it.count for it in facets.ratings} == {it.count for it in facets.availability} == {0}


async def test_facets_of_many_lists_are_one_aggregation(many: Connections) -> None:
    wanted = replace(NARROWED, category_id=None)
    loader = ProductLoaders(many.products).facets
    scopes = [search.FacetScope(wanted=wanted, category_id=str(root)) for root in ROOTS]
    with record_calls() as log:
        found = await loader.load_many(scopes)
    assert log.by_service() == {"products": 1}
    for root, facets in zip(ROOTS, found, strict=True):
        # A list of a category stays within it, and its facet counts what is below.
        assert {it.value for it in facets.categories} <= {str(root), *map(str, LEAVES[root])}
        brand = facets.brands[0]
        narrowed = replace(wanted, category_id=str(root), brand_ids=(brand.value,))
        assert await search.count_products(many.products, wanted=narrowed) == brand.count


ORDERS = [order for order in pipelines.PRODUCT_ORDERS.values() if order is not pipelines.RELEVANCE]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
@pytest.mark.parametrize("later", [False, True])
async def test_a_narrowed_sorted_page_uses_an_index_for_its_match(
    many: Connections, order: Any, later: bool
) -> None:
    first = await search.page_of_products(many.products, wanted=NARROWED, order=order, window=Window(size=24))
    window = Window(size=24, cursor=first.end_cursor if later else None)
    conditions = await product_conditions(many.products, NARROWED)
    plan = await many.products.database.command(
        {
            "explain": {
                "find": "products",
                "filter": keyset_filter(conditions, order, window),
                "sort": dict(keyset_sort(order, window)),
                "limit": window.size + 1,
            },
            "verbosity": "executionStats",
        }
    )
    assert "IXSCAN" in str(plan)
    assert "COLLSCAN" not in str(plan)
    # A sixth of the products is in the category.
    assert plan["executionStats"]["totalDocsExamined"] < PRODUCTS / 4


@pytest.mark.parametrize("text", ["wooden lam", "cotton"])
async def test_a_search_uses_the_index_of_words(many: Connections, text: str) -> None:
    conditions = await product_conditions(many.products, ProductFilter(search=text))
    plan = await many.products.database.command(
        {"explain": {"find": "products", "filter": conditions}, "verbosity": "executionStats"}
    )
    assert "by_search_term" in str(plan["queryPlanner"]["winningPlan"])
    assert plan["executionStats"]["totalDocsExamined"] < PRODUCTS / 4


async def test_each_branch_of_the_facets_uses_an_index(many: Connections) -> None:
    slugs = await ids_of_slugs(many.products, NARROWED)
    branches = facet_branches(search.FacetScope(wanted=NARROWED), slugs, 0)
    assert len(branches) == 6  # the shared one, and one for each facet with a condition of its own
    for branch in branches:
        plan = await many.products.database.command(
            {
                "explain": {"aggregate": "products", "pipeline": branch, "cursor": {}},
                "verbosity": "queryPlanner",
            }
        )
        assert "IXSCAN" in str(plan)
        assert "COLLSCAN" not in str(plan)


@pytest.mark.parametrize("size", [1, 24, 100])
async def test_a_faceted_searched_page_is_a_fixed_number_of_calls(many: Connections, size: int) -> None:
    wanted = replace(NARROWED, search="wooden", brand_slugs=None)
    with record_calls() as log:
        _, asked = await search.find_products(
            many.products, wanted=wanted, order=pipelines.RELEVANCE, window=Window(size=size)
        )
        await search.count_facets(many.products, [search.FacetScope(wanted=asked)])
    assert log.by_service() == {"products": 2}
