"""Adds, changes and removes brands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson.objectid import ObjectId

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import object_id_or_none
from datasources.products.catalogue_errors import BrandInUse, NameTaken, UnknownBrand
from datasources.products.commands.holding import changes_between, check_version, taken_named
from datasources.products.commands.journal import BRAND, tell
from datasources.products.conversions import brand_of
from datasources.products.documents import BRANDS, PRODUCTS
from datasources.products.product_readings import read_seo
from datasources.products.readings import (
    Problems,
    Reader,
    flag,
    optional,
    optional_text,
    read_fields,
    slug,
    slug_of,
    text,
    web_address,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Brand

BRAND_VALUES: Final[dict[str, Reader]] = {
    "name": text(200),
    "slug": slug,
    "description": optional_text(20_000, lines=True),
    "logo_url": optional(web_address),
    "website_url": optional(web_address),
    "is_active": flag,
    "seo": read_seo,
}


async def create_brand(
    database: DocumentDatabase, *, given: Mapping[str, Any], actor_id: UUID | None, now: datetime
) -> Brand:
    """Add a brand; without a slug it gets one of its name.

    Raises:
        InvalidValues: some of the values cannot be taken.
        NameTaken, SlugTaken: another brand is called so.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(given), BRAND_VALUES, required=frozenset({"name"}))
    problems.check()

    async def create(transaction: DocumentTransaction) -> Brand:
        # Before the slug that is made of it, of which whoever gave the name alone knows nothing.
        if await transaction.find_one(BRANDS, {"name": read["name"]}, fields=("_id",)):
            raise NameTaken(read["name"])
        document = {
            "_id": ObjectId(),
            "is_active": True,
            **_stored(read),
            "slug": read.get("slug") or slug_of(read["name"]),
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        await transaction.insert(BRANDS, document)
        await _tell(transaction, "BrandCreated", document, actor_id, now)
        return brand_of(document)

    with taken_named():
        return await in_transaction(database, create)


async def update_brand(
    database: DocumentDatabase,
    *,
    brand_id: str,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Brand:
    """Change what is given of a brand.

    Raises:
        InvalidValues: some of the values cannot be taken.
        UnknownBrand: there is none.
        VersionConflict: the brand is not at this version any more.
        NameTaken, SlugTaken: another brand is called so.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(changes), BRAND_VALUES)
    problems.check()

    async def update(transaction: DocumentTransaction) -> Brand:
        before = await _find(transaction, brand_id, version)
        after = {**before, **_stored(read)}
        after["slug"] = after["slug"] or slug_of(after["name"])
        changed = changes_between(before, after)
        if not changed:
            return brand_of(before)
        saved = {**after, "updated_at": now, "version": before["version"] + 1}
        written = {**changed, "updated_at": now, "version": saved["version"]}
        await transaction.update(BRANDS, {"_id": before["_id"]}, {"$set": written}, fields=("_id",))
        await _tell(transaction, "BrandUpdated", saved, actor_id, now, changed=sorted(changed))
        return brand_of(saved)

    with taken_named():
        return await in_transaction(database, update)


async def delete_brand(
    database: DocumentDatabase,
    *,
    brand_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Brand:
    """Remove a brand without products, and give it back as it was.

    Raises:
        UnknownBrand: there is none.
        BrandInUse: products, on sale or not, are of it.
        VersionConflict: the brand is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    async def delete(transaction: DocumentTransaction) -> Brand:
        before = await _find(transaction, brand_id, version)
        counted = await transaction.aggregate(
            PRODUCTS, [{"$match": {"brand_id": before["_id"]}}, {"$count": "count"}]
        )
        if counted:
            raise BrandInUse(counted[0]["count"])
        await transaction.delete(BRANDS, {"_id": before["_id"]})
        await _tell(transaction, "BrandDeleted", {**before, "version": before["version"] + 1}, actor_id, now)
        return brand_of(before)

    return await in_transaction(database, delete)


async def _find(transaction: DocumentTransaction, brand_id: str, version: int | None) -> Document:
    document = await transaction.find_one(BRANDS, {"_id": object_id_or_none(brand_id)})
    if document is None:
        raise UnknownBrand(brand_id)
    check_version(document, version)
    return document


async def _tell(
    transaction: DocumentTransaction,
    event: str,
    brand: Document,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> None:
    await tell(
        transaction,
        event,
        of=BRAND,
        key=str(brand["_id"]),
        version=brand["version"],
        actor_id=actor_id,
        now=now,
        **data,
    )


def _stored(read: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the document keeps them."""
    found = read.get("seo")
    seo = {"seo": found | {"meta_keywords": [*found.get("meta_keywords", ())]}} if found else {}
    return {**read, **seo}
