"""Lists of brands across the catalogue; lists of products are `search`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.document_paging import keyset_filter, keyset_sort
from datasources.core.paging import page
from datasources.products import pipelines
from datasources.products.conversions import BRAND_FIELDS, brand_of
from datasources.products.documents import BRANDS
from datasources.products.filters import brand_conditions

if TYPE_CHECKING:
    from datasources.core.documents import DocumentDatabase
    from datasources.core.paging import Page, Window
    from datasources.products.records import Brand, BrandFilter


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
