"""Search and browsing: all lists of products but those of a category and of a brand, their counts, and suggestions.

Whoever serves them from a search engine one day replaces what is behind these functions, behind
`listings` for the lists of a category and of a brand, and behind `facets.count_facets`, which the loaders call.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from datasources.core.document_paging import keyset_filter, keyset_sort
from datasources.core.paging import Window, page
from datasources.products import pipelines
from datasources.products.conversions import (
    ALL_OF_PRODUCTS,
    BRAND_FIELDS,
    CATEGORY_FIELDS,
    brand_of,
    category_of,
    product_fields,
)
from datasources.products.documents import BRANDS, CATEGORIES, PRODUCTS
from datasources.products.facet_pipelines import FacetScope
from datasources.products.facets import Facets, count_facets
from datasources.products.filters import product_conditions
from datasources.products.records import ProductFilter
from datasources.products.search_words import as_written, parse_search
from datasources.products.vocabulary import correct_search

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page
    from datasources.core.records import Projection
    from datasources.products.records import Brand, Category, Product

__all__ = [
    "FacetScope",
    "Facets",
    "Suggestions",
    "correct",
    "count_facets",
    "count_products",
    "find_products",
    "page_of_products",
    "suggest",
]

# Cursors hold what a list is sorted by.
_SORTED_BY = {
    pipelines.RATING_DESC.name: product_fields(frozenset({"rating"})),
    pipelines.PRICE_ASC.name: product_fields(frozenset({"price"})),
    pipelines.PRICE_DESC.name: product_fields(frozenset({"price"})),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What one may mean who has typed so far: the best matches first, brands and categories by name."""

    products: tuple[Product, ...]
    brands: tuple[Brand, ...]
    categories: tuple[Category, ...]


async def correct(database: DocumentDatabase, wanted: ProductFilter) -> ProductFilter:
    """The filter with the words of its search put right; the same filter where there is nothing to put right.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    if wanted.search is None:
        return wanted
    text = await correct_search(database, wanted.search)
    return wanted if text == wanted.search else replace(wanted, search=text)


async def find_products(
    database: DocumentDatabase,
    *,
    wanted: ProductFilter,
    order: ListOrder,
    window: Window,
    fields: Projection[Product] = ALL_OF_PRODUCTS,
) -> tuple[Page[Product], ProductFilter]:
    """A window of the products that pass the filter, as `page_of_products` gives it, and the filter that they pass.

    A search that finds anything has no mistyped words, as a product has to have all of them. One that finds nothing is
    put right; the filter has the words that were searched for in the end. Words that find nothing which the viewer may
    see stay untold, as they may be those of a product that is not published.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the product database is down.
    """
    found = await page_of_products(database, wanted=wanted, order=order, window=window, fields=fields)
    if found.items or wanted.search is None:
        return found, wanted
    corrected = await correct(database, wanted)
    if corrected is wanted:
        return found, wanted
    again = await page_of_products(database, wanted=corrected, order=order, window=window, fields=fields)
    if again.items:
        return again, corrected
    # A window that is empty as such, or beyond the last product, does not say whether there are any.
    if (window.cursor or not window.size) and await count_products(database, wanted=corrected):
        return again, corrected
    return found, wanted


async def page_of_products(
    database: DocumentDatabase,
    *,
    wanted: ProductFilter,
    order: ListOrder,
    window: Window,
    fields: Projection[Product] = ALL_OF_PRODUCTS,
) -> Page[Product]:
    """A window of the products that pass the filter; the order by relevance needs a search.

    Products have at least these fields, and what the list is sorted by.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the product database is down.
    """
    conditions = await product_conditions(database, wanted)
    fields = fields.joined(_SORTED_BY.get(order.name, fields))
    if order is pipelines.RELEVANCE:
        pipeline = pipelines.most_relevant(conditions, wanted.search or "", window, fields.fields)
        found = await database.aggregate(PRODUCTS, pipeline)
    else:
        found = await database.find(
            PRODUCTS,
            keyset_filter(conditions, order, window),
            fields=fields.fields,
            sort=keyset_sort(order, window),
            limit=window.size + 1,
        )
    return page([*map(fields.record_of, found)], window, order)


async def count_products(database: DocumentDatabase, *, wanted: ProductFilter) -> int:
    """How many products pass the filter.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    conditions = await product_conditions(database, wanted)
    found = await database.aggregate(PRODUCTS, pipelines.count(conditions))
    return int(found[0]["count"]) if found else 0


async def suggest(
    database: DocumentDatabase,
    typed: str,
    *,
    most: int,
    fields: Projection[Product] = ALL_OF_PRODUCTS,
) -> Suggestions:
    """What somebody may mean who has typed this much: at most so many products, brands and categories that are visible.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    found = await _suggest(database, typed, most, fields)
    if found.products or found.brands or found.categories:
        return found
    text = await correct_search(database, typed)
    return found if text == typed else await _suggest(database, text, most, fields)


async def _suggest(
    database: DocumentDatabase, text: str, most: int, fields: Projection[Product]
) -> Suggestions:
    if not most or not parse_search(text).words:
        return Suggestions(products=(), brands=(), categories=())
    products, brands, categories = await asyncio.gather(
        page_of_products(
            database,
            wanted=ProductFilter(search=text),
            order=pipelines.RELEVANCE,
            window=Window(size=most),
            fields=fields,
        ),
        _named(database, BRANDS, BRAND_FIELDS, text, most),
        _named(database, CATEGORIES, CATEGORY_FIELDS, text, most),
    )
    return Suggestions(
        products=products.items,
        brands=tuple(map(brand_of, brands)),
        categories=tuple(map(category_of, categories)),
    )


async def _named(
    database: DocumentDatabase, collection: str, fields: tuple[str, ...], text: str, most: int
) -> list[Document]:
    """What is visible and has, for every word, one in its name that begins with it. There are few enough to look."""
    words = [as_written(word.text) for word in parse_search(text).words]
    where: Document = {"is_active": True, "$and": [_begins_a_word(word) for word in words]}
    return await database.find(collection, where, fields=fields, sort=[("name", 1), ("_id", 1)], limit=most)


def _begins_a_word(word: str) -> dict[str, Any]:
    return {"name": {"$regex": rf"(*UCP)(?:^|[\W_]){word}", "$options": "i"}}
