"""Makes and changes product documents in memory: what a product is given, and what follows from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from bson.objectid import ObjectId

from datasources.core.document_values import exact
from datasources.products.catalogue_errors import InvalidValues, Problem
from datasources.products.readings import Problems
from datasources.products.reviews.ratings import rating_document
from datasources.products.search_words import search_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from datasources.core.documents import Document

DEFAULT_CURRENCY: Final = "USD"

# What of a variant a product without options is given itself.
SINGLE_VARIANT_FIELDS: Final = ("price", "compare_at_price", "cost_price", "weight", "barcode")

# Given values that become something else in the document, or that need other documents.
_NOT_COPIED: Final = frozenset(
    {
        "variants",
        "options",
        "images",
        "slug",
        "category_id",
        "brand_id",
        "published_at",
        *SINGLE_VARIANT_FIELDS,
    }
)


def new_document(given: Mapping[str, Any], *, now: datetime) -> Document:
    """A draft without its slug and its category: `place` and the slug are the command's.

    Raises:
        InvalidValues: the variants do not fit together.
    """
    document: Document = {
        "_id": ObjectId(),
        "currency": DEFAULT_CURRENCY,
        "brand_id": None,
        "images": [],
        "attributes": [],
        "options": [],
        "variants": [],
        "status": "draft",
        "is_featured": False,
        "is_published": False,
        "published_at": None,
        "tags": [],
        "rating": rating_document({}),
        "track_inventory": True,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }
    return changed_document(document, given, now=now)


def changed_document(document: Document, given: Mapping[str, Any], *, now: datetime) -> Document:
    """The document with what is given, and with all that follows from it; the one that is passed stays as it is.

    `variants` replaces them all: those whose SKU is there already keep their id and their stock.

    Raises:
        InvalidValues: the variants do not fit together.
    """
    changed = {
        **document,
        **{name: _stored(value) for name, value in given.items() if name not in _NOT_COPIED},
    }
    if "images" in given:
        changed["images"] = _images(document["images"], given["images"])
    if "variants" in given:
        names_default = any(variant.get("is_default") for variant in given["variants"])
        changed["variants"] = [
            changed_variant(
                _of_sku(document, variant["sku"]),
                {"is_default": False, **variant} if names_default else variant,
                changed["images"],
                now=now,
            )
            for variant in given["variants"]
        ]
    kept = {image["id"] for image in changed["images"]}
    changed["variants"] = [
        {**variant, "image_ids": [image for image in variant.get("image_ids", ()) if image in kept]}
        for variant in changed["variants"]
    ]
    return settled(changed, options=given.get("options"))


def changed_variant(
    variant: Document | None, given: Mapping[str, Any], images: Sequence[Document], *, now: datetime
) -> Document:
    """The variant with what is given, or a new one. Its stock begins at nothing: InventoryDb knows better."""
    before: Document = variant or {
        "id": uuid4(),
        "name": None,
        "compare_at_price": None,
        "cost_price": None,
        "weight": None,
        "barcode": None,
        "attributes": [],
        "image_ids": [],
        "is_default": False,
        "is_active": True,
        "stock": 0,
        "stock_version": 0,
        "backorder": False,
        "created_at": now,
        "updated_at": now,
    }
    changed = {**before, **{name: _stored(value) for name, value in given.items() if name != "image_urls"}}
    if "image_urls" in given:
        by_url = {image["url"]: image["id"] for image in images}
        strange = [url for url in given["image_urls"] if url not in by_url]
        if strange:
            raise InvalidValues(
                [Problem(at="image_urls", code="INVALID", message=f"The product has no image {strange[0]}.")]
            )
        changed["image_ids"] = [by_url[url] for url in given["image_urls"]]
    return changed if changed == before else {**changed, "updated_at": now}


def settled(document: Document, *, options: Iterable[Mapping[str, Any]] | None = None) -> Document:
    """The document with what follows from its variants: prices, stock, options, SKUs, words to be found by.

    `options` are a wish for the order of names and values: which there are is up to the variants.

    Raises:
        InvalidValues: the variants do not fit together.
    """
    variants = _with_one_default(document["variants"])
    _check_variants(document["sku"], variants)
    sold = [variant for variant in variants if variant["is_active"]]
    cheapest = min(sold or variants, key=lambda variant: variant["price"].to_decimal())
    # As the projection of InventoryDb has it (`availability`): of the variants on sale.
    backorder = any(variant.get("backorder", False) for variant in sold)
    stock = sum(variant.get("stock", 0) for variant in sold)
    wished = document["options"] if options is None else options
    choices = _options(wished, variants)
    kind = document.get("product_type")
    changed = {
        **document,
        "variants": variants,
        "options": choices,
        "product_type": kind if kind == "bundle" else ("configurable" if choices else "simple"),
        **{name: cheapest.get(name) for name in ("price", "compare_at_price", "cost_price")},
        "stock": stock,
        "in_stock": stock > 0 or backorder,
        "backorder": backorder,
        "skus": sorted({document["sku"], *(variant["sku"] for variant in variants)}),
    }
    return {**changed, **search_fields(changed)}


def with_single_variant(given: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """What is given of a new product with its only variant, whose SKU is the product's, where none are listed."""
    if given.get("variants"):
        for name in SINGLE_VARIANT_FIELDS:
            if name in given:
                problems.add(name, "INVALID", "Give this for each of the variants.")
        return dict(given)
    if "price" not in given:
        problems.add("price", "REQUIRED", "Give a price, or variants.")
        return dict(given)
    single = {name: given[name] for name in SINGLE_VARIANT_FIELDS if name in given}
    return {**given, "variants": ({"sku": given.get("sku", ""), **single},)}


def _check_variants(sku: str, variants: Sequence[Document]) -> None:
    problems = Problems()
    if not any(variant["is_active"] for variant in variants):
        problems.add("variants", "REQUIRED", "A product has at least one active variant.")
    skus = [variant["sku"] for variant in variants]
    names = [frozenset(pair["name"] for pair in variant["attributes"]) for variant in variants]
    choices = [
        frozenset((pair["name"], pair["value"]) for pair in variant["attributes"]) for variant in variants
    ]
    for place, variant in enumerate(variants):
        before = variant.get("compare_at_price")
        if skus.index(variant["sku"]) != place:
            problems.add(f"variants.{place}.sku", "DUPLICATE", "Another variant has this SKU.")
        if names[place] != names[0]:
            message = "Each variant has a value for each of the options."
            problems.add(f"variants.{place}.attributes", "INVALID", message)
        elif choices.index(choices[place]) != place:
            message = "Another variant is the same choice of options."
            problems.add(f"variants.{place}.attributes", "DUPLICATE", message)
        if before is not None and before.to_decimal() <= variant["price"].to_decimal():
            message = "The price before the reduction is above the price."
            problems.add(f"variants.{place}.compare_at_price", "INVALID", message)
    if not sku:
        problems.add("sku", "REQUIRED", "This may not be empty.")
    problems.check()


def _with_one_default(variants: Sequence[Document]) -> list[Document]:
    """The last one that says so is the default, as long as it is active; else the first active one."""
    sold = [variant["id"] for variant in variants if variant["is_active"]]
    named = [variant["id"] for variant in variants if variant["is_default"] and variant["is_active"]]
    chosen: UUID | None = named[-1] if named else (sold[0] if sold else None)
    return [{**variant, "is_default": variant["id"] == chosen} for variant in variants]


def _options(wished: Iterable[Mapping[str, Any]], variants: Sequence[Document]) -> list[Document]:
    """The names and values that variants have, as wished as far as there is a wish, then as they come."""
    present: dict[str, dict[str, None]] = {}
    for variant in variants:
        for pair in variant["attributes"]:
            present.setdefault(pair["name"], {})[pair["value"]] = None
    order = {option["name"]: list(option["values"]) for option in wished}
    names = dict.fromkeys([*(name for name in order if name in present), *present])
    return [
        {
            "name": name,
            "values": [
                *dict.fromkeys(
                    [*(value for value in order.get(name, ()) if value in present[name]), *present[name]]
                )
            ],
        }
        for name in names
    ]


def _images(before: Sequence[Document], given: Sequence[Mapping[str, Any]]) -> list[Document]:
    """The pictures in their order, the first as the main one; those of an address that was there keep their id."""
    ids = {image["url"]: image["id"] for image in before}
    by_url = {image["url"]: image for image in given}
    return [
        {
            "id": ids.get(url) or uuid4(),
            "url": url,
            "alt_text": image.get("alt_text"),
            "is_primary": place == 0,
            "order": place,
        }
        for place, (url, image) in enumerate(by_url.items())
    ]


def _of_sku(document: Document, sku: str) -> Document | None:
    return next((variant for variant in document["variants"] if variant["sku"] == sku), None)


def _stored(value: Any) -> Any:
    """A value as documents keep it."""
    match value:
        case Decimal():
            return exact(value)
        case tuple():
            return [_stored(item) for item in value]
        case dict():
            return {name: _stored(item) for name, item in value.items()}
    return value
