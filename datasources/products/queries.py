"""Lists of products and brands across the catalogue, and the search in it: where a search engine would take over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.document_paging import keyset_filter, keyset_match, keyset_sort
from datasources.core.paging import page
from datasources.products import pipelines
from datasources.products.conversions import ALL_OF_PRODUCTS, BRAND_FIELDS, brand_of, product_fields
from datasources.products.documents import BRANDS, PRODUCTS
from datasources.products.filters import brand_conditions, product_conditions

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.core.records import Projection
    from datasources.products.records import Brand, BrandFilter, Product, ProductFilter

# Cursors hold what a list is sorted by.
_SORTED_BY = {
    pipelines.RATING_DESC.name: product_fields(frozenset({"rating"})),
    pipelines.PRICE_ASC.name: product_fields(frozenset({"price"})),
    pipelines.PRICE_DESC.name: product_fields(frozenset({"price"})),
}


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
        pipeline = pipelines.most_relevant(conditions, window, fields.fields)
        found = await database.aggregate(PRODUCTS, pipeline)
    else:
        found = await database.find(
            PRODUCTS,
            _window_of(conditions, order, window, searching=wanted.search is not None),
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
    return await _count(database, PRODUCTS, conditions)


async def page_of_brands(database: DocumentDatabase, *, wanted: BrandFilter, window: Window) -> Page[Brand]:
    """A window of the brands that pass the filter, by name.

    Raises:
        InvalidCursor: the cursor is not of this list.
        ServiceUnavailable: the product database is down.
    """
    order = pipelines.BRANDS_BY_NAME
    found = await database.find(
        BRANDS,
        keyset_filter(brand_conditions(wanted), order, window),
        fields=BRAND_FIELDS,
        sort=keyset_sort(order, window),
        limit=window.size + 1,
    )
    return page([brand_of(document) for document in found], window, order)


async def count_brands(database: DocumentDatabase, *, wanted: BrandFilter) -> int:
    """How many brands pass the filter.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    return await _count(database, BRANDS, brand_conditions(wanted))


def _window_of(conditions: Document, order: ListOrder, window: Window, *, searching: bool) -> Document:
    if searching:  # the server takes one text search per query, and none inside an $or
        return {"$and": [conditions, keyset_match(order, window)]}
    return keyset_filter(conditions, order, window)


async def _count(database: DocumentDatabase, collection: str, conditions: Document) -> int:
    found = await database.aggregate(collection, pipelines.count(conditions))
    return int(found[0]["count"]) if found else 0
