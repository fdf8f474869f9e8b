"""Which fields of its documents the product service asks for, and the documents as records."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from datasources.core.document_values import amount, amount_or_none
from datasources.products.details import Rating, seo_of
from datasources.products.records import Brand, Category, Product, Review, ReviewResponse

if TYPE_CHECKING:
    from datasources.core.documents import Document

# What a variant is read from: what it is, and what it shares with its product. Never what it costs the shop.
VARIANT_FIELDS = (
    *("currency", "status", "is_published", "images"),
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

# The small fields of a product, which every record of one has.
_BRIEF_FIELDS = (
    "sku",
    "name",
    "slug",
    "product_type",
    "currency",
    "price",
    "compare_at_price",
    "discount_percentage",
    "category_id",
    "brand_id",
    "status",
    "is_featured",
    "is_published",
    "published_at",
    "rating",
    "created_at",
    "updated_at",
)

# Texts, lists and details, by the attribute that they are read for: most of a document, and seldom wanted together.
_DETAILS = {
    "description": ("description",),
    "short_description": ("short_description",),
    "long_description": ("long_description",),
    "tags": ("tags",),
    "images": ("images",),
    "attributes": ("attributes",),
    "options": ("options",),
    "variants": VARIANT_FIELDS,
    "specifications": ("specifications",),
    "seo": ("seo",),
}

PRODUCT_FIELDS = tuple(dict.fromkeys((*_BRIEF_FIELDS, *chain.from_iterable(_DETAILS.values()))))

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
)

BRAND_FIELDS = ("name", "slug", "description", "logo_url", "website_url", "seo", "is_active")

# Who moderated a review and how often it was reported is the moderators' business.
REVIEW_FIELDS = (
    "product_id",
    "user_id",
    "rating",
    "title",
    "comment",
    "images",
    "verified_purchase",
    "helpful_count",
    "status",
    "response.text",
    "response.responded_at",
    "created_at",
    "updated_at",
)


@lru_cache
def product_fields(read: frozenset[str] | None) -> tuple[str, ...]:
    """The fields to ask for where just these attributes of products will be read; all where that is not known."""
    if read is None:
        return PRODUCT_FIELDS
    wanted = (fields for attribute, fields in _DETAILS.items() if attribute in read)
    return tuple(dict.fromkeys((*_BRIEF_FIELDS, *chain.from_iterable(wanted))))


def product_of(document: Document) -> Product:
    """The record of a document of `products`."""
    brand = document.get("brand_id")
    rating = document["rating"]
    return Product(
        id=str(document["_id"]),
        sku=document["sku"],
        name=document["name"],
        slug=document["slug"],
        description=document.get("description"),
        short_description=document.get("short_description"),
        long_description=document.get("long_description"),
        kind=document["product_type"],
        currency=document["currency"],
        price=amount(document["price"]),
        compare_at_price=amount_or_none(document.get("compare_at_price")),
        discount_percentage=amount_or_none(document.get("discount_percentage")),
        category_id=str(document["category_id"]),
        brand_id=None if brand is None else str(brand),
        status=document["status"],
        is_featured=document["is_featured"],
        is_published=document["is_published"],
        published_at=document.get("published_at"),
        rating=Rating(stored_average=float(rating["average"]), count=rating["count"]),
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        parts=document,
        search_score=document.get("search_score", 0.0),
    )


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
    )


def review_of(document: Document) -> Review:
    """The record of a document of `product_reviews`."""
    response = document.get("response")
    return Review(
        id=str(document["_id"]),
        product_id=str(document["product_id"]),
        user_id=UUID(document["user_id"]),
        rating=document["rating"],
        title=document.get("title"),
        comment=document.get("comment"),
        images=tuple(document.get("images", ())),
        is_verified_purchase=document["verified_purchase"],
        helpful_count=document["helpful_count"],
        status=document["status"],
        response=ReviewResponse(text=response["text"], responded_at=response["responded_at"])
        if response
        else None,
        created_at=document["created_at"],
        updated_at=document["updated_at"],
    )
