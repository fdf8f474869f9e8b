"""The product service's orders, and its reads that are more than a condition as MongoDB pipelines."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from datasources.core.document_paging import (
    keyset_match,
    keyset_sort,
    parse_float,
    parse_object_id,
)
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_decimal, parse_text, parse_time
from datasources.products.documents import PRODUCTS
from datasources.products.filters import visible_at
from datasources.products.search_words import search_score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bson.objectid import ObjectId

    from datasources.core.documents import Document
    from datasources.core.paging import Window

    Pipeline = list[dict[str, Any]]

_CREATED = SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at"))
_PRICE = SortKey(column="price", parse=parse_decimal, value=attrgetter("price"))
_RATING = SortKey(column="rating.average", parse=parse_float, value=attrgetter("rating.stored_average"))
_NAME = SortKey(column="name", parse=parse_text, value=attrgetter("name"))
_SCORE = SortKey(column="search_score", parse=parse_float, value=attrgetter("search_score"))
_ID = SortKey(column="_id", parse=parse_object_id, value=attrgetter("id"))

# Products and reviews share it.
NEWEST = ListOrder(name="newest", keys=(_CREATED, _ID), descending=True)
PRICE_ASC = ListOrder(name="price_asc", keys=(_PRICE, _ID), descending=False)
PRICE_DESC = ListOrder(name="price_desc", keys=(_PRICE, _ID), descending=True)
RATING_DESC = ListOrder(name="rating_desc", keys=(_RATING, _ID), descending=True)
NAME_ASC = ListOrder(name="name_asc", keys=(_NAME, _ID), descending=False)
RELEVANCE = ListOrder(name="relevance", keys=(_SCORE, _ID), descending=True)
PRODUCT_ORDERS = {
    order.name: order for order in (NEWEST, PRICE_ASC, PRICE_DESC, RATING_DESC, NAME_ASC, RELEVANCE)
}

BRANDS_BY_NAME = ListOrder(name="brands_by_name", keys=(_NAME, _ID), descending=False)


def count(conditions: Mapping[str, Any]) -> Pipeline:
    """How many documents meet the conditions: a document `{count}`, or none for none."""
    return [{"$match": conditions}, {"$count": "count"}]


def related_products(
    products: Sequence[ObjectId], kinds: Sequence[str] | None, fields: Sequence[str]
) -> Pipeline:
    """The visible products that these are related to: a document `{product_id, relation_type, related: [...]}` each.

    `fields` are those of the related products.
    """
    chosen: Document = {"product_id": {"$in": products}}
    if kinds is not None:
        chosen["relation_type"] = {"$in": kinds}
    # A plain lookup with the rest after it: a pipeline inside would cost three times as much per relation.
    return [
        {"$match": chosen},
        {"$sort": {"display_order": 1, "_id": 1}},
        {
            "$lookup": {
                "from": PRODUCTS,
                "localField": "related_product_id",
                "foreignField": "_id",
                "as": "related",
            }
        },
        {"$match": {f"related.{field}": value for field, value in visible_at(datetime.now(UTC)).items()}},
        {
            "$project": {
                "product_id": 1,
                "relation_type": 1,
                **{f"related.{field}": 1 for field in ("_id", *fields)},
            }
        },
    ]


def most_relevant(
    conditions: Mapping[str, Any], text: str, window: Window, fields: Sequence[str]
) -> Pipeline:
    """A window of what a search for this text finds, the best matches first; `fields` are those of the products."""
    return [
        {"$match": conditions},
        {"$addFields": {"search_score": search_score(text)}},
        {"$match": keyset_match(RELEVANCE, window)},
        {"$sort": dict(keyset_sort(RELEVANCE, window))},
        {"$limit": window.size + 1},
        {"$project": dict.fromkeys((*fields, "search_score"), 1)},
    ]
