"""What a product is sold as: adds, changes and removes variants; prices, options and stock of the product follow."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datasources.core.document_transactions import in_transaction
from datasources.products.catalogue_errors import InvalidValues, LastVariant, UnknownVariant
from datasources.products.commands.holding import find_product, save_product, taken_named
from datasources.products.commands.products import words_of_given
from datasources.products.documents import PRODUCTS
from datasources.products.drafts import changed_variant, settled
from datasources.products.product_readings import MOST_VARIANTS, NEW_VARIANT, VARIANT
from datasources.products.readings import Problems, read_fields
from datasources.products.vocabulary import remember_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Product


async def add_variant(
    database: DocumentDatabase,
    *,
    product_id: str,
    version: int | None = None,
    given: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Add a variant, with values by the names of `product_readings.VARIANT`. It has no stock yet.

    Raises:
        InvalidValues: some of the values cannot be taken, or it is the same choice of options as another.
        UnknownProduct: there is none.
        VersionConflict: the product is not at this version any more.
        SkuTaken: another product or variant has the SKU.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(given), VARIANT, required=NEW_VARIANT)
    problems.check()
    await remember_words(database, [words_of_given({"variants": [read]})])

    async def add(transaction: DocumentTransaction) -> Product:
        before = await find_product(transaction, product_id, version=version)
        if len(before["variants"]) >= MOST_VARIANTS:
            problems.add("sku", "TOO_LONG", f"A product has at most {MOST_VARIANTS} variants.")
            problems.check()
        added = changed_variant(None, read, before["images"], now=now)
        with _told_of_one():
            after = settled({**before, "variants": [*_others(before, added), added]})
        return await save_product(
            transaction,
            before,
            after,
            event="ProductVariantAdded",
            actor_id=actor_id,
            now=now,
            variant_id=str(added["id"]),
            sku=added["sku"],
        )

    with taken_named():
        return await in_transaction(database, add)


async def update_variant(
    database: DocumentDatabase,
    *,
    variant_id: UUID,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Change what is given of a variant; `version` is its product's.

    Raises:
        InvalidValues: some of the values cannot be taken, or it becomes the same choice of options as another.
        UnknownVariant: there is none.
        VersionConflict: the product is not at this version any more.
        SkuTaken: another product or variant has the SKU.
        LastVariant: the product would have no active variant left.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(changes), VARIANT)
    problems.check()
    await remember_words(database, [words_of_given({"variants": [{"sku": "", **read}]})])

    async def update(transaction: DocumentTransaction) -> Product:
        before, variant = await _find(transaction, variant_id, version)
        changed = changed_variant(variant, read, before["images"], now=now)
        _check_one_is_left(before, changed, is_left=changed["is_active"])
        variants = [
            changed if other["id"] == variant_id else other for other in _others(before, changed, keep=True)
        ]
        with _told_of_one():
            after = settled({**before, "variants": variants})
        return await save_product(
            transaction,
            before,
            after,
            event="ProductVariantUpdated",
            actor_id=actor_id,
            now=now,
            variant_id=str(variant_id),
            sku=changed["sku"],
        )

    with taken_named():
        return await in_transaction(database, update)


async def remove_variant(
    database: DocumentDatabase,
    *,
    variant_id: UUID,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Remove a variant. Orders keep what they sold; in carts it is no longer sold.

    Raises:
        UnknownVariant: there is none.
        VersionConflict: the product is not at this version any more.
        LastVariant: the product would have no active variant left.
        ServiceUnavailable: the product database is down.
    """

    async def remove(transaction: DocumentTransaction) -> Product:
        before, variant = await _find(transaction, variant_id, version)
        _check_one_is_left(before, variant, is_left=False)
        rest = [other for other in before["variants"] if other["id"] != variant_id]
        return await save_product(
            transaction,
            before,
            settled({**before, "variants": rest}),
            event="ProductVariantRemoved",
            actor_id=actor_id,
            now=now,
            variant_id=str(variant_id),
            sku=variant["sku"],
        )

    return await in_transaction(database, remove)


@contextmanager
def _told_of_one() -> Iterator[None]:
    """Name what is wrong with a product's variants as fields of the one that the command is about."""
    try:
        yield
    except InvalidValues as error:
        problems = [
            replace(problem, at=re.sub(r"^variants\.\d+\.", "", problem.at)) for problem in error.problems
        ]
        raise InvalidValues(problems) from error


async def _find(
    transaction: DocumentTransaction, variant_id: UUID, version: int | None
) -> tuple[Document, Document]:
    owner = await transaction.find_one(
        PRODUCTS, {"variants.id": variant_id, "deleted_at": None}, fields=("_id",)
    )
    if owner is None:
        raise UnknownVariant(variant_id)
    product = await find_product(transaction, str(owner["_id"]), version=version)
    return product, next(variant for variant in product["variants"] if variant["id"] == variant_id)


def _others(product: Document, changed: Document, *, keep: bool = False) -> list[Document]:
    """The product's variants beside one, or with it in its place; of two that are the default the new one is."""
    return [
        {**variant, "is_default": False}
        if changed["is_default"] and variant["id"] != changed["id"]
        else variant
        for variant in product["variants"]
        if keep or variant["id"] != changed["id"]
    ]


def _check_one_is_left(product: Document, variant: Document, *, is_left: bool) -> None:
    others = [other for other in product["variants"] if other["id"] != variant["id"]]
    if not is_left and not any(other["is_active"] for other in others):
        raise LastVariant(str(product["_id"]))
