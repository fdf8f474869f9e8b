"""What the product service gives out: products with their variants, categories, brands and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from datasources.core.document_values import amount, amount_or_none
from datasources.core.records import row_record
from datasources.products.details import (
    Attribute,
    Image,
    Option,
    Rating,
    Seo,
    Specifications,
    attributes_of,
    image_of,
    seo_of,
    specifications_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

ProductStatus = Literal["draft", "active", "inactive", "archived"]
ProductType = Literal["simple", "configurable", "bundle"]
RelationKind = Literal["cross_sell", "up_sell", "related"]
Availability = Literal["in_stock", "backorder", "out_of_stock"]
ReviewStatus = Literal["pending", "approved", "rejected"]


@row_record
class ProductVariant:
    """What is sold: one choice of a product's options. Prices are in `currency`, the weight in kilograms.

    `is_visible` says whether it and its product are on sale.
    """

    id: UUID
    product_id: str
    sku: str
    name: str | None
    currency: str
    price: Decimal
    compare_at_price: Decimal | None
    weight: Decimal | None
    barcode: str | None
    attributes: tuple[Attribute, ...]
    images: tuple[Image, ...]
    is_default: bool
    is_active: bool
    is_visible: bool


@row_record
class Product:
    """A product. Prices are in `currency`; `parts` are its lists and details, parsed when they are read.

    `search_score` is how well it answers the search that found it; 0 outside of one.
    """

    id: str
    sku: str
    name: str
    slug: str
    description: str | None
    short_description: str | None
    long_description: str | None
    kind: ProductType
    currency: str
    price: Decimal
    compare_at_price: Decimal | None
    discount_percentage: Decimal | None
    category_id: str
    brand_id: str | None
    status: ProductStatus
    is_featured: bool
    is_published: bool
    published_at: datetime | None
    rating: Rating
    version: int
    created_at: datetime
    updated_at: datetime
    parts: Mapping[str, Any]
    search_score: float = 0.0

    @property
    def is_visible(self) -> bool:
        """Whether shoppers may see it."""
        return _is_visible(self.parts)

    @property
    def availability(self) -> Availability:
        """Whether it can be bought now, as the product's own document has it from the inventory."""
        if self.parts["stock"] > 0:
            return "in_stock"
        return "backorder" if self.parts["backorder"] else "out_of_stock"

    @property
    def seller_id(self) -> UUID | None:
        """Who offers it in the marketplace; None for the shop itself."""
        found = self.parts.get("seller_id")
        return None if found is None else UUID(found)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that it is found by."""
        return tuple(self.parts["tags"])

    @property
    def images(self) -> tuple[Image, ...]:
        """Its pictures in the order they are shown."""
        return _images(self.parts)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Qualities that all of its variants share."""
        return attributes_of(self.parts["attributes"])

    @property
    def options(self) -> tuple[Option, ...]:
        """What its variants differ in."""
        return tuple(
            Option(name=option["name"], values=tuple(option["values"])) for option in self.parts["options"]
        )

    @property
    def variants(self) -> tuple[ProductVariant, ...]:
        """The variants that are sold."""
        return tuple(variant for variant in self.all_variants if variant.is_active)

    @property
    def all_variants(self) -> tuple[ProductVariant, ...]:
        """Every variant, on sale or not."""
        return variants_of(self.parts)

    @property
    def specifications(self) -> Specifications | None:
        """Technical facts."""
        found = self.parts.get("specifications")
        return specifications_of(found) if found else None

    @property
    def seo(self) -> Seo | None:
        """What its page tells search engines."""
        found = self.parts.get("seo")
        return seo_of(found) if found else None


@row_record
class Category:
    """A node of the category tree; `path` holds its ancestors' ids from the root down, and `level` counts them."""

    id: str
    name: str
    slug: str
    description: str | None
    parent_id: str | None
    path: tuple[str, ...]
    level: int
    position: int
    image: str | None
    seo: Seo | None
    is_visible: bool
    version: int


@row_record
class Brand:
    """Who makes a product."""

    id: str
    name: str
    slug: str
    description: str | None
    logo_url: str | None
    website_url: str | None
    seo: Seo | None
    is_visible: bool
    version: int


@row_record
class ReviewResponse:
    """The shop's answer to a review."""

    text: str
    responded_at: datetime


@row_record
class Review:
    """What a customer says about a product; `rating` is 1 to 5, `user_key` a UUID that is parsed when it is read.

    `reported_count` is of reports that staff have not decided on.
    """

    id: str
    product_id: str
    user_key: str
    rating: int
    title: str | None
    comment: str | None
    images: tuple[str, ...]
    is_verified_purchase: bool
    helpful_count: int
    reported_count: int
    status: ReviewStatus
    rejection_reason: str | None
    version: int
    response: ReviewResponse | None
    created_at: datetime
    updated_at: datetime

    @property
    def user_id(self) -> UUID:
        """Who wrote it."""
        return UUID(self.user_key)

    @property
    def is_approved(self) -> bool:
        """Whether everybody may read it."""
        return self.status == "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChoice:
    """A condition on one attribute: on the product itself or on a variant that is sold, with one of these values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products a list holds; what is None does not matter. Deleted products are in no list.

    A category stands for everything below it as well. `visible_only` leaves what shoppers may see.
    """

    visible_only: bool = True
    search: str | None = None
    category_id: str | None = None
    category_ids: tuple[str, ...] | None = None
    category_slug: str | None = None
    brand_ids: tuple[str, ...] | None = None
    brand_slugs: tuple[str, ...] | None = None
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    rating_from: float | None = None
    tags: tuple[str, ...] | None = None
    in_stock: bool | None = None
    is_featured: bool | None = None
    attributes: tuple[AttributeChoice, ...] | None = None
    statuses: tuple[str, ...] | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFilter:
    """Which brands a list holds."""

    visible_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which reviews a list holds; what is None does not matter.

    `approved_only` leaves what everybody may read, and beside it whatever `author` wrote.
    """

    approved_only: bool = True
    author: UUID | None = None
    statuses: tuple[str, ...] | None = None
    ratings: tuple[int, ...] | None = None
    is_verified_purchase: bool | None = None
    is_reported: bool | None = None


def variants_of(product: Mapping[str, Any]) -> tuple[ProductVariant, ...]:
    """The records of a product document's variants, on sale or not, in their order."""
    key, currency, is_visible = str(product["_id"]), product["currency"], _is_visible(product)
    images = {image.id: image for image in _images(product)}
    return tuple(
        ProductVariant(
            id=variant["id"],
            product_id=key,
            sku=variant["sku"],
            name=variant.get("name"),
            currency=currency,
            price=amount(variant["price"]),
            compare_at_price=amount_or_none(variant.get("compare_at_price")),
            weight=amount_or_none(variant.get("weight")),
            barcode=variant.get("barcode"),
            attributes=attributes_of(variant["attributes"]),
            images=tuple(images[image] for image in variant.get("image_ids", ()) if image in images),
            is_default=variant["is_default"],
            is_active=variant["is_active"],
            is_visible=variant["is_active"] and is_visible,
        )
        for variant in product["variants"]
    )


def _is_visible(product: Mapping[str, Any]) -> bool:
    if not product["is_published"] or product["status"] != "active":
        return False
    since = product.get("published_at")
    return since is None or since <= datetime.now(UTC)


_BY_ORDER = itemgetter("order")


def _images(product: Mapping[str, Any]) -> tuple[Image, ...]:
    return tuple([image_of(image) for image in sorted(product["images"], key=_BY_ORDER)])
