"""When shoppers see a product. A scheduled one shows itself: it is published, from a time to come on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import to_millisecond
from datasources.products.catalogue_errors import InvalidValues, LastVariant, Problem
from datasources.products.commands.holding import find_product, product_of, save_product

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Product


async def publish_product(
    database: DocumentDatabase,
    *,
    product_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Show a product from now on, whatever its status was. One that is shown already stays published since then.

    Raises:
        UnknownProduct: there is none.
        VersionConflict: the product is not at this version any more.
        LastVariant: it has no active variant.
        ServiceUnavailable: the product database is down.
    """

    def publish(document: Document) -> Document:
        since = document.get("published_at")
        shown = document["status"] == "active" and document["is_published"]
        if shown and since is not None and since <= now:
            return {}
        return {"status": "active", "is_published": True, "published_at": to_millisecond(now)}

    return await _change(database, product_id, version, publish, "ProductPublished", actor_id, now)


async def schedule_product(
    database: DocumentDatabase,
    *,
    product_id: str,
    publish_at: datetime,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Show a product from a time to come on, and hide it until then.

    Raises:
        InvalidValues: the time has passed.
        UnknownProduct: there is none.
        VersionConflict: the product is not at this version any more.
        LastVariant: it has no active variant.
        ServiceUnavailable: the product database is down.
    """
    if publish_at <= now:
        message = "This time has passed. Publish the product instead."
        raise InvalidValues([Problem(at="publish_at", code="INVALID", message=message)])
    # As exact as a document keeps it, so that what is answered now is what is read later.
    moment = to_millisecond(publish_at)

    def schedule(_: Document) -> Document:
        return {"status": "active", "is_published": True, "published_at": moment}

    return await _change(database, product_id, version, schedule, "ProductScheduled", actor_id, now)


async def unpublish_product(
    database: DocumentDatabase,
    *,
    product_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Hide a product, or take it off the schedule; its status stays.

    Raises:
        UnknownProduct: there is none.
        VersionConflict: the product is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    def unpublish(_: Document) -> Document:
        return {"is_published": False, "published_at": None}

    return await _change(database, product_id, version, unpublish, "ProductUnpublished", actor_id, now)


async def archive_product(
    database: DocumentDatabase,
    *,
    product_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Sell a product no longer: it is hidden and kept for the orders that hold it. Publishing brings it back.

    Raises:
        UnknownProduct: there is none.
        VersionConflict: the product is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    def archive(_: Document) -> Document:
        return {"status": "archived", "is_published": False, "published_at": None}

    return await _change(database, product_id, version, archive, "ProductArchived", actor_id, now)


async def _change(
    database: DocumentDatabase,
    product_id: str,
    version: int | None,
    change: Callable[[Document], dict[str, Any]],
    event: str,
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    async def work(transaction: DocumentTransaction) -> Product:
        before = await find_product(transaction, product_id, version=version)
        changes = change(before)
        if not changes:
            return product_of(before)
        if changes["is_published"] and not any(variant["is_active"] for variant in before["variants"]):
            raise LastVariant(product_id)
        since = changes["published_at"]
        return await save_product(
            transaction,
            before,
            {**before, **changes},
            event=event,
            actor_id=actor_id,
            now=now,
            published_at=None if since is None else since.isoformat(),
        )

    return await in_transaction(database, work)
