"""Finds the review that a command is about, changes it, and tells of it, within the command's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.document_values import object_id_or_none
from datasources.core.errors import VersionConflict
from datasources.products.documents import PRODUCT_REVIEWS
from datasources.products.reviews.errors import OwnReview, UnknownReview

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document


async def hold_review(transaction: DocumentTransaction, review_id: str) -> Document:
    """The review as the transaction finds it. Whoever changes it in the meantime makes the transaction start anew.

    Raises:
        UnknownReview: there is none.
    """
    review = await transaction.find_one(PRODUCT_REVIEWS, {"_id": object_id_or_none(review_id)})
    if review is None:
        raise UnknownReview(review_id)
    return review


async def hold_own_review(transaction: DocumentTransaction, review_id: str, *, author: UUID) -> Document:
    """The author's review.

    Raises:
        UnknownReview: there is none, or it is somebody else's.
    """
    review = await hold_review(transaction, review_id)
    if review["user_id"] != str(author):
        raise UnknownReview(review_id)
    return review


async def hold_published_review(
    transaction: DocumentTransaction, review_id: str, *, reader: UUID
) -> Document:
    """A review that everybody may read, for a reader to judge.

    Raises:
        UnknownReview: there is none.
        OwnReview: the reader wrote it.
    """
    review = await hold_review(transaction, review_id)
    if review["user_id"] == str(reader):
        raise OwnReview(review_id)
    if review["status"] != "approved":
        raise UnknownReview(review_id)
    return review


def require_version(review: Document, version: int | None) -> None:
    """Refuse to change what has changed since it was read; None does not mind.

    Raises:
        VersionConflict: with the version that it has now.
    """
    if version is not None and review["version"] != version:
        raise VersionConflict(review["version"])


async def change_review(
    transaction: DocumentTransaction, review: Document, changes: Mapping[str, Any], *, now: datetime
) -> Document:
    """Change a held review, and give it as it is then: a new version."""
    changed = await transaction.update(
        PRODUCT_REVIEWS,
        {"_id": review["_id"]},
        {"$set": {**changes, "updated_at": now}, "$inc": {"version": 1}},
    )
    assert changed is not None  # the transaction has read it  # noqa: S101
    return changed


async def tell_of_review(
    transaction: DocumentTransaction,
    event: str,
    review: Document,
    *,
    actor: UUID,
    now: datetime,
    **data: Any,
) -> None:
    """Add an event about a review to the outbox, with who did it."""
    await transaction.tell(
        event,
        aggregate=("Review", review["_id"]),
        version=review["version"],
        now=now,
        review_id=str(review["_id"]),
        product_id=str(review["product_id"]),
        author_id=review["user_id"],
        actor_id=str(actor),
        **data,
    )
