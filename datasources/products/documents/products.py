"""The products collection: a product with its variants, images and all that is shown or filtered with it."""

from __future__ import annotations

from typing import Final

from bson.decimal128 import Decimal128
from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    Schema,
    currency,
    date,
    decimal,
    document,
    flag,
    list_of,
    money,
    no_duplicates,
    number,
    object_id,
    one_of,
    optional,
    size,
    slug,
    text,
    uuid,
    uuid_text,
    web_address,
    whole,
)

PRODUCTS: Final = "products"

PRODUCT_STATUSES: Final = ("draft", "active", "inactive", "archived")  # 000, and inactive of 001
PRODUCT_TYPES: Final = ("simple", "configurable", "bundle")  # 001

# Kilograms with three decimal places (001: DECIMAL(10, 3); 002 names the unit).
_WEIGHT: Final = decimal(at_most=Decimal128("9999999.999"))

_NAME_AND_VALUE: Final = document(
    required=["name", "value"], name=text(at_least=1, at_most=100), value=text(at_most=200)
)

_IMAGE: Final = document(
    required=["id", "url", "is_primary", "order"],
    id=uuid(),
    url=web_address(),
    alt_text=optional(text(at_most=255)),
    is_primary=flag(),
    order=whole(),
)

# What a customer chooses between: {"name": "Size", "values": ["S", "M"]}. A variant's attributes hold one of each.
_OPTION: Final = document(
    required=["name", "values"],
    name=text(at_least=1, at_most=100),
    values=list_of(text(at_least=1, at_most=200)),
)

# 001's product_variants. A variant's id is a UUID because InventoryDb, CartDb and OrderDb refer to it by UUID.
_VARIANT: Final = document(
    required=["id", "sku", "price", "attributes", "is_default", "is_active", "created_at", "updated_at"],
    id=uuid(),
    sku=text(at_least=1, at_most=100),
    name=optional(text(at_most=200)),
    price=money(),
    compare_at_price=optional(money()),
    cost_price=optional(money()),
    weight=optional(_WEIGHT),
    barcode=optional(text(at_most=100)),
    attributes=list_of(_NAME_AND_VALUE),
    image_ids=list_of(uuid()),
    is_default=flag(),
    is_active=flag(),
    # The projection of this variant's inventory item: `stock_version` is that item's version, so that an event which
    # arrives late cannot undo a later one, and the product's `stock` is the sum of its active variants'.
    stock=whole(),
    stock_version=whole(),
    backorder=flag(),
    created_at=date(),
    updated_at=date(),
)

_SPECIFICATIONS: Final = document(
    brand=optional(text()),
    model=optional(text()),
    weight=optional(text()),
    dimensions=optional(
        document(
            length=optional(number()),
            width=optional(number()),
            height=optional(number()),
            unit=text(at_least=1, at_most=20),
        )
    ),
    warranty=optional(text()),
)

_SEO: Final = document(
    meta_title=optional(text(at_most=255)),
    meta_description=optional(text()),
    meta_keywords=list_of(text()),
)

# The words that it is found by, in lower case and without accents: `datasources.products.search_words` makes them.
_SEARCH: Final = document(
    required=["name", "tags", "terms"], name=list_of(text()), tags=list_of(text()), terms=list_of(text())
)

_PRODUCT: Final = document(
    required=[
        "sku",
        "name",
        "slug",
        "product_type",
        "price",
        "currency",
        "stock",
        "in_stock",
        "backorder",
        "category_id",
        "category_path",
        "images",
        "attributes",
        "options",
        "variants",
        "status",
        "is_featured",
        "is_published",
        "tags",
        "rating",
        "version",
        "created_at",
        "updated_at",
    ],
    sku=text(at_least=1, at_most=100),
    # Its own SKU and its variants', each once: one unique index keeps them apart from every other product's.
    skus=list_of(text(at_least=1, at_most=100)),
    # 001 allows 500; an order's snapshot holds 255 (000), and a name that cannot be ordered helps nobody.
    name=text(at_least=1, at_most=255),
    slug=slug(),
    description=optional(text()),
    short_description=optional(text(at_most=500)),
    long_description=optional(text()),
    product_type=one_of(PRODUCT_TYPES),
    # The lowest price among the active variants, for lists, sorting and filters; a sale uses the variant's own.
    price=money(),
    compare_at_price=optional(money()),
    cost_price=optional(money()),
    currency=currency(),
    discount_percentage=optional(decimal(at_most=Decimal128("100"))),  # 003
    # A projection of InventoryDb for filtering, kept by events: nothing decides on it.
    stock=whole(),
    in_stock=flag(),
    backorder=flag(),
    low_stock_threshold=optional(whole()),
    track_inventory=flag(),
    weight=optional(_WEIGHT),
    barcode=optional(text(at_most=100)),
    category_id=object_id(),
    # From the root to `category_id` itself, both included: "everything below X" is one equality.
    category_path=list_of(object_id()) | {"minItems": 1},
    brand_id=optional(object_id()),
    seller_id=optional(uuid_text()),  # 004
    images=list_of(_IMAGE),
    attributes=list_of(_NAME_AND_VALUE),
    options=list_of(_OPTION),
    variants=list_of(_VARIANT),
    specifications=optional(_SPECIFICATIONS),
    seo=optional(_SEO),
    status=one_of(PRODUCT_STATUSES),
    is_featured=flag(),
    is_published=flag(),
    published_at=optional(date()),
    tags=list_of(text(at_least=1, at_most=100)),
    search=_SEARCH,
    # Of approved reviews, how many of them give 1 to 5 stars; `version` counts the times it was brought up to date.
    rating=document(
        required=["average", "count"],
        average=number(at_most=5),
        count=whole(),
        distribution=list_of(whole(), at_most=5),
        version=whole(),
    ),
    version=whole(at_least=1),
    created_at=date(),
    updated_at=date(),
    deleted_at=optional(date()),
)

_AT_MOST_ONE_DEFAULT: Final[Schema] = {
    "$expr": {
        "$lte": [
            {
                "$size": {
                    "$filter": {"input": {"$ifNull": ["$variants", []]}, "cond": "$$this.is_default"},
                },
            },
            1,
        ]
    }
}

# What is sold is a variant: a draft may still be without one, an active product may not.
_ACTIVE_HAS_A_VARIANT: Final[Schema] = {
    "$expr": {"$or": [{"$ne": ["$status", "active"]}, {"$gte": [size("variants"), 1]}]}
}

# A deleted product is not published. So what a shopper may see is two equalities, active and published: a third on
# `deleted_at: null` would make the server scan twice, for null and for absent, and fetch every document it counts.
_DELETED_IS_NOT_PUBLISHED: Final[Schema] = {"$or": [{"deleted_at": None}, {"is_published": False}]}
_VISIBLE: Final = [("status", ASCENDING), ("is_published", ASCENDING)]


def _listing(name: str, *keys: tuple[str, int]) -> IndexModel:
    """An index for one order of the shop's lists: what is visible, the sort key, `_id` to break ties."""
    direction = keys[-1][1]
    return IndexModel([*_VISIBLE, *keys, ("_id", direction)], name=name)


def _listing_within(name: str, field: str, *keys: tuple[str, int]) -> IndexModel:
    """The same within one category, brand, seller or tag."""
    direction = keys[-1][1]
    return IndexModel([(field, ASCENDING), *_VISIBLE, *keys, ("_id", direction)], name=name)


PRODUCTS_SPEC: Final = CollectionSpec(
    name=PRODUCTS,
    validator={
        "$and": [
            {"$jsonSchema": _PRODUCT},
            no_duplicates("variants.id"),
            no_duplicates("variants.sku"),
            no_duplicates("images.id"),
            _AT_MOST_ONE_DEFAULT,
            _ACTIVE_HAS_A_VARIANT,
            _DELETED_IS_NOT_PUBLISHED,
        ]
    },
    indexes=(
        # Seed 000, by the names the server gives them.
        IndexModel([("sku", ASCENDING)], unique=True),
        IndexModel([("slug", ASCENDING)], unique=True),
        IndexModel(
            [("name", TEXT), ("description", TEXT), ("tags", TEXT)],
            weights={"name": 10, "tags": 5, "description": 1},
        ),
        IndexModel([("category_id", ASCENDING)]),
        IndexModel([("status", ASCENDING), ("is_published", ASCENDING)]),
        IndexModel([("price", ASCENDING)]),
        IndexModel([("created_at", DESCENDING)]),
        IndexModel([("rating.average", DESCENDING)]),
        # Lookups by a variant's keys. Partial: products without variants would all share the key null.
        IndexModel(
            [("variants.id", ASCENDING)],
            unique=True,
            partialFilterExpression={"variants.id": {"$exists": True}},
        ),
        IndexModel(
            [("variants.sku", ASCENDING)],
            unique=True,
            partialFilterExpression={"variants.sku": {"$exists": True}},
        ),
        # One SKU means one thing, a product's or a variant's. Partial: products written before have no such list.
        IndexModel([("skus", ASCENDING)], unique=True, partialFilterExpression={"skus": {"$exists": True}}),
        # Counts what shoppers may see by now, without a look at the products.
        IndexModel([*_VISIBLE, ("published_at", ASCENDING)], name="visible_by_publication"),
        # The shop's lists, paged by keyset. An index is read from either end, so each serves both directions.
        _listing("listing_by_age", ("created_at", DESCENDING)),
        _listing("listing_by_price", ("price", ASCENDING)),
        _listing("listing_by_rating", ("rating.average", DESCENDING)),
        _listing("listing_by_name", ("name", ASCENDING)),
        _listing_within("category_by_age", "category_path", ("created_at", DESCENDING)),
        _listing_within("category_by_price", "category_path", ("price", ASCENDING)),
        _listing_within("category_by_rating", "category_path", ("rating.average", DESCENDING)),
        _listing_within("category_by_name", "category_path", ("name", ASCENDING)),
        _listing_within("brand_by_age", "brand_id", ("created_at", DESCENDING)),
        _listing_within("brand_by_price", "brand_id", ("price", ASCENDING)),
        _listing_within("tag_by_age", "tags", ("created_at", DESCENDING)),
        _listing_within("seller_by_age", "seller_id", ("created_at", DESCENDING)),
        IndexModel(
            [*_VISIBLE, ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="featured_by_age",
            partialFilterExpression={"is_featured": True},
        ),
        # The staff's list: whatever the status.
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)], name="all_by_age"),
        # Words of a search, whole ones and beginnings; and the products that have no words yet.
        IndexModel([("search.terms", ASCENDING), *_VISIBLE], name="by_search_term"),
        # Filters and facets by attribute.
        IndexModel([("attributes.name", ASCENDING), ("attributes.value", ASCENDING)], name="by_attribute"),
        IndexModel(
            [("variants.attributes.name", ASCENDING), ("variants.attributes.value", ASCENDING)],
            name="by_variant_attribute",
        ),
    ),
)
