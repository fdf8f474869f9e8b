"""Loads many documents into ProductDb at once; those that are already there are left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.bulk import insert_missing
from datasources.products import documents as collections
from datasources.products.vocabulary import remember_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.core.documents import Document, DocumentDatabase


async def insert_catalogue(
    database: DocumentDatabase,
    *,
    categories: Sequence[Document],
    brands: Sequence[Document],
    attributes: Sequence[Document],
) -> int:
    """Add what products are arranged by; tell how many documents were missing."""
    return (
        await insert_missing(database, collections.CATEGORIES, categories)
        + await insert_missing(database, collections.BRANDS, brands)
        + await insert_missing(database, collections.PRODUCT_ATTRIBUTES, attributes)
    )


async def insert_relations(database: DocumentDatabase, relations: Sequence[Document]) -> int:
    """Add what products point at; tell how many relations were missing. Add them before the products."""
    return await insert_missing(database, collections.PRODUCT_RELATIONS, relations)


async def insert_analytics(database: DocumentDatabase, analytics: Sequence[Document]) -> int:
    """Add what was counted of products; tell for how many it was missing. Add it before the products."""
    return await insert_missing(database, collections.PRODUCT_ANALYTICS, analytics)


async def insert_products(database: DocumentDatabase, products: Sequence[Document]) -> int:
    """Add products, which have their `search` fields; tell how many were missing.

    Raises:
        pymongo.errors.BulkWriteError: a SKU or slug belongs to another product.
    """
    await remember_words(database, products)
    return await insert_missing(database, collections.PRODUCTS, products)


async def insert_votes(database: DocumentDatabase, votes: Sequence[Document]) -> int:
    """Add votes on reviews; tell how many were missing. Add them before the reviews, whose counts they are."""
    return await insert_missing(database, collections.REVIEW_VOTES, votes)


async def insert_reviews(database: DocumentDatabase, reviews: Sequence[Document]) -> int:
    """Add reviews; tell how many were missing. The products' ratings are not touched.

    Raises:
        pymongo.errors.BulkWriteError: the customer has reviewed the product before.
    """
    return await insert_missing(database, collections.PRODUCT_REVIEWS, reviews)
