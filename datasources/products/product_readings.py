"""What a product and a variant may be given: how each value is read, for commands and for imports alike."""

from __future__ import annotations

from typing import Any, Final

from datasources.products.readings import (
    Problems,
    Reader,
    currency,
    distinct,
    flag,
    key,
    kilograms,
    many,
    measure,
    moment,
    money,
    one_of,
    optional,
    optional_text,
    percentage,
    read_fields,
    slug,
    text,
    web_address,
    whole,
)

MOST_VARIANTS: Final = 200
MOST_IMAGES: Final = 50
MOST_TAGS: Final = 50
MOST_ATTRIBUTES: Final = 50


def _object(readers: dict[str, Reader], *required: str) -> Reader:
    needed = frozenset(required)

    def read(problems: Problems, value: Any, at: str) -> dict[str, Any]:
        return read_fields(problems, value, readers, required=needed, within=f"{at}.")

    return read


_PAIR: Final = _object({"name": text(100), "value": text(200)}, "name", "value")

_read_pairs: Final = many(_PAIR, MOST_ATTRIBUTES)


def _pairs(problems: Problems, value: Any, at: str) -> tuple[dict[str, str], ...]:
    """Names and values, each name once."""
    read: tuple[dict[str, str], ...] = _read_pairs(problems, value, at)
    names = [pair.get("name") for pair in read]
    if len(names) != len(set(names)):
        problems.add(at, "DUPLICATE", "Each name may stand here once.")
    return read


SEO: Final[dict[str, Reader]] = {
    "meta_title": optional_text(255),
    "meta_description": optional_text(1_000, lines=True),
    "meta_keywords": distinct(text(100), 50),
}
read_seo: Final[Reader] = optional(_object(SEO))

_DIMENSIONS: Final[dict[str, Reader]] = {
    "length": measure,
    "width": measure,
    "height": measure,
    "unit": text(20),
}

_SPECIFICATIONS: Final[dict[str, Reader]] = {
    "brand": optional_text(200),
    "model": optional_text(200),
    "weight": optional_text(100),
    "dimensions": optional(_object(_DIMENSIONS, "unit")),
    "warranty": optional_text(200),
}

_IMAGE: Final[dict[str, Reader]] = {"url": web_address, "alt_text": optional_text(255)}

_OPTION: Final[dict[str, Reader]] = {"name": text(100), "values": distinct(text(200), MOST_VARIANTS)}

VARIANT: Final[dict[str, Reader]] = {
    "sku": text(100),
    "name": optional_text(200),
    "price": money,
    "compare_at_price": optional(money),
    "cost_price": optional(money),
    "weight": optional(kilograms),
    "barcode": optional_text(100),
    "attributes": _pairs,
    "image_urls": distinct(web_address, MOST_IMAGES),
    "is_default": flag,
    "is_active": flag,
}
NEW_VARIANT: Final = frozenset({"sku", "price"})

_read_variant: Final = _object(VARIANT, *NEW_VARIANT)

PRODUCT: Final[dict[str, Reader]] = {
    "sku": text(100),
    "name": text(255),
    "slug": slug,
    "description": optional_text(20_000, lines=True),
    "short_description": optional_text(500, lines=True),
    "long_description": optional_text(100_000, lines=True),
    "currency": currency,
    "discount_percentage": optional(percentage),
    "category_id": key,
    "brand_id": optional(key),
    "is_featured": flag,
    "low_stock_threshold": optional(whole),
    "tags": distinct(text(100), MOST_TAGS),
    "images": many(_object(_IMAGE, "url"), MOST_IMAGES),
    "attributes": _pairs,
    "options": many(_object(_OPTION, "name", "values"), MOST_ATTRIBUTES),
    "variants": many(_read_variant, MOST_VARIANTS),
    "specifications": optional(_object(_SPECIFICATIONS)),
    "seo": read_seo,
    # Of its only variant, where no variants are given.
    "price": money,
    "compare_at_price": optional(money),
    "cost_price": optional(money),
    "weight": optional(kilograms),
    "barcode": optional_text(100),
    # Of an import alone: commands have verbs for them.
    "status": one_of("draft", "active", "inactive", "archived"),
    "published_at": optional(moment),
}
NEW_PRODUCT: Final = frozenset({"sku", "name"})

# What commands read of a product: its state is changed by verbs there, and its variants by commands of their own.
_OF_IMPORTS: Final = frozenset({"status", "published_at"})
_OF_VARIANTS: Final = frozenset({"variants", "price", "compare_at_price", "cost_price", "weight", "barcode"})
CREATED: Final = {name: reader for name, reader in PRODUCT.items() if name not in _OF_IMPORTS}
UPDATED: Final = {name: reader for name, reader in CREATED.items() if name not in _OF_VARIANTS}
