"""Writes down what a command changed in the catalogue, within its transaction: an event in the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from datasources.core.document_transactions import outbox_document
from datasources.products.documents import DOMAIN_EVENTS

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document

PRODUCT: Final = "Product"
CATEGORY: Final = "Category"
BRAND: Final = "Brand"
ATTRIBUTE: Final = "ProductAttribute"


async def tell(
    transaction: DocumentTransaction,
    event: str,
    *,
    of: str,
    key: str,
    version: int,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> None:
    """Add an event about something of the catalogue to the outbox; `version` is the thing's after the change."""
    await transaction.insert(
        DOMAIN_EVENTS,
        event_of(event, of=of, key=key, version=version, actor_id=actor_id, now=now, **data),
    )


def event_of(
    event: str, *, of: str, key: str, version: int, actor_id: UUID | None, now: datetime, **data: Any
) -> Document:
    """The outbox's document of such an event."""
    told = {"id": key, "actor_id": None if actor_id is None else str(actor_id), **data}
    return outbox_document(event, of=of, key=key, version=version, now=now, data=told)
