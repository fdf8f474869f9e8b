"""Products by hand: one by its slug, the newest hundred with their reviews, and those of an order's items."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from bson.objectid import ObjectId

from bench.floor.databases import aggregate, fetch, find
from datasources.inventory import statements as inventory
from datasources.products.documents import (
    BRANDS,
    CATEGORIES,
    PRODUCT_REVIEWS,
    PRODUCTS,
    REVIEW_STATUSES,
)
from datasources.products.filters import NOT_DELETED, visible_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.floor.databases import Databases
    from resolvers.permissions import Viewer

    Json = dict[str, Any]

# Nothing else is asked of MongoDB: whole products take longer to decode than everything else here together, and the
# driver longer to turn a Decimal128 into text than the server.
_TINY_FIELDS: Json = {"name": 1, "slug": 1, "currency": 1, "price": {"$toString": "$price"}}
_PRODUCT_FIELDS: Json = {
    **_TINY_FIELDS,
    **dict.fromkeys(("brand_id", "category_id", "images.url", "images.alt_text", "images.order"), 1),
}
_LISTED_FIELDS: Json = {**_PRODUCT_FIELDS, "rating": 1, "created_at": 1}
_NAME_FIELDS: Json = {"name": 1, "is_active": 1}
_NEWEST = [("created_at", -1), ("_id", -1)]
_REVIEWS = 3


async def find_product(databases: Databases, _viewer: Viewer, parameters: Mapping[str, str]) -> Json:
    """The product that shoppers see under a slug."""
    where = {"slug": parameters["slug"], **visible_at(datetime.now(UTC))}
    found = await find(databases, PRODUCTS, where, _TINY_FIELDS, limit=1)
    if not found:
        return {"product": None}
    (product,) = found
    return {"product": {"name": product["name"], "slug": product["slug"], "price": _price(product)}}


async def list_products(databases: Databases, viewer: Viewer, parameters: Mapping[str, str]) -> Json:
    """The newest products, as many as `first` says, with the newest reviews that the viewer may read."""
    first = int(parameters["first"])
    found = await find(
        databases, PRODUCTS, visible_at(datetime.now(UTC)), _LISTED_FIELDS, sort=_NEWEST, limit=first + 1
    )
    documents = found[:first]
    (brands, categories), stock, reviews = await asyncio.gather(
        _names(databases, documents),
        _stock(databases, [str(document["_id"]) for document in documents]),
        _reviews(databases, documents, viewer),
    )
    nodes = [
        {
            "id": _encode(f"Product:{document['_id']}".encode()),
            "name": document["name"],
            "slug": document["slug"],
            "price": _price(document),
            "images": _images(document),
            "rating": _rating(document["rating"]),
            "brand": brands.get(document.get("brand_id")),
            "category": categories.get(document["category_id"]),
            "stock": stock.get(str(document["_id"])),
            "reviews": {"nodes": reviews[document["_id"]]},
        }
        for document in documents
    ]
    end = _cursor(documents[-1]) if documents else None
    return {"products": {"nodes": nodes, "pageInfo": {"hasNextPage": len(found) > first, "endCursor": end}}}


async def products_by_id(databases: Databases, keys: Sequence[str]) -> dict[str, Json]:
    """The products of an order's items by their keys, with brand, category and stock."""
    documents, stock = await asyncio.gather(
        find(
            databases,
            PRODUCTS,
            {"_id": {"$in": [ObjectId(key) for key in keys]}, **NOT_DELETED},
            _PRODUCT_FIELDS,
        ),
        _stock(databases, keys),
    )
    brands, categories = await _names(databases, documents)
    return {
        (key := str(document["_id"])): {
            "name": document["name"],
            "slug": document["slug"],
            "price": _price(document),
            "brand": brands.get(document.get("brand_id")),
            "category": categories.get(document["category_id"]),
            "stock": stock.get(key),
            "images": _images(document),
        }
        for document in documents
    }


async def _names(
    databases: Databases, documents: Iterable[Json]
) -> tuple[dict[ObjectId | None, Json], dict[ObjectId | None, Json]]:
    """The visible brands and categories of products, by their keys."""
    brands, categories = await asyncio.gather(
        find(databases, BRANDS, _distinct(documents, "brand_id"), _NAME_FIELDS),
        find(databases, CATEGORIES, _distinct(documents, "category_id"), _NAME_FIELDS),
    )
    brand_of, category_of = (
        {document["_id"]: {"name": document["name"]} for document in found if document["is_active"]}
        for found in (brands, categories)
    )
    return brand_of, category_of


async def _stock(databases: Databases, keys: Sequence[str]) -> dict[str, Json]:
    rows = await fetch("inventory", databases.inventory, inventory.STOCK_BY_PRODUCT.text, keys)
    return {
        row["key"]: {
            "available": row["available"],
            "isInStock": row["available"] > 0 or row["allows_backorder"],
        }
        for row in rows
    }


async def _reviews(
    databases: Databases, documents: Sequence[Json], viewer: Viewer
) -> dict[ObjectId, list[Json]]:
    may_read = {"$or": [{"status": "approved"}, {"user_id": str(viewer.user_id)}]}
    within: list[Json] = [
        {"$match": {"$and": [{"status": {"$in": REVIEW_STATUSES}}, may_read]}},
        {"$sort": dict(_NEWEST)},
        {"$limit": _REVIEWS},
        {"$project": {"_id": 0, "rating": 1, "title": 1, "createdAt": "$created_at"}},
    ]
    lookup = {"from": PRODUCT_REVIEWS, "localField": "_id", "foreignField": "product_id", "as": "found"}
    groups = await aggregate(
        databases,
        [
            {"$documents": [{"_id": document["_id"]} for document in documents]},
            {"$lookup": {**lookup, "pipeline": within}},
        ],
    )
    return {group["_id"]: group["found"] for group in groups}


def _price(document: Json) -> Json:
    return {"amount": document["price"], "currencyCode": document["currency"]}


def _images(document: Json) -> list[Json]:
    return [
        {"url": image["url"], "altText": image.get("alt_text")}
        for image in sorted(document["images"], key=itemgetter("order"))
    ]


def _rating(rating: Json) -> Json:
    return {"average": rating["average"] if rating["count"] else None, "count": rating["count"]}


def _distinct(documents: Iterable[Json], field: str) -> Json:
    keys = {key for document in documents if (key := document.get(field)) is not None}
    return {"_id": {"$in": list(keys)}}


def _cursor(document: Json) -> str:
    return _encode(orjson.dumps(["newest", document["created_at"].isoformat(), str(document["_id"])]))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
