"""What products are arranged by: categories, brands, attributes for filters, relations, and what is counted of them."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    Schema,
    date,
    document,
    flag,
    list_of,
    no_duplicates,
    object_id,
    one_of,
    optional,
    size,
    slug,
    text,
    web_address,
    whole,
)

CATEGORIES: Final = "categories"
BRANDS: Final = "brands"
PRODUCT_ATTRIBUTES: Final = "product_attributes"
PRODUCT_RELATIONS: Final = "product_relations"
PRODUCT_ANALYTICS: Final = "product_analytics"
SEARCH_WORDS: Final = "search_words"

ATTRIBUTE_TYPES: Final = ("text", "number", "boolean", "select")  # 001
RELATION_TYPES: Final = ("cross_sell", "up_sell", "related")  # 001

# 000 gives a category a title and a description for search engines, 001 keywords as well.
_SEO: Final = document(
    meta_title=optional(text(at_most=255)),
    meta_description=optional(text()),
    meta_keywords=list_of(text()),
)

# `path` holds the ancestors from the root down, without the category itself; `level` is how many they are.
_LEVEL_COUNTS_THE_PATH: Final[Schema] = {"$expr": {"$eq": ["$level", size("path")]}}
_PARENT_ENDS_THE_PATH: Final[Schema] = {
    "$expr": {
        "$eq": [
            {"$ifNull": ["$parent_id", None]},
            {"$ifNull": [{"$last": {"$ifNull": ["$path", []]}}, None]},
        ]
    }
}

CATEGORIES_SPEC: Final = CollectionSpec(
    name=CATEGORIES,
    validator={
        "$and": [
            {
                "$jsonSchema": document(
                    required=[
                        "name",
                        "slug",
                        "parent_id",
                        "level",
                        "path",
                        "order",
                        "is_active",
                        "version",
                        "created_at",
                        "updated_at",
                    ],
                    name=text(at_least=1, at_most=200),
                    slug=slug(),
                    description=optional(text()),
                    parent_id=optional(object_id()),  # null for a root
                    level=whole(),
                    path=list_of(object_id()),
                    image=optional(web_address()),
                    icon=optional(text(at_most=500)),
                    order=whole(),
                    is_active=flag(),
                    seo=optional(_SEO),
                    # Counts what was put into it, so that a command that does and one that moves it meet.
                    placements=whole(),
                    version=whole(at_least=1),
                    created_at=date(),
                    updated_at=date(),
                )
            },
            _LEVEL_COUNTS_THE_PATH,
            _PARENT_ENDS_THE_PATH,
        ]
    },
    indexes=(
        # Seed 000.
        IndexModel([("slug", ASCENDING)], unique=True),
        IndexModel([("parent_id", ASCENDING)]),
        IndexModel([("path", ASCENDING)]),
        IndexModel([("order", ASCENDING)]),
        # The children of many parents at once, in the order they are shown.
        IndexModel(
            [("parent_id", ASCENDING), ("order", ASCENDING), ("_id", ASCENDING)], name="children_in_order"
        ),
    ),
)

BRANDS_SPEC: Final = CollectionSpec(
    name=BRANDS,
    validator={
        "$jsonSchema": document(
            required=["name", "slug", "is_active", "version", "created_at", "updated_at"],
            name=text(at_least=1, at_most=200),
            slug=slug(),
            description=optional(text()),
            logo_url=optional(web_address()),
            website_url=optional(web_address()),
            is_active=flag(),
            seo=optional(_SEO),
            placements=whole(),
            version=whole(at_least=1),
            created_at=date(),
            updated_at=date(),
        )
    },
    indexes=(
        IndexModel([("slug", ASCENDING)], unique=True),
        # Unique (001), so it also pages the list of brands by name without a tiebreaker.
        IndexModel([("name", ASCENDING)], unique=True),
        IndexModel(
            [("is_active", ASCENDING), ("name", ASCENDING), ("_id", ASCENDING)], name="active_by_name"
        ),
    ),
)

_ATTRIBUTE_VALUE: Final = document(
    required=["value", "display_value", "display_order"],
    value=text(at_least=1, at_most=200),
    display_value=text(at_least=1, at_most=200),
    display_order=whole(),
)

PRODUCT_ATTRIBUTES_SPEC: Final = CollectionSpec(
    name=PRODUCT_ATTRIBUTES,
    validator={
        "$and": [
            {
                "$jsonSchema": document(
                    required=[
                        "name",
                        "display_name",
                        "attribute_type",
                        "is_filterable",
                        "is_searchable",
                        "display_order",
                        "values",
                        "created_at",
                        "updated_at",
                    ],
                    name=text(at_least=1, at_most=100),
                    display_name=text(at_least=1, at_most=100),
                    attribute_type=one_of(ATTRIBUTE_TYPES),
                    is_filterable=flag(),
                    is_searchable=flag(),
                    display_order=whole(),
                    values=list_of(_ATTRIBUTE_VALUE),
                    version=whole(at_least=1),  # 1 where there is none: attributes of earlier releases
                    created_at=date(),
                    updated_at=date(),
                )
            },
            no_duplicates("values.value"),  # 001: UNIQUE(attribute_id, value)
        ]
    },
    indexes=(
        IndexModel([("name", ASCENDING)], unique=True),
        IndexModel(
            [("is_filterable", ASCENDING), ("display_order", ASCENDING), ("_id", ASCENDING)],
            name="filters_in_order",
        ),
    ),
)

PRODUCT_RELATIONS_SPEC: Final = CollectionSpec(
    name=PRODUCT_RELATIONS,
    validator={
        "$and": [
            {
                "$jsonSchema": document(
                    required=["product_id", "related_product_id", "relation_type", "display_order"],
                    product_id=object_id(),
                    related_product_id=object_id(),
                    relation_type=one_of(RELATION_TYPES),
                    display_order=whole(),
                    created_at=date(),
                )
            },
            {"$expr": {"$ne": ["$product_id", "$related_product_id"]}},
        ]
    },
    indexes=(
        IndexModel(
            [("product_id", ASCENDING), ("related_product_id", ASCENDING), ("relation_type", ASCENDING)],
            unique=True,
        ),
        IndexModel(
            [
                ("product_id", ASCENDING),
                ("relation_type", ASCENDING),
                ("display_order", ASCENDING),
                ("_id", ASCENDING),
            ],
            name="related_in_order",
        ),
        # Who points at a product that is being withdrawn.
        IndexModel([("related_product_id", ASCENDING)]),
    ),
)

# Seed 003. Apart from the product, so that counting a view does not touch the document that every page reads.
PRODUCT_ANALYTICS_SPEC: Final = CollectionSpec(
    name=PRODUCT_ANALYTICS,
    validator={
        "$jsonSchema": document(
            required=["product_id", "views", "stock_updates"],
            product_id=object_id(),
            views=whole(),
            last_viewed=optional(date()),
            stock_updates=whole(),
            last_stock_update=optional(date()),
        )
    },
    indexes=(
        IndexModel([("product_id", ASCENDING)], unique=True),
        IndexModel([("views", DESCENDING), ("_id", DESCENDING)], name="most_viewed"),
    ),
)

# Not in the seeds: the words that products are found by, each with its trigrams, by which a mistyped one is put right.
SEARCH_WORDS_SPEC: Final = CollectionSpec(
    name=SEARCH_WORDS,
    validator={
        "$jsonSchema": document(
            required=["_id", "grams"],
            _id=text(at_least=1, at_most=100),
            grams=list_of(text(at_least=1, at_most=12)),
        )
    },
    indexes=(IndexModel([("grams", ASCENDING)], name="by_gram"),),
)
