"""The lists of the product service by parent: products of categories and brands, reviews of products and users."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from datasources.core.document_listings import DocumentList
from datasources.products.conversions import ALL_OF_PRODUCTS, ALL_OF_REVIEWS
from datasources.products.documents import PRODUCT_REVIEWS, PRODUCTS, REVIEW_STATUSES
from datasources.products.filters import object_ids, product_conditions, review_conditions
from datasources.products.pipelines import NEWEST

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import ReviewFilter


async def _of_product(_database: DocumentDatabase, wanted: ReviewFilter) -> Document:
    # All statuses are named, so that the index which has the status before the age still gives the order.
    return {"status": {"$in": REVIEW_STATUSES}, **review_conditions(wanted)}


async def _of_user(_database: DocumentDatabase, wanted: ReviewFilter) -> Document:
    return review_conditions(wanted)


# Newest first, all of them.
PRODUCTS_OF_BRAND = DocumentList(
    collection=PRODUCTS,
    field="brand_id",
    stored=object_ids,
    parent=str,
    conditions=product_conditions,
    order=NEWEST,
    fields=ALL_OF_PRODUCTS.fields,
    record=ALL_OF_PRODUCTS.record_of,
)
PRODUCTS_IN_CATEGORY = replace(PRODUCTS_OF_BRAND, field="category_path")

REVIEWS_OF_PRODUCT = DocumentList(
    collection=PRODUCT_REVIEWS,
    field="product_id",
    stored=object_ids,
    parent=str,
    conditions=_of_product,
    order=NEWEST,
    fields=ALL_OF_REVIEWS.fields,
    record=ALL_OF_REVIEWS.record_of,
)
REVIEWS_OF_USER = DocumentList(
    collection=PRODUCT_REVIEWS,
    field="user_id",
    stored=lambda users: [str(user) for user in users],
    parent=UUID,
    conditions=_of_user,
    order=NEWEST,
    fields=ALL_OF_REVIEWS.fields,
    record=ALL_OF_REVIEWS.record_of,
)
