"""Runs commands on the reviews of one product, and says what the product's rating has to be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bson.objectid import ObjectId

from datasources.products.commands.review_moderation import approve_review, reject_review
from datasources.products.commands.reviews import create_review
from datasources.products.documents import DOMAIN_EVENTS, PRODUCT_REVIEWS, PRODUCTS, REVIEW_VOTES
from datasources.products.reviews.changes import NewReview
from tests.collections import examples

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Review

NOW = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
NOW_AS_STORED = NOW.replace(microsecond=123000)
MODERATOR = UUID(int=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """A product, and where it is."""

    database: DocumentDatabase
    product_id: str

    @classmethod
    async def of_new_product(cls, database: DocumentDatabase, **changes: Any) -> Reviewing:
        """Of a product without reviews."""
        unrated = {"average": 0.0, "count": 0}
        product = examples.product(_id=ObjectId(), **{"rating": unrated, "version": 7, **changes})
        await database.database[PRODUCTS].insert_one(product)
        return cls(database=database, product_id=str(product["_id"]))

    async def write(
        self, *, user_id: UUID | None = None, rating: int = 5, order_id: UUID | None = None
    ) -> Review:
        """A review, by somebody new unless said otherwise."""
        return await create_review(
            self.database,
            user_id=user_id or uuid4(),
            product_id=self.product_id,
            review=NewReview(rating=rating, title="Good", comment="It does\nwhat it should."),
            order_id=order_id,
            now=NOW,
        )

    async def publish(self, *, rating: int = 5, user_id: UUID | None = None) -> Review:
        """A review that everybody may read."""
        return await self.approve(await self.write(rating=rating, user_id=user_id))

    async def approve(self, review: Review) -> Review:
        """Approve the version that was read."""
        return await approve_review(
            self.database, review_id=review.id, version=review.version, moderator_id=MODERATOR, now=NOW
        )

    async def reject(self, review: Review) -> Review:
        """Reject the version that was read."""
        return await reject_review(
            self.database,
            review_id=review.id,
            version=review.version,
            reason="Not about the product.",
            moderator_id=MODERATOR,
            now=NOW,
        )

    async def product(self) -> Document:
        """The product's document."""
        (product,) = await self.database.find(PRODUCTS, {"_id": ObjectId(self.product_id)})
        return product

    async def stars(self) -> tuple[float, int, list[int]]:
        """The product's rating: its average, how many reviews it has, and how many of each number of stars."""
        rating = (await self.product())["rating"]
        return rating["average"], rating["count"], rating.get("distribution", [0] * 5)

    async def recomputed(self) -> tuple[float, int, list[int]]:
        """What the rating has to be, worked out from the reviews one by one."""
        reviews = await self.database.find(PRODUCT_REVIEWS, {"product_id": ObjectId(self.product_id)})
        stars = [review["rating"] for review in reviews if review["status"] == "approved"]
        counted = Counter(stars)
        return sum(stars) / len(stars) if stars else 0.0, len(stars), [counted[it] for it in range(1, 6)]

    async def votes(self, review_id: str, **where: Any) -> list[Document]:
        """The votes for a review and the reports of it."""
        return await self.database.find(REVIEW_VOTES, {"review_id": ObjectId(review_id), **where})

    async def document(self, review_id: str) -> Document | None:
        """A review as it is stored, if it is."""
        found = await self.database.find(PRODUCT_REVIEWS, {"_id": ObjectId(review_id)})
        return found[0] if found else None

    async def events(self, aggregate_id: str) -> list[tuple[str, int]]:
        """What the outbox tells of something, in order: the event and the version."""
        found = await self.database.find(
            DOMAIN_EVENTS, {"aggregate_id": aggregate_id}, sort=[("sequence", 1)]
        )
        return [(event["event_type"], event["version"]) for event in found]
