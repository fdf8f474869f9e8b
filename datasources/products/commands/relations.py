"""What products point at: related products, and what is sold with them or instead of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import object_id_or_none
from datasources.products.catalogue_errors import InvalidValues, Problem, UnknownRelatedProduct
from datasources.products.commands.holding import find_product, save_product
from datasources.products.documents import PRODUCT_RELATIONS, PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from bson.objectid import ObjectId

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Product, RelationKind

MOST_RELATED: Final = 50


async def set_relations(
    database: DocumentDatabase,
    *,
    product_id: str,
    kind: RelationKind,
    related: Sequence[str],
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Let a product point at these products in this way, in this order, and at no others; none of them unsets all.

    Raises:
        InvalidValues: the product itself is among them, or there are too many.
        UnknownProduct, UnknownRelatedProduct: there is none with this id.
        VersionConflict: the product is not at this version any more.
        ServiceUnavailable: the product database is down.
    """
    wanted = list(dict.fromkeys(map(_written_once, related)))
    _check(_written_once(product_id), wanted)

    async def change(transaction: DocumentTransaction) -> Product:
        before = await find_product(transaction, product_id, version=version)
        targets = await _find_all(transaction, wanted)
        own = {"product_id": before["_id"], "relation_type": kind}
        found = await transaction.find(PRODUCT_RELATIONS, own)
        found.sort(key=lambda relation: relation["display_order"])
        if [relation["related_product_id"] for relation in found] == targets:
            return await save_product(
                transaction, before, before, event="ProductUpdated", actor_id=actor_id, now=now
            )
        await transaction.delete(PRODUCT_RELATIONS, own)
        added: list[Document] = [
            {**own, "related_product_id": target, "display_order": place, "created_at": now}
            for place, target in enumerate(targets)
        ]
        await transaction.insert(PRODUCT_RELATIONS, *added)
        # The time is what changes of the product itself, and the version with it: two who set relations at once meet.
        return await save_product(
            transaction,
            before,
            {**before, "related_at": now},
            event="ProductRelationsSet",
            actor_id=actor_id,
            now=now,
            kind=kind,
            related=wanted,
        )

    return await in_transaction(database, change)


def _written_once(product_id: str) -> str:
    """The one way to write an id: its letters are digits, large or small."""
    return str(object_id_or_none(product_id) or product_id)


def _check(product_id: str, wanted: Sequence[str]) -> None:
    if product_id in wanted:
        message = "A product is not related to itself."
        raise InvalidValues([Problem(at="related_product_ids", code="INVALID", message=message)])
    if len(wanted) > MOST_RELATED:
        message = f"A product points at {MOST_RELATED} products of a kind at most, and not {len(wanted)}."
        raise InvalidValues([Problem(at="related_product_ids", code="TOO_LONG", message=message)])


async def _find_all(transaction: DocumentTransaction, wanted: Sequence[str]) -> list[ObjectId]:
    keys = [object_id_or_none(product) for product in wanted]
    found = await transaction.find(PRODUCTS, {"_id": {"$in": keys}, "deleted_at": None}, fields=("_id",))
    present = {document["_id"] for document in found}
    for product, key in zip(wanted, keys, strict=True):
        if key not in present:
            raise UnknownRelatedProduct(product)
    return [key for key in keys if key is not None]
