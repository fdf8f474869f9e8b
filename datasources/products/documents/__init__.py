"""ProductDb's collections: their names, what their documents may hold, and how they are found."""

from __future__ import annotations

from typing import Final

from datasources.core.event_documents import (
    CONSUMED_EVENTS,
    CONSUMED_EVENTS_SPEC,
    DOMAIN_EVENTS,
    DOMAIN_EVENTS_SPEC,
)
from datasources.products.documents.catalogue import (
    ATTRIBUTE_TYPES,
    BRANDS,
    BRANDS_SPEC,
    CATEGORIES,
    CATEGORIES_SPEC,
    PRODUCT_ANALYTICS,
    PRODUCT_ANALYTICS_SPEC,
    PRODUCT_ATTRIBUTES,
    PRODUCT_ATTRIBUTES_SPEC,
    PRODUCT_RELATIONS,
    PRODUCT_RELATIONS_SPEC,
    RELATION_TYPES,
    SEARCH_WORDS,
    SEARCH_WORDS_SPEC,
)
from datasources.products.documents.products import PRODUCT_STATUSES, PRODUCT_TYPES, PRODUCTS, PRODUCTS_SPEC
from datasources.products.documents.reviews import (
    PRODUCT_REVIEWS,
    PRODUCT_REVIEWS_SPEC,
    REVIEW_STATUSES,
    REVIEW_VOTES,
    REVIEW_VOTES_SPEC,
    VOTE_KINDS,
)

__all__ = [
    "ATTRIBUTE_TYPES",
    "BRANDS",
    "CATEGORIES",
    "COLLECTIONS",
    "CONSUMED_EVENTS",
    "DOMAIN_EVENTS",
    "PRODUCTS",
    "PRODUCT_ANALYTICS",
    "PRODUCT_ATTRIBUTES",
    "PRODUCT_RELATIONS",
    "PRODUCT_REVIEWS",
    "PRODUCT_STATUSES",
    "PRODUCT_TYPES",
    "RELATION_TYPES",
    "REVIEW_STATUSES",
    "REVIEW_VOTES",
    "SEARCH_WORDS",
    "VOTE_KINDS",
]

COLLECTIONS: Final = (
    PRODUCTS_SPEC,
    CATEGORIES_SPEC,
    BRANDS_SPEC,
    PRODUCT_ATTRIBUTES_SPEC,
    PRODUCT_RELATIONS_SPEC,
    PRODUCT_ANALYTICS_SPEC,
    SEARCH_WORDS_SPEC,
    PRODUCT_REVIEWS_SPEC,
    REVIEW_VOTES_SPEC,
    DOMAIN_EVENTS_SPEC,
    CONSUMED_EVENTS_SPEC,
)
