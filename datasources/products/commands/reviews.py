"""What users write about products: one review of each product and user, which staff check before others read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.objectid import ObjectId

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import object_id_or_none, to_millisecond
from datasources.products.catalogue_errors import UnknownProduct
from datasources.products.conversions import ALL_OF_REVIEWS
from datasources.products.documents import PRODUCT_REVIEWS, PRODUCTS, REVIEW_VOTES
from datasources.products.filters import visible_at
from datasources.products.reviews.errors import AlreadyReviewed
from datasources.products.reviews.holding import (
    change_review,
    hold_own_review,
    require_version,
    tell_of_review,
)
from datasources.products.reviews.ratings import settle_rating

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Review
    from datasources.products.reviews.changes import NewReview, ReviewChanges


async def create_review(
    database: DocumentDatabase,
    *,
    user_id: UUID,
    product_id: str,
    review: NewReview,
    order_id: UUID | None,
    now: datetime,
) -> Review:
    """Write a review, which waits to be checked. `order_id` is the delivered order that the product was bought with; a
    review without one is not of a verified purchase.

    Raises:
        UnknownProduct: there is no such product for shoppers.
        AlreadyReviewed: the user has reviewed it before.
        ServiceUnavailable: the product database is down.
    """
    key = object_id_or_none(product_id)
    if key is None:
        raise UnknownProduct(product_id)

    async def work(transaction: DocumentTransaction) -> Document:
        if await transaction.find_one(PRODUCTS, {"_id": key, **visible_at(now)}, fields=("_id",)) is None:
            raise UnknownProduct(product_id)
        before = await transaction.find_one(PRODUCT_REVIEWS, {"product_id": key, "user_id": str(user_id)})
        if before is not None:
            raise AlreadyReviewed(ALL_OF_REVIEWS.record_of(before))
        document = {
            "_id": ObjectId(),
            "product_id": key,
            "user_id": str(user_id),
            **_said(review),
            **_purchase(order_id),
            "helpful_count": 0,
            "reported_count": 0,
            "status": "pending",
            "moderation": None,
            "response": None,
            "version": 1,
            "created_at": to_millisecond(now),
            "updated_at": to_millisecond(now),
        }
        await transaction.insert(PRODUCT_REVIEWS, document)
        await tell_of_review(transaction, "ReviewCreated", document, actor=user_id, now=now)
        return document

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


async def update_review(
    database: DocumentDatabase,
    *,
    user_id: UUID,
    review_id: str,
    changes: ReviewChanges,
    version: int | None = None,
    order_id: UUID | None = None,
    now: datetime,
) -> Review:
    """Change what one wrote; it waits to be checked again, and until then nobody else reads it. A review whose product
    has been delivered in the meantime, with `order_id`, becomes one of a verified purchase, which needs no check.

    Raises:
        UnknownReview: the user wrote no such review.
        VersionConflict: it has another version than the one given.
        ServiceUnavailable: the product database is down.
    """

    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_own_review(transaction, review_id, author=user_id)
        require_version(held, version)
        new = {name: value for name, value in _stored(changes).items() if value != held.get(name)}
        rewritten = {"status": "pending", "moderation": None} if new else {}
        bought = _purchase(order_id) if order_id is not None and not held["verified_purchase"] else {}
        if not new and not bought:
            return held
        changed = await change_review(transaction, held, {**new, **rewritten, **bought}, now=now)
        await tell_of_review(transaction, "ReviewUpdated", changed, actor=user_id, now=now)
        if new and held["status"] == "approved":
            await settle_rating(transaction, held["product_id"], now=now)
        return changed

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


async def delete_review(
    database: DocumentDatabase, *, user_id: UUID, review_id: str, now: datetime
) -> Review:
    """Delete what one wrote, with the votes for it and the reports of it; give the review that was.

    Raises:
        UnknownReview: the user wrote no such review.
        ServiceUnavailable: the product database is down.
    """

    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_own_review(transaction, review_id, author=user_id)
        await transaction.delete(PRODUCT_REVIEWS, {"_id": held["_id"]})
        await transaction.delete(REVIEW_VOTES, {"review_id": held["_id"]})
        gone = {**held, "version": held["version"] + 1}
        await tell_of_review(transaction, "ReviewDeleted", gone, actor=user_id, now=now)
        if held["status"] == "approved":
            await settle_rating(transaction, held["product_id"], now=now)
        return held

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


def _said(review: NewReview) -> Document:
    return {
        "rating": review.rating,
        "title": review.title,
        "comment": review.comment,
        "images": list(review.images),
    }


def _stored(changes: ReviewChanges) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}


def _purchase(order_id: UUID | None) -> Document:
    return {
        "order_id": None if order_id is None else str(order_id),
        "verified_purchase": order_id is not None,
    }
