"""The questions that fields ask about the votes for reviews, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from datasources.core.batching import BatchLoader
from datasources.core.once import once
from datasources.products.documents import REVIEW_VOTES
from datasources.products.filters import object_ids
from datasources.products.reviews.records import ReviewReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datasources.core.documents import Document, DocumentDatabase

    ReviewAndUser = tuple[str, UUID]

MOST_REPORTS: Final = 50


class ReviewLoaders:
    """One request's loaders of votes for reviews. Reviews have ObjectIds in hexadecimal as keys, users UUIDs."""

    def __init__(self, database: DocumentDatabase) -> None:
        """Load from the product database."""
        self._database = database

    @once
    def found_helpful(self) -> BatchLoader[ReviewAndUser, bool]:
        """Whether a user found a review helpful."""
        return BatchLoader(self._find_votes, missing=False)

    @once
    def reports_by_review(self) -> BatchLoader[str, tuple[ReviewReport, ...]]:
        """The newest reports of a review, at most MOST_REPORTS of them."""
        return BatchLoader(self._find_reports, missing=())

    async def _find_votes(self, keys: Sequence[ReviewAndUser]) -> Mapping[ReviewAndUser, bool]:
        found = await self._database.find(
            REVIEW_VOTES,
            {
                "review_id": {"$in": object_ids([review for review, _ in keys])},
                "user_id": {"$in": sorted({str(user) for _, user in keys})},
                "kind": "helpful",
            },
            fields=("review_id", "user_id"),
        )
        return {(str(vote["review_id"]), UUID(vote["user_id"])): True for vote in found}

    async def _find_reports(self, reviews: Sequence[str]) -> Mapping[str, tuple[ReviewReport, ...]]:
        groups = await self._database.aggregate(
            REVIEW_VOTES,
            [
                {"$match": {"review_id": {"$in": object_ids(reviews)}, "kind": "report"}},
                {"$sort": {"created_at": -1, "_id": -1}},
                {
                    "$group": {
                        "_id": "$review_id",
                        "newest": {"$firstN": {"n": MOST_REPORTS, "input": "$$ROOT"}},
                    }
                },
            ],
        )
        return {str(group["_id"]): tuple(map(_report_of, group["newest"])) for group in groups}


def _report_of(vote: Document) -> ReviewReport:
    return ReviewReport(
        reporter_id=UUID(vote["user_id"]),
        reason=vote.get("category"),
        details=vote.get("reason"),
        reported_at=vote["created_at"],
        settled_at=vote.get("settled_at"),
    )
