"""Products as ProductDb keeps them, with the projections of stock and rating, and what points from one to another."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bson.decimal128 import Decimal128

from datasources.products.reviews.ratings import rating_document
from datasources.products.search_words import search_fields
from datasources.seeds.catalogue import brand_id, leaf_id, root_id
from datasources.seeds.determinism import between, dice, money128, object_id_for
from datasources.seeds.stock import LOW_STOCK
from datasources.seeds.vocabulary.goods import BRANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from bson import ObjectId

    from datasources.core.documents import Document
    from datasources.seeds.products import Product, Variant
    from datasources.seeds.stock import Item


def make_document(
    product: Product, items: Mapping[UUID, Item], ratings: Mapping[ObjectId, Sequence[int]], now: datetime
) -> Document:
    """One product. `items` are the stock by variant, `ratings` the stars of approved reviews by product."""
    stock = sum(items[variant.id].available for variant in product.variants)
    backorder = any(items[variant.id].allows_backorder for variant in product.variants)
    stars = ratings.get(product.id, ())
    published = None if product.status == "draft" else product.created_at + timedelta(hours=2)
    document = {
        "_id": product.id,
        "sku": product.sku,
        "skus": sorted({product.sku, *(variant.sku for variant in product.variants)}),
        "name": product.name,
        "slug": product.slug,
        **_words(product),
        "product_type": "configurable" if product.options else "simple",
        "price": money128(product.price),
        "compare_at_price": _before_discount(product, product.price),
        "cost_price": money128(product.cost),
        "currency": "USD",
        "discount_percentage": None if product.discount is None else Decimal128(product.discount),
        "stock": stock,
        "in_stock": stock > 0 or backorder,
        "backorder": backorder,
        "low_stock_threshold": LOW_STOCK,
        "track_inventory": True,
        "weight": _kilograms(product.grams),
        "barcode": None,
        "category_id": leaf_id(product.kind),
        "category_path": [root_id(product.department), leaf_id(product.kind)],
        "brand_id": brand_id(product.brand),
        "seller_id": None,
        "images": _images(product),
        "attributes": _pairs(product.attributes),
        "options": [{"name": name, "values": values} for name, values in product.options.items()],
        "variants": [
            _variant(product, variant, items[variant.id], place)
            for place, variant in enumerate(product.variants)
        ],
        "specifications": _specifications(product),
        "status": product.status,
        "is_featured": product.is_featured,
        "is_published": published is not None,
        "published_at": published,
        "tags": _tags(product, now),
        "rating": rating_document(Counter(stars)),
        "version": 1,
        "created_at": product.created_at,
        "updated_at": product.created_at,
        "deleted_at": None,
    }  # fmt: skip
    return document | search_fields(document)


def make_relations(products: Sequence[Product]) -> Iterator[Document]:
    """What else may please: alike, dearer of the same kind, and from the same department."""
    shown = [product for product in products if product.is_visible]
    rng = dice("relations", products[0].block)
    for product in shown:
        alike = [other for other in shown if other.kind is product.kind and other is not product]
        dearer = sorted(
            (other for other in alike if other.price > product.price), key=lambda other: other.price
        )
        beside = [
            other
            for other in shown
            if other.department is product.department and other.kind is not product.kind
        ]
        chosen = {
            "related": rng.sample(alike, min(4, len(alike))),
            "up_sell": dearer[:2],
            "cross_sell": rng.sample(beside, min(3, len(beside))),
        }
        for relation, others in chosen.items():
            for place, other in enumerate(others):
                yield {
                    "_id": object_id_for("relation", product.id, relation, other.id),
                    "product_id": product.id,
                    "related_product_id": other.id,
                    "relation_type": relation,
                    "display_order": place,
                    "created_at": max(product.created_at, other.created_at),
                }


def make_analytics(
    products: Sequence[Product], items: Mapping[UUID, Item], now: datetime
) -> Iterator[Document]:
    """How often each product was looked at."""
    rng = dice("analytics", products[0].block)
    for product in products:
        moves = [move for variant in product.variants for move in items[variant.id].moves]
        days = max(1, (now - product.created_at).days)
        seen = between(rng, max(product.created_at, now - timedelta(days=7)), now)
        yield {
            "_id": object_id_for("analytics", product.id),
            "product_id": product.id,
            "views": rng.randrange(days, days * 12) if product.is_sold else 0,
            "last_viewed": seen if product.is_sold else None,
            "stock_updates": len(moves),
            "last_stock_update": max((move.at for move in moves), default=None),
        }  # fmt: skip


def _words(product: Product) -> dict[str, Any]:
    brand, promise = product.brand, BRANDS[product.brand]
    about = "; ".join(f"{name}: {value}" for name, value in product.attributes.items())
    warranty = product.department.warranty
    short = f"{product.adjective} {product.noun.lower()} by {brand}, made for {product.kind.purpose}."
    return {
        "short_description": short,
        "description": f"{short} {about}. {promise}",
        "long_description": (
            f"{product.name}: part of our {product.kind.name.lower()} range in {product.department.name}. "
            f"Designed by {brand} for {product.kind.purpose}. {promise}"
            f"{f' It comes with a warranty of {warranty}.' if warranty else ''}"
        ),
        "seo": {
            "meta_title": f"{product.name} | {brand}",
            "meta_description": short,
            "meta_keywords": [product.kind.name.lower(), product.noun.lower(), brand.lower()],
        },
    }


def _tags(product: Product, now: datetime) -> list[str]:
    tags = list(product.kind.tags)
    if product.discount is not None:
        tags.append("sale")
    if (now - product.created_at).days < 60:  # noqa: PLR2004  # new for two months
        tags.append("new")
    if product.is_featured:
        tags.append("bestseller")
    return tags


def _variant(product: Product, variant: Variant, item: Item, place: int) -> Document:
    return {
        "id": variant.id,
        "sku": variant.sku,
        "name": variant.name,
        "price": money128(variant.price),
        "compare_at_price": _before_discount(product, variant.price),
        "cost_price": money128(product.cost),
        "weight": _kilograms(product.grams),
        "barcode": f"40{variant.id.int % 10**11:011d}",
        "attributes": _pairs(variant.choices),
        "image_ids": [variant.image.id],
        "is_default": place == 0,
        "is_active": True,
        "stock": item.available,
        "stock_version": item.version,
        "backorder": item.allows_backorder,
        "created_at": product.created_at,
        "updated_at": product.created_at,
    }


def _images(product: Product) -> list[Document]:
    return [
        {"id": image.id, "url": image.url, "alt_text": image.text, "is_primary": place == 0, "order": place}
        for place, image in enumerate(product.images)
    ]


def _specifications(product: Product) -> Document:
    rng = dice(f"specifications/{product.sku}", product.block)
    # As large as something of this weight is that is packed loosely: 3 ml to the gram.
    edge = (product.grams * 3) ** (1 / 3)
    length, width, height = (round(edge * rng.uniform(0.6, 1.5), 1) for _ in range(3))
    return {
        "brand": product.brand,
        "model": product.name.removeprefix(f"{product.adjective} {product.noun} "),
        "weight": f"{product.grams} g",
        "dimensions": {"length": length, "width": width, "height": height, "unit": "cm"},
        "warranty": product.department.warranty,
    }


def _pairs(values: Mapping[str, str]) -> list[Document]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _before_discount(product: Product, price: int) -> Decimal128 | None:
    if product.discount is None:
        return None
    whole = Decimal(price) * 100 / (100 - product.discount)
    return money128(int(whole.quantize(Decimal(1))))


def _kilograms(grams: int) -> Decimal128:
    return Decimal128(Decimal(grams).scaleb(-3))
