"""Finds what a command changes, holds it against other commands, and saves it with its next version."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from datasources.core.document_values import object_id_or_none
from datasources.core.errors import VersionConflict
from datasources.products.catalogue_errors import (
    NameTaken,
    SkuTaken,
    SlugTaken,
    UnknownBrand,
    UnknownCategory,
    UnknownProduct,
)
from datasources.products.commands.journal import PRODUCT, tell
from datasources.products.conversions import ALL_OF_PRODUCTS
from datasources.products.documents import BRANDS, CATEGORIES, PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from bson.objectid import ObjectId

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document
    from datasources.products.records import Product

_DUPLICATE_KEY = 11000


async def find_product(
    transaction: DocumentTransaction, product_id: str, *, version: int | None = None
) -> Document:
    """The whole document of a product; `version` is the one that the change is meant for, if that matters.

    Raises:
        UnknownProduct: there is none.
        VersionConflict: it has changed since.
    """
    where = {"_id": object_id_or_none(product_id), "deleted_at": None}
    document = await transaction.find_one(PRODUCTS, where)
    if document is None:
        raise UnknownProduct(product_id)
    check_version(document, version)
    return document


def check_version(document: Document, version: int | None) -> None:
    """Refuse a change that is meant for another version.

    Raises:
        VersionConflict: it is.
    """
    current = document.get("version", 1)
    if version is not None and version != current:
        raise VersionConflict(current)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """The fields whose values differ, with the new ones."""
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


async def save_product(
    transaction: DocumentTransaction,
    before: Document,
    after: Document,
    *,
    event: str,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> Product:
    """Write what has changed of a product, with its next version and an event; nothing where nothing has.

    Raises:
        pymongo.errors.DuplicateKeyError: its SKU, a variant's or its slug is taken.
    """
    changes = changes_between(before, after)
    if not changes:
        return product_of(before)
    saved = {**after, "updated_at": now, "version": before["version"] + 1}
    await check_skus(transaction, before["_id"], set(after.get("skus", ())) - set(before.get("skus", ())))
    # The version once more: a transaction that was faster has changed it, and this one begins anew.
    await transaction.update(
        PRODUCTS,
        {"_id": before["_id"], "version": before["version"]},
        {"$set": {**changes, "updated_at": now, "version": saved["version"]}},
        fields=("_id",),
    )
    await tell(
        transaction,
        event,
        of=PRODUCT,
        key=str(before["_id"]),
        version=saved["version"],
        actor_id=actor_id,
        now=now,
        changed=sorted(changes.keys() - {"search", "skus"}),
        **data,
    )
    return product_of(saved)


def product_of(document: Document) -> Product:
    """The record of a whole document."""
    return ALL_OF_PRODUCTS.record_of(document)


async def check_skus(transaction: DocumentTransaction, product: ObjectId, skus: Iterable[str]) -> None:
    """Refuse SKUs of others. The unique indexes do, too; this one names the SKU, and looks at products of earlier
    releases, which are in no index for both.

    Raises:
        SkuTaken: a SKU is another product's, or another product's variant's.
    """
    wanted = sorted(skus)
    if not wanted:
        return
    chosen = {"$in": wanted}
    where = {"_id": {"$ne": product}, "$or": [{"sku": chosen}, {"variants.sku": chosen}]}
    taken = await transaction.find_one(PRODUCTS, where, fields=("sku", "variants.sku"))
    if taken is not None:
        theirs = {taken["sku"], *(variant["sku"] for variant in taken["variants"])}
        raise SkuTaken(min(theirs.intersection(wanted)))


async def place_in_category(transaction: DocumentTransaction, category_id: str) -> Document:
    """The fields of a product that stands in this category. The category can neither go nor move meanwhile.

    Raises:
        UnknownCategory: there is none.
    """
    category = await transaction.find_one(
        CATEGORIES, {"_id": object_id_or_none(category_id)}, fields=("path",)
    )
    if category is None:
        raise UnknownCategory(category_id)
    await transaction.update(
        CATEGORIES, {"_id": category["_id"]}, {"$inc": {"placements": 1}}, fields=("_id",)
    )
    return {"category_id": category["_id"], "category_path": [*category["path"], category["_id"]]}


async def place_with_brand(transaction: DocumentTransaction, brand_id: str | None) -> Document:
    """The field of a product of this brand, which cannot go meanwhile; None for no brand.

    Raises:
        UnknownBrand: there is none.
    """
    if brand_id is None:
        return {"brand_id": None}
    key = object_id_or_none(brand_id)
    changed = await transaction.update(BRANDS, {"_id": key}, {"$inc": {"placements": 1}}, fields=("_id",))
    if changed is None:
        raise UnknownBrand(brand_id)
    return {"brand_id": key}


@contextmanager
def taken_named() -> Iterator[None]:
    """Raise SkuTaken, SlugTaken or NameTaken for what a unique index refuses."""
    try:
        yield
    except DuplicateKeyError as error:
        raise (taken_in(error.details or {}) or error) from error
    except BulkWriteError as error:
        written = error.details.get("writeErrors", ())
        raise (taken_in(written[0] if written else {}) or error) from error


def taken_in(refusal: Mapping[str, Any]) -> SkuTaken | SlugTaken | NameTaken | None:
    """The error for a refusal of the server; None where it is about something else."""
    if refusal.get("code") != _DUPLICATE_KEY:
        return None
    ((field, value),) = list(refusal.get("keyValue", {"": ""}).items())[:1]
    match field:
        case "slug":
            return SlugTaken(str(value))
        case "name":
            return NameTaken(str(value))
        case "sku" | "skus" | "variants.sku":
            return SkuTaken(str(value))
    return None
