"""Whatever is done to reviews in whatever order: ratings and counts are what the reviews and the votes come to."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from bson.objectid import ObjectId
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from datasources.core.connections import open_connections
from datasources.products.commands.review_votes import report_review, vote_helpful, withdraw_vote
from datasources.products.commands.reviews import delete_review, update_review
from datasources.products.documents import PRODUCT_REVIEWS
from datasources.products.loaders import ProductLoaders
from datasources.products.reviews.errors import (
    AlreadyReported,
    AlreadyReviewed,
    OwnReview,
    UnknownReview,
)
from tests.reviews.reviewing import NOW, Reviewing

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from datasources.core.connections import Connections, DatabaseUrls
    from datasources.core.documents import Document
    from datasources.core.errors import DatasourceError
    from datasources.products.records import Review

R = TypeVar("R")

USERS = tuple(UUID(int=number) for number in range(11, 17))
users = st.sampled_from(USERS)
stars = st.integers(1, 5)


class Reviews(RuleBasedStateMachine):
    """Six users and the reviews of two products; `refused` is what commands may say, and then nothing has changed."""

    urls: DatabaseUrls

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = AsyncExitStack()
        connections: Connections = self.run(self.opened.enter_async_context(open_connections(self.urls)))
        self.database = connections.products
        self.products = [self.run(Reviewing.of_new_product(self.database)) for _ in range(2)]

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    async def reviews(self) -> list[Review]:
        """All reviews of both products, in an order that only depends on who wrote them."""
        keys = [ObjectId(it.product_id) for it in self.products]
        found = await self.database.find(
            PRODUCT_REVIEWS,
            {"product_id": {"$in": keys}},
            fields=["_id"],
            sort=[("user_id", 1), ("product_id", 1)],
        )
        loaded = await ProductLoaders(self.database).review_by_id.load_many([str(it["_id"]) for it in found])
        return [review for review in loaded if review is not None]

    def one_of(self, data: st.DataObject) -> Review:
        return data.draw(st.sampled_from(self.run(self.reviews())))

    def try_to(self, command: Coroutine[Any, Any, Any], *refused: type[DatasourceError]) -> None:
        before = self.run(self.reviews())
        try:
            self.run(command)
        except refused:
            assert self.run(self.reviews()) == before

    @rule(product=st.integers(0, 1), user=users, rating=stars)
    def write(self, product: int, user: UUID, rating: int) -> None:
        self.try_to(self.products[product].write(user_id=user, rating=rating), AlreadyReviewed)

    @precondition(lambda self: self.run(self.reviews()))
    @rule(data=st.data(), rating=stars)
    def rewrite(self, data: st.DataObject, rating: int) -> None:
        review = self.one_of(data)
        changed = self.run(
            update_review(
                self.database,
                user_id=review.user_id,
                review_id=review.id,
                changes={"rating": rating},
                now=NOW,
            )
        )
        assert changed.status == (review.status if rating == review.rating else "pending")

    @precondition(lambda self: self.run(self.reviews()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        review = self.one_of(data)
        self.run(delete_review(self.database, user_id=review.user_id, review_id=review.id, now=NOW))

    @precondition(lambda self: self.run(self.reviews()))
    @rule(data=st.data(), approve=st.booleans())
    def decide(self, data: st.DataObject, approve: bool) -> None:
        review = self.one_of(data)
        decided = self.run(self.products[0].approve(review) if approve else self.products[0].reject(review))
        assert decided.status == ("approved" if approve else "rejected")
        assert decided.version == review.version + 1

    @precondition(lambda self: self.run(self.reviews()))
    @rule(data=st.data(), user=users, which=st.sampled_from((vote_helpful, withdraw_vote)))
    def vote(self, data: st.DataObject, user: UUID, which: Any) -> None:
        review = self.one_of(data)
        self.try_to(
            which(self.database, user_id=user, review_id=review.id, now=NOW), UnknownReview, OwnReview
        )

    @precondition(lambda self: self.run(self.reviews()))
    @rule(data=st.data(), user=users)
    def report(self, data: st.DataObject, user: UUID) -> None:
        review = self.one_of(data)
        command = report_review(
            self.database, user_id=user, review_id=review.id, reason="fake", details=None, now=NOW
        )
        self.try_to(command, UnknownReview, OwnReview, AlreadyReported)

    @precondition(lambda self: self.run(self.reviews()))
    @rule()
    def all_that_wait_are_approved_at_once(self) -> None:
        async def approve() -> None:
            waiting = [review for review in await self.reviews() if review.status == "pending"]
            await asyncio.gather(*map(self.products[0].approve, waiting))

        self.run(approve())

    @invariant()
    def ratings_are_what_the_reviews_say(self) -> None:
        for product in self.products:
            assert self.run(product.stars()) == self.run(product.recomputed())

    @invariant()
    def counts_are_the_votes(self) -> None:
        for review in self.run(self.reviews()):
            votes: list[Document] = self.run(self.products[0].votes(review.id))
            helpful = [vote for vote in votes if vote["kind"] == "helpful"]
            open_reports = [vote for vote in votes if vote["kind"] == "report" and vote["settled_at"] is None]
            assert (review.helpful_count, review.reported_count) == (len(helpful), len(open_reports))

    @invariant()
    def every_version_was_told(self) -> None:
        for review in self.run(self.reviews()):
            told = self.run(self.products[0].events(review.id))
            assert sorted({version for _, version in told}) == list(range(1, review.version + 1))

    def teardown(self) -> None:
        self.run(self.opened.aclose())
        self.runner.close()


def test_reviews_keep_their_promises(connections: Connections, urls: DatabaseUrls) -> None:
    Reviews.urls = urls
    machine = Reviews.TestCase
    machine.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
    machine().runTest()
