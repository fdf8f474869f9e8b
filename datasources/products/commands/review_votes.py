"""What readers do about reviews: tell that one was helpful, or staff to look at it again. Each counts once per user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.document_transactions import in_transaction
from datasources.products.conversions import ALL_OF_REVIEWS
from datasources.products.documents import PRODUCT_REVIEWS, REVIEW_VOTES
from datasources.products.reviews.errors import AlreadyReported
from datasources.products.reviews.holding import hold_published_review, hold_review, tell_of_review

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Review
    from datasources.products.reviews.changes import ReportReason


async def vote_helpful(database: DocumentDatabase, *, user_id: UUID, review_id: str, now: datetime) -> Review:
    """Say that a review was helpful; saying it again changes nothing.

    Raises:
        UnknownReview: there is no such review for everybody to read.
        OwnReview: the user wrote it.
        ServiceUnavailable: the product database is down.
    """

    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_published_review(transaction, review_id, reader=user_id)
        vote = _vote(held, user_id, "helpful")
        if await transaction.find_one(REVIEW_VOTES, vote, fields=("_id",)) is not None:
            return held
        await transaction.insert(REVIEW_VOTES, {**vote, "created_at": now})
        counted = await _count(transaction, held, "helpful_count", 1)
        await tell_of_review(transaction, "ReviewFoundHelpful", counted, actor=user_id, now=now)
        return counted

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


async def withdraw_vote(
    database: DocumentDatabase, *, user_id: UUID, review_id: str, now: datetime
) -> Review:
    """Take back that a review was helpful; it changes nothing where the user never said so.

    Raises:
        UnknownReview: there is no such review for everybody to read, nor one that the user voted for.
        ServiceUnavailable: the product database is down.
    """

    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_review(transaction, review_id)
        if not await transaction.delete(REVIEW_VOTES, _vote(held, user_id, "helpful")):
            return await hold_published_review(transaction, review_id, reader=user_id)
        counted = await _count(transaction, held, "helpful_count", -1)
        await tell_of_review(transaction, "ReviewVoteWithdrawn", counted, actor=user_id, now=now)
        return counted

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


async def report_review(
    database: DocumentDatabase,
    *,
    user_id: UUID,
    review_id: str,
    reason: ReportReason,
    details: str | None,
    now: datetime,
) -> Review:
    """Ask staff to look at a review again; it stays published until they decide.

    Raises:
        UnknownReview: there is no such review for everybody to read.
        OwnReview: the user wrote it.
        AlreadyReported: the user has reported it before.
        ServiceUnavailable: the product database is down.
    """

    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_published_review(transaction, review_id, reader=user_id)
        vote = _vote(held, user_id, "report")
        if await transaction.find_one(REVIEW_VOTES, vote, fields=("_id",)) is not None:
            raise AlreadyReported(review_id)
        report = {**vote, "category": reason, "reason": details, "settled_at": None, "created_at": now}
        await transaction.insert(REVIEW_VOTES, report)
        counted = await _count(transaction, held, "reported_count", 1)
        await tell_of_review(transaction, "ReviewReported", counted, actor=user_id, now=now, reason=reason)
        return counted

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


def _vote(review: Document, user_id: UUID, kind: str) -> dict[str, Any]:
    return {"review_id": review["_id"], "user_id": str(user_id), "kind": kind}


async def _count(transaction: DocumentTransaction, review: Document, field: str, by: int) -> Document:
    """Count a vote. The review's version stays, since what its readers and moderators have read has not changed."""
    counted = await transaction.update(PRODUCT_REVIEWS, {"_id": review["_id"]}, {"$inc": {field: by}})
    assert counted is not None  # the transaction has read it  # noqa: S101
    return counted
