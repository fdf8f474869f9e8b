"""What the filters of products, brands and reviews stand for in MongoDB."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bson.errors import InvalidId
from bson.objectid import ObjectId

from datasources.core.document_values import exact, object_id_or_none
from datasources.core.filters import conditions_set
from datasources.products.documents import BRANDS, CATEGORIES
from datasources.products.search_words import search_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import AttributeChoice, BrandFilter, ProductFilter, ReviewFilter

# What shoppers may see once its time has come. A deleted product is never published, so that two equalities and a time
# say it all.
VISIBLE: Final[dict[str, Any]] = {"status": "active", "is_published": True}
NOT_DELETED: Final[dict[str, Any]] = {"deleted_at": None}


async def product_conditions(database: DocumentDatabase, wanted: ProductFilter) -> Document:
    """The condition that a product filter stands for; slugs are looked up.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    return conditions_with(wanted, await ids_of_slugs(database, wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlugIds:
    """Whose the slugs of a product filter are; None where it has none of that kind."""

    categories: Sequence[ObjectId] | None
    brands: Sequence[ObjectId] | None


async def ids_of_slugs(database: DocumentDatabase, wanted: ProductFilter) -> SlugIds:
    """Look the slugs of a product filter up.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    categories, brands = await asyncio.gather(
        _ids_of_slugs(
            database, CATEGORIES, None if wanted.category_slug is None else (wanted.category_slug,)
        ),
        _ids_of_slugs(database, BRANDS, wanted.brand_slugs),
    )
    return SlugIds(categories=categories, brands=brands)


def conditions_with(wanted: ProductFilter, slugs: SlugIds) -> Document:
    """The condition that a product filter stands for, with what its slugs are."""
    conditions = [visible_at(datetime.now(UTC)) if wanted.visible_only else NOT_DELETED]
    if slugs.categories is not None:
        conditions.append({"category_path": {"$in": slugs.categories}})
    if slugs.brands is not None:
        conditions.append({"brand_id": {"$in": slugs.brands}})
    values = conditions_set(wanted)
    conditions += [condition(values[name]) for name, condition in _CONDITIONS.items() if name in values]
    return {"$and": conditions}


def visible_at(now: datetime) -> Document:
    """What shoppers may see at this time. A scheduled product is published already, from a time to come on: it needs
    nobody to publish it. Without a time it is published from ever on.
    """
    return {**VISIBLE, "published_at": {"$not": {"$gt": now}}}


def brand_conditions(wanted: BrandFilter) -> Document:
    """The condition that a brand filter stands for."""
    return {"is_active": True} if wanted.visible_only else {}


def review_conditions(wanted: ReviewFilter) -> Document:
    """The condition that a review filter stands for."""
    conditions: list[Document] = []
    if wanted.approved_only:
        approved = {"status": "approved"}
        conditions.append(approved if wanted.author is None else _approved_or_by(str(wanted.author)))
    if wanted.statuses is not None:
        conditions.append({"status": {"$in": wanted.statuses}})
    if wanted.ratings is not None:
        conditions.append({"rating": {"$in": wanted.ratings}})
    if wanted.is_verified_purchase is not None:
        conditions.append({"verified_purchase": wanted.is_verified_purchase})
    if wanted.is_reported is not None:
        conditions.append({"reported_count": {"$gt": 0} if wanted.is_reported else 0})
    return {"$and": conditions} if conditions else {}


def _approved_or_by(author: str) -> Document:
    # Not an $or: the planner would read all approved reviews there are to count the author's own.
    return {"$nor": [{"status": {"$ne": "approved"}, "user_id": {"$ne": author}}]}


def object_ids(keys: Sequence[str]) -> list[ObjectId]:
    """The keys that can be a document's; the others are nobody's."""
    with suppress(InvalidId):
        return [ObjectId(key) for key in keys]  # nearly always all of them, and then not worth asking first
    return [found for found in map(object_id_or_none, keys) if found is not None]


async def _ids_of_slugs(
    database: DocumentDatabase, collection: str, slugs: Sequence[str] | None
) -> list[ObjectId] | None:
    if slugs is None:
        return None
    found = await database.find(collection, {"slug": {"$in": slugs}}, fields=("_id",))
    return [document["_id"] for document in found]


def _is_in_stock(wanted: bool) -> Document:
    """On hand or on backorder: whether it can be bought now."""
    if wanted:
        return {"$or": [{"in_stock": True}, {"backorder": True}]}
    return {"in_stock": False, "backorder": False}


def _has_attributes(choices: Sequence[AttributeChoice]) -> Document:
    return {"$and": [_has_attribute(choice) for choice in choices]}


def _has_attribute(choice: AttributeChoice) -> Document:
    attribute = {"$elemMatch": {"name": choice.name, "value": {"$in": choice.values}}}
    sold = {"$elemMatch": {"is_active": True, "attributes": attribute}}
    return {"$or": [{"attributes": attribute}, {"variants": sold}]}


_CONDITIONS: Final[dict[str, Callable[[Any], Document]]] = {
    "search": search_conditions,
    "category_id": lambda key: {"category_path": {"$in": object_ids([key])}},
    "category_ids": lambda keys: {"category_path": {"$in": object_ids(keys)}},
    "brand_ids": lambda keys: {"brand_id": {"$in": object_ids(keys)}},
    "price_from": lambda price: {"price": {"$gte": exact(price)}},
    "price_to": lambda price: {"price": {"$lte": exact(price)}},
    "rating_from": lambda average: {"rating.average": {"$gte": average}},
    "tags": lambda tags: {"tags": {"$in": tags}},
    "in_stock": _is_in_stock,
    "is_featured": lambda wanted: {"is_featured": wanted},
    "attributes": _has_attributes,
    "statuses": lambda statuses: {"status": {"$in": statuses}},
    "created_from": lambda moment: {"created_at": {"$gte": moment}},
    "created_before": lambda moment: {"created_at": {"$lt": moment}},
}
