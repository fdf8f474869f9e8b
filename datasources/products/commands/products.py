"""Creates and changes products; what they are sold as is of `variants`, when they are shown of `publications`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.document_transactions import in_transaction
from datasources.products.commands.holding import (
    check_skus,
    find_product,
    place_in_category,
    place_with_brand,
    product_of,
    save_product,
    taken_named,
)
from datasources.products.commands.journal import PRODUCT, tell
from datasources.products.documents import PRODUCTS
from datasources.products.drafts import changed_document, new_document, with_single_variant
from datasources.products.product_readings import CREATED, NEW_PRODUCT, UPDATED
from datasources.products.readings import Problems, read_fields, slug_of
from datasources.products.search_words import search_fields
from datasources.products.vocabulary import remember_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Product


async def create_product(
    database: DocumentDatabase, *, given: Mapping[str, Any], actor_id: UUID | None, now: datetime
) -> Product:
    """Add a draft, with values by the names of `product_readings.CREATED`; without a slug it gets one of its name.

    Raises:
        InvalidValues: some of the values cannot be taken.
        SkuTaken, SlugTaken: it, or a variant of it, would be called as another is.
        UnknownCategory, UnknownBrand: there is none with this id.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(given), CREATED, required=NEW_PRODUCT | {"category_id"})
    read = with_single_variant(read, problems)
    problems.check()
    draft = new_document(read, now=now)
    await remember_words(database, [draft])

    async def create(transaction: DocumentTransaction) -> Product:
        document = {
            **draft,
            "slug": read.get("slug") or await free_slug(transaction, read["name"], read["sku"]),
            **await place_in_category(transaction, read["category_id"]),
            **await place_with_brand(transaction, read.get("brand_id")),
        }
        await check_skus(transaction, document["_id"], document["skus"])
        await transaction.insert(PRODUCTS, document)
        await tell(
            transaction, "ProductCreated", of=PRODUCT, key=str(document["_id"]), version=1, actor_id=actor_id, now=now
        )  # fmt: skip
        return product_of(document)

    with taken_named():
        return await in_transaction(database, create)


async def update_product(
    database: DocumentDatabase,
    *,
    product_id: str,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Change what is given of a product, by the names of `product_readings.UPDATED`.

    Raises:
        InvalidValues: some of the values cannot be taken.
        UnknownProduct, UnknownCategory, UnknownBrand: there is none with this id.
        VersionConflict: the product is not at this version any more.
        SkuTaken, SlugTaken: it would be called as another is.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(changes), UPDATED)
    problems.check()
    await remember_words(database, [words_of_given(read)])

    async def update(transaction: DocumentTransaction) -> Product:
        before = await find_product(transaction, product_id, version=version)
        after = changed_document(before, read, now=now)
        if "slug" in read:
            name, sku = after["name"], after["sku"]
            after["slug"] = read["slug"] or await free_slug(transaction, name, sku, besides=before)
        if read.get("category_id", str(before["category_id"])) != str(before["category_id"]):
            after |= await place_in_category(transaction, read["category_id"])
        if "brand_id" in read and read["brand_id"] != str(before.get("brand_id")):
            after |= await place_with_brand(transaction, read["brand_id"])
        return await save_product(
            transaction, before, after, event="ProductUpdated", actor_id=actor_id, now=now
        )

    with taken_named():
        return await in_transaction(database, update)


async def free_slug(
    transaction: DocumentTransaction, name: str, sku: str, *, besides: Document | None = None
) -> str:
    """A slug made of a product's name; with its SKU at the end where another product has that of the name."""
    short = slug_of(name)
    where: Document = {"slug": short}
    if besides is not None:
        where["_id"] = {"$ne": besides["_id"]}
    taken = await transaction.find_one(PRODUCTS, where, fields=("_id",))
    return short if taken is None else longer_slug(name, sku)


def longer_slug(name: str, sku: str) -> str:
    """The slug of a product whose name's own is taken."""
    return f"{slug_of(name)}-{slug_of(sku)}"


def words_of_given(given: Mapping[str, Any]) -> Document:
    """The words of what is given of a product, as its document would keep them."""
    return search_fields({"sku": "", "name": "", **given})
