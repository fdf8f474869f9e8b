"""Which fields of its documents the product service asks for, and the documents as records."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter, methodcaller
from typing import TYPE_CHECKING

from datasources.core.document_values import amount, amount_or_none
from datasources.core.records import Part, Projection, project
from datasources.products.details import rating_of, seo_of
from datasources.products.records import Brand, Category, Product, Review, ReviewResponse

if TYPE_CHECKING:
    from bson.objectid import ObjectId

    from datasources.core.documents import Document

# What a variant is read from: what it is, and what it shares with its product. Never what it costs the shop.
VARIANT_FIELDS = (
    *("currency", "status", "is_published", "published_at", "images"),
    *(
        f"variants.{field}"
        for field in (
            "id",
            "sku",
            "name",
            "price",
            "compare_at_price",
            "weight",
            "barcode",
            "attributes",
            "image_ids",
            "is_default",
            "is_active",
        )
    ),
)

# What every product has, whatever will be read of it: its keys, what lists are sorted by, whether shoppers may see it,
# and what fields take of it that the plan of an operation does not tell (those with an object of their own, relations).
_ALWAYS_OF_PRODUCTS = (
    "id",
    "name",
    "slug",
    "created_at",
    "parts",
    "search_score",
)


def _field(name: str) -> Part:
    return Part(fields=(name,), read=itemgetter(name))


def _optional(name: str) -> Part:
    return Part(fields=(name,), read=methodcaller("get", name))


def _optional_amount(name: str) -> Part:
    return Part(fields=(name,), read=lambda document: amount_or_none(document.get(name)))


_ID = Part(fields=("_id",), read=lambda document: str(document["_id"]))

_PRODUCT_PARTS = {
    "id": _ID,
    "sku": _field("sku"),
    "name": _field("name"),
    "slug": _field("slug"),
    "description": _optional("description"),
    "short_description": _optional("short_description"),
    "long_description": _optional("long_description"),
    "kind": Part(fields=("product_type",), read=itemgetter("product_type")),
    "currency": _field("currency"),
    "price": Part(fields=("price",), read=lambda document: amount(document["price"])),
    "compare_at_price": _optional_amount("compare_at_price"),
    "discount_percentage": _optional_amount("discount_percentage"),
    "category_id": Part(fields=("category_id",), read=lambda document: str(document["category_id"])),
    "brand_id": Part(fields=("brand_id",), read=lambda document: _key_or_none(document.get("brand_id"))),
    "status": _field("status"),
    "is_featured": _field("is_featured"),
    "is_published": _field("is_published"),
    "published_at": _optional("published_at"),
    "rating": Part(
        fields=("rating.average", "rating.count", "rating.distribution"),
        read=lambda document: rating_of(document["rating"]),
    ),
    "version": _field("version"),
    "created_at": _field("created_at"),
    "updated_at": _field("updated_at"),
    "search_score": Part(fields=(), read=lambda document: document.get("search_score", 0.0)),
    # Where shoppers may see it stands there, too.
    "parts": Part(fields=("status", "is_published", "published_at"), read=lambda document: document),
    "availability": Part(fields=("stock", "in_stock", "backorder")),
    "seller_id": Part(fields=("seller_id",)),
    # What the record reads of `parts`: most of a document, and seldom wanted together.
    "tags": Part(fields=("tags",)),
    # Not their ids: nobody asks for them, and making a UUID costs as much as the rest of a picture.
    "images": Part(fields=("images.url", "images.alt_text", "images.is_primary", "images.order")),
    "attributes": Part(fields=("attributes",)),
    "options": Part(fields=("options",)),
    "variants": Part(fields=VARIANT_FIELDS),
    "specifications": Part(fields=("specifications",)),
    "seo": Part(fields=("seo",)),
}

CATEGORY_FIELDS = (
    "name",
    "slug",
    "description",
    "parent_id",
    "path",
    "level",
    "order",
    "image",
    "seo",
    "is_active",
    "version",
)

BRAND_FIELDS = ("name", "slug", "description", "logo_url", "website_url", "seo", "is_active", "version")

# What every review has: its keys, what lists are sorted by, whether everybody may read it, and what is told to staff.
_ALWAYS_OF_REVIEWS = ("id", "product_id", "user_key", "status", "reported_count", "created_at")

# Who moderated a review is the moderators' business.
_REVIEW_PARTS = {
    "id": _ID,
    "product_id": Part(fields=("product_id",), read=lambda document: str(document["product_id"])),
    "user_key": Part(fields=("user_id",), read=itemgetter("user_id")),
    "user_id": Part(fields=("user_id",)),
    "rating": _field("rating"),
    "title": _optional("title"),
    "comment": _optional("comment"),
    "images": Part(fields=("images",), read=lambda document: tuple(document.get("images", ()))),
    "is_verified_purchase": Part(fields=("verified_purchase",), read=itemgetter("verified_purchase")),
    "helpful_count": _field("helpful_count"),
    "reported_count": _field("reported_count"),
    "status": _field("status"),
    "rejection_reason": Part(
        fields=("moderation.reason",),
        read=lambda document: (document.get("moderation") or {}).get("reason"),
    ),
    "version": _field("version"),
    "response": Part(
        fields=("response.text", "response.responded_at"),
        read=lambda document: _response_of(document.get("response")),
    ),
    "created_at": _field("created_at"),
    "updated_at": _field("updated_at"),
}


@lru_cache
def product_fields(read: frozenset[str] | None) -> Projection[Product]:
    """The products of an operation that will read just these attributes; all where that is not known."""
    attributes = (
        _PRODUCT_PARTS if read is None else (*_ALWAYS_OF_PRODUCTS, *sorted(read & _PRODUCT_PARTS.keys()))
    )
    return project(Product, _PRODUCT_PARTS, attributes)


@lru_cache
def review_fields(read: frozenset[str] | None) -> Projection[Review]:
    """The reviews of an operation that will read just these attributes; all where that is not known."""
    attributes = (
        _REVIEW_PARTS if read is None else (*_ALWAYS_OF_REVIEWS, *sorted(read & _REVIEW_PARTS.keys()))
    )
    return project(Review, _REVIEW_PARTS, attributes)


ALL_OF_PRODUCTS = product_fields(None)
ALL_OF_REVIEWS = review_fields(None)


def category_of(document: Document) -> Category:
    """The record of a document of `categories`."""
    parent, seo = document["parent_id"], document.get("seo")
    return Category(
        id=str(document["_id"]),
        name=document["name"],
        slug=document["slug"],
        description=document.get("description"),
        parent_id=None if parent is None else str(parent),
        path=tuple(str(ancestor) for ancestor in document["path"]),
        level=document["level"],
        position=document["order"],
        image=document.get("image"),
        seo=seo_of(seo) if seo else None,
        is_visible=document["is_active"],
        version=document["version"],
    )


def brand_of(document: Document) -> Brand:
    """The record of a document of `brands`."""
    seo = document.get("seo")
    return Brand(
        id=str(document["_id"]),
        name=document["name"],
        slug=document["slug"],
        description=document.get("description"),
        logo_url=document.get("logo_url"),
        website_url=document.get("website_url"),
        seo=seo_of(seo) if seo else None,
        is_visible=document["is_active"],
        version=document["version"],
    )


def _key_or_none(found: ObjectId | None) -> str | None:
    return None if found is None else str(found)


def _response_of(response: Document | None) -> ReviewResponse | None:
    return ReviewResponse(text=response["text"], responded_at=response["responded_at"]) if response else None
