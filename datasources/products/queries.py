"""Lists of brands across the catalogue, and products by what is sold of them; lists of products are `search`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.document_paging import keyset_filter, keyset_sort
from datasources.core.paging import page
from datasources.products import pipelines
from datasources.products.conversions import BRAND_FIELDS, brand_of, product_fields
from datasources.products.documents import BRANDS, PRODUCTS
from datasources.products.filters import NOT_DELETED, brand_conditions

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from datasources.core.documents import DocumentDatabase
    from datasources.core.paging import Page, Window
    from datasources.products.records import Brand, BrandFilter, Product

_OF_VARIANTS = product_fields(frozenset({"name", "images", "variants"}))


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
    found = await database.aggregate(BRANDS, pipelines.count(brand_conditions(wanted)))
    return int(found[0]["count"]) if found else 0


async def products_of_variants(
    database: DocumentDatabase, *, ids: Collection[UUID], skus: Collection[str]
) -> tuple[Product, ...]:
    """The products that have a variant with one of these ids or SKUs, on sale or not, in one call.

    Of each there are its name, its images and its variants, and no more.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    either = [{"variants.id": {"$in": [*ids]}}, {"variants.sku": {"$in": [*skus]}}]
    found = await database.find(PRODUCTS, {"$or": either, **NOT_DELETED}, fields=_OF_VARIANTS.fields)
    return tuple(map(_OF_VARIANTS.record_of, found))
