"""What staff do about reviews: publish them, refuse them, and answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.document_transactions import in_transaction
from datasources.products.conversions import ALL_OF_REVIEWS
from datasources.products.documents import REVIEW_VOTES
from datasources.products.reviews.errors import OwnReview
from datasources.products.reviews.holding import (
    change_review,
    hold_review,
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


async def approve_review(
    database: DocumentDatabase, *, review_id: str, version: int, moderator_id: UUID, now: datetime
) -> Review:
    """Publish a review, which may have been refused before; whatever it was reported for is settled with that.

    `version` is that of the review which the moderator has read: nobody publishes a text unseen.

    Raises:
        UnknownReview: there is none.
        VersionConflict: it has another version.
        OwnReview: the moderator wrote it.
        ServiceUnavailable: the product database is down.
    """
    decision = {"status": "approved", "moderation": _moderation(moderator_id, None, now)}
    return await _decide(database, review_id, version, "ReviewApproved", decision, moderator_id, now)


async def reject_review(
    database: DocumentDatabase,
    *,
    review_id: str,
    version: int,
    reason: str | None,
    moderator_id: UUID,
    now: datetime,
) -> Review:
    """Refuse a review, which may have been published before; its author may read the reason.

    Raises:
        UnknownReview, VersionConflict, OwnReview: as `approve_review`.
        ServiceUnavailable: the product database is down.
    """
    decision = {"status": "rejected", "moderation": _moderation(moderator_id, reason, now)}
    return await _decide(database, review_id, version, "ReviewRejected", decision, moderator_id, now)


async def respond_to_review(
    database: DocumentDatabase, *, review_id: str, text: str, responder_id: UUID, now: datetime
) -> Review:
    """Give the shop's answer to a review, in place of any it gave before.

    Raises:
        UnknownReview: there is none.
        ServiceUnavailable: the product database is down.
    """
    response = {"text": text, "responded_by": str(responder_id), "responded_at": now}
    return await _answer(database, review_id, "ReviewAnswered", response, responder_id, now)


async def withdraw_response(
    database: DocumentDatabase, *, review_id: str, responder_id: UUID, now: datetime
) -> Review:
    """Take the shop's answer back, if it gave one.

    Raises:
        UnknownReview: there is no such review.
        ServiceUnavailable: the product database is down.
    """
    return await _answer(database, review_id, "ReviewAnswerWithdrawn", None, responder_id, now)


async def _decide(
    database: DocumentDatabase,
    review_id: str,
    version: int,
    event: str,
    decision: Document,
    moderator_id: UUID,
    now: datetime,
) -> Review:
    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_review(transaction, review_id)
        if held["user_id"] == str(moderator_id):
            raise OwnReview(review_id)
        require_version(held, version)
        await transaction.update_all(
            REVIEW_VOTES,
            {"review_id": held["_id"], "kind": "report", "settled_at": None},
            {"$set": {"settled_at": now}},
        )
        changed = await change_review(transaction, held, {**decision, "reported_count": 0}, now=now)
        await tell_of_review(transaction, event, changed, actor=moderator_id, now=now)
        if "approved" in {held["status"], changed["status"]} and held["status"] != changed["status"]:
            await settle_rating(transaction, held["product_id"], now=now)
        return changed

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


async def _answer(
    database: DocumentDatabase,
    review_id: str,
    event: str,
    response: Document | None,
    responder_id: UUID,
    now: datetime,
) -> Review:
    async def work(transaction: DocumentTransaction) -> Document:
        held = await hold_review(transaction, review_id)
        if response is None and held.get("response") is None:
            return held
        changed = await change_review(transaction, held, {"response": response}, now=now)
        await tell_of_review(transaction, event, changed, actor=responder_id, now=now)
        return changed

    return ALL_OF_REVIEWS.record_of(await in_transaction(database, work))


def _moderation(moderator_id: UUID, reason: str | None, now: datetime) -> dict[str, Any]:
    return {"moderated_by": str(moderator_id), "moderated_at": now, "reason": reason}
