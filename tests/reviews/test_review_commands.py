"""Reviews are written once, checked as they were read, voted for once, and every change is told in its transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.errors import VersionConflict
from datasources.products.catalogue_errors import UnknownProduct
from datasources.products.commands.review_moderation import (
    respond_to_review,
    withdraw_response,
)
from datasources.products.commands.review_votes import report_review, vote_helpful, withdraw_vote
from datasources.products.commands.reviews import create_review, delete_review, update_review
from datasources.products.loaders import ProductLoaders
from datasources.products.reviews.changes import NewReview
from datasources.products.reviews.errors import (
    AlreadyReported,
    AlreadyReviewed,
    OwnReview,
    UnknownReview,
)
from tests.reviews.reviewing import MODERATOR, NOW, NOW_AS_STORED, Reviewing

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.products.records import Review

NOTHING = "f" * 24


async def report(reviewing: Reviewing, review: Review, user_id: UUID) -> Review:
    """Report a review as spam."""
    return await report_review(
        reviewing.database, user_id=user_id, review_id=review.id, reason="spam", details="Buy!", now=NOW
    )


async def test_a_new_review_waits_and_is_as_it_is_read(reviewing: Reviewing) -> None:
    order_id = uuid4()
    review = await reviewing.write(rating=4, order_id=order_id)
    assert (review.rating, review.comment, review.status) == (4, "It does\nwhat it should.", "pending")
    assert (review.is_verified_purchase, review.created_at) == (True, NOW_AS_STORED)
    assert review == await ProductLoaders(reviewing.database).review_by_id.load(review.id)
    stored = await reviewing.document(review.id)
    assert stored is not None
    assert stored["order_id"] == str(order_id)
    assert (await reviewing.write()).is_verified_purchase is False
    assert await reviewing.events(review.id) == [("ReviewCreated", 1)]
    assert await reviewing.stars() == (0.0, 0, [0, 0, 0, 0, 0])


@pytest.mark.parametrize("product_id", [NOTHING, "no id"])
async def test_what_is_not_sold_is_not_reviewed(reviewing: Reviewing, product_id: str) -> None:
    with pytest.raises(UnknownProduct):
        await create_review(
            reviewing.database,
            user_id=uuid4(),
            product_id=product_id,
            review=NewReview(rating=5),
            order_id=None,
            now=NOW,
        )


@pytest.mark.parametrize("changes", [{"status": "draft"}, {"is_published": False}])
async def test_an_unpublished_product_is_not_reviewed(
    connections: Connections, changes: dict[str, Any]
) -> None:
    hidden = await Reviewing.of_new_product(connections.products, **changes)
    with pytest.raises(UnknownProduct):
        await hidden.write()


async def test_of_many_reviews_of_one_user_at_once_one_is_written(reviewing: Reviewing) -> None:
    user = uuid4()
    results = await asyncio.gather(
        *(reviewing.write(user_id=user, rating=1 + it % 5) for it in range(10)), return_exceptions=True
    )
    written = [it for it in results if not isinstance(it, BaseException)]
    refused = [it for it in results if isinstance(it, AlreadyReviewed)]
    assert (len(written), len(refused)) == (1, 9)
    assert {it.review for it in refused} == set(written)


async def test_what_an_author_changes_is_checked_again(reviewing: Reviewing) -> None:
    user = uuid4()
    published = await reviewing.publish(user_id=user)
    assert await reviewing.stars() == (5.0, 1, [0, 0, 0, 0, 1])
    changed = await update_review(
        reviewing.database,
        user_id=user,
        review_id=published.id,
        changes={"rating": 1, "images": ("https://x.example/1.jpg",)},
        version=published.version,
        now=NOW,
    )
    assert (changed.rating, changed.title, changed.status) == (1, "Good", "pending")
    assert changed.images == ("https://x.example/1.jpg",)
    assert await reviewing.stars() == (0.0, 0, [0, 0, 0, 0, 0])
    assert await reviewing.events(published.id) == [
        ("ReviewCreated", 1), ("ReviewApproved", 2), ("ReviewUpdated", 3),
    ]  # fmt: skip
    assert await reviewing.events(reviewing.product_id) == [
        ("ProductRatingChanged", 1), ("ProductRatingChanged", 2),
    ]  # fmt: skip
    assert (await reviewing.product())["version"] == 7


async def test_a_change_that_changes_nothing_does_nothing(reviewing: Reviewing) -> None:
    user = uuid4()
    published = await reviewing.publish(user_id=user)
    same = await update_review(
        reviewing.database,
        user_id=user,
        review_id=published.id,
        changes={"rating": 5, "title": "Good", "images": ()},
        now=NOW,
    )
    assert same == published


async def test_a_delivery_verifies_a_review_without_another_check(reviewing: Reviewing) -> None:
    user, order_id = uuid4(), uuid4()
    published = await reviewing.publish(user_id=user)
    verified = await update_review(
        reviewing.database, user_id=user, review_id=published.id, changes={}, order_id=order_id, now=NOW
    )
    assert (verified.is_verified_purchase, verified.status) == (True, "approved")
    again = await update_review(
        reviewing.database, user_id=user, review_id=published.id, changes={}, order_id=uuid4(), now=NOW
    )
    assert again == verified


async def test_nobody_changes_or_deletes_anothers_review(reviewing: Reviewing) -> None:
    review = await reviewing.publish()
    for review_id in (review.id, NOTHING, "no id"):
        with pytest.raises(UnknownReview):
            await update_review(
                reviewing.database, user_id=uuid4(), review_id=review_id, changes={"rating": 1}, now=NOW
            )
        with pytest.raises(UnknownReview):
            await delete_review(reviewing.database, user_id=uuid4(), review_id=review_id, now=NOW)
    assert await reviewing.stars() == (5.0, 1, [0, 0, 0, 0, 1])


async def test_nothing_is_decided_on_a_text_unseen(reviewing: Reviewing) -> None:
    user = uuid4()
    seen = await reviewing.write(user_id=user)
    await update_review(
        reviewing.database, user_id=user, review_id=seen.id, changes={"comment": "Buy elsewhere!"}, now=NOW
    )
    for decide in (reviewing.approve, reviewing.reject):
        with pytest.raises(VersionConflict) as refused:
            await decide(seen)
        assert refused.value.current_version == 2
    assert await reviewing.stars() == (0.0, 0, [0, 0, 0, 0, 0])


async def test_a_decision_and_a_change_at_once_never_publish_the_change(reviewing: Reviewing) -> None:
    for _ in range(10):
        user = uuid4()
        seen = await reviewing.write(user_id=user)
        change = update_review(
            reviewing.database, user_id=user, review_id=seen.id, changes={"comment": "Buy!"}, now=NOW
        )
        await asyncio.gather(reviewing.approve(seen), change, return_exceptions=True)
        stored = await reviewing.document(seen.id)
        assert stored is not None
        assert (stored["comment"], stored["status"]) == ("Buy!", "pending")
    assert await reviewing.stars() == await reviewing.recomputed()


async def test_nobody_moderates_their_own_review(reviewing: Reviewing) -> None:
    own = await reviewing.write(user_id=MODERATOR)
    for decide in (reviewing.approve, reviewing.reject):
        with pytest.raises(OwnReview):
            await decide(own)


async def test_a_rejected_review_tells_its_author_why_and_may_be_approved_later(reviewing: Reviewing) -> None:
    published = await reviewing.publish(rating=2)
    rejected = await reviewing.reject(published)
    assert (rejected.status, rejected.rejection_reason) == ("rejected", "Not about the product.")
    assert await reviewing.stars() == (0.0, 0, [0, 0, 0, 0, 0])
    approved = await reviewing.approve(rejected)
    assert (approved.status, approved.rejection_reason) == ("approved", None)
    assert await reviewing.stars() == (2.0, 1, [0, 1, 0, 0, 0])


async def test_a_vote_counts_once_however_often_and_however_many_at_once(reviewing: Reviewing) -> None:
    review = await reviewing.publish()
    users = [uuid4() for _ in range(8)]
    await asyncio.gather(
        *(
            vote_helpful(reviewing.database, user_id=user, review_id=review.id, now=NOW)
            for user in users
            for _ in range(3)
        )
    )
    counted = await reviewing.document(review.id)
    assert counted is not None
    assert (counted["helpful_count"], counted["version"]) == (8, review.version)
    assert len(await reviewing.votes(review.id)) == 8
    for _ in range(2):
        left = await withdraw_vote(reviewing.database, user_id=users[0], review_id=review.id, now=NOW)
        assert left.helpful_count == 7


async def test_what_is_not_published_or_ones_own_is_neither_voted_for_nor_reported(
    reviewing: Reviewing,
) -> None:
    user = uuid4()
    pending, own = await reviewing.write(), await reviewing.publish(user_id=user)
    for review, refusal in ((pending, UnknownReview), (own, OwnReview)):
        with pytest.raises(refusal):
            await vote_helpful(reviewing.database, user_id=user, review_id=review.id, now=NOW)
        with pytest.raises(refusal):
            await withdraw_vote(reviewing.database, user_id=user, review_id=review.id, now=NOW)
        with pytest.raises(refusal):
            await report(reviewing, review, user)


async def test_a_report_counts_once_and_is_settled_by_the_next_decision(reviewing: Reviewing) -> None:
    review, users = await reviewing.publish(), [uuid4() for _ in range(3)]
    reported = [await report(reviewing, review, user) for user in users]
    assert [it.reported_count for it in reported] == [1, 2, 3]
    with pytest.raises(AlreadyReported):
        await report(reviewing, review, users[0])
    kept = await reviewing.approve(reported[-1])
    assert (kept.status, kept.reported_count) == ("approved", 0)
    assert {vote["settled_at"] for vote in await reviewing.votes(review.id)} == {NOW_AS_STORED}
    with pytest.raises(AlreadyReported):
        await report(reviewing, review, users[0])
    assert (await report(reviewing, review, uuid4())).reported_count == 1


async def test_a_deleted_review_takes_its_votes_along(reviewing: Reviewing) -> None:
    user = uuid4()
    review = await reviewing.publish(user_id=user)
    await vote_helpful(reviewing.database, user_id=uuid4(), review_id=review.id, now=NOW)
    await delete_review(reviewing.database, user_id=user, review_id=review.id, now=NOW)
    assert await reviewing.document(review.id) is None
    assert await reviewing.votes(review.id) == []
    assert await reviewing.stars() == (0.0, 0, [0, 0, 0, 0, 0])
    assert (await reviewing.events(review.id))[-1] == ("ReviewDeleted", review.version + 1)
    assert (await reviewing.write(user_id=user)).status == "pending"


async def test_the_shop_answers_once_and_may_take_it_back(reviewing: Reviewing) -> None:
    review = await reviewing.publish()
    for text in ("Thanks.", "Thank you."):
        answered = await respond_to_review(
            reviewing.database, review_id=review.id, text=text, responder_id=MODERATOR, now=NOW
        )
        assert answered.response is not None
        assert (answered.response.text, answered.response.responded_at) == (text, NOW_AS_STORED)
    for _ in range(2):
        bare = await withdraw_response(
            reviewing.database, review_id=review.id, responder_id=MODERATOR, now=NOW
        )
        assert (bare.response, bare.version) == (None, review.version + 3)


async def test_reviews_approved_at_the_same_instant_all_count(reviewing: Reviewing) -> None:
    waiting = [await reviewing.write(rating=1 + it % 5) for it in range(20)]
    await asyncio.gather(*map(reviewing.approve, waiting))
    assert await reviewing.stars() == (3.0, 20, [4, 4, 4, 4, 4])
    changes: list[Any] = [reviewing.reject(it) for it in await published(reviewing, waiting[:6])]
    changes += [reviewing.publish(rating=5) for _ in range(6)]
    await asyncio.gather(*changes)
    assert await reviewing.stars() == await reviewing.recomputed()
    events = await reviewing.events(reviewing.product_id)
    assert sorted(events) == [("ProductRatingChanged", it) for it in range(1, 33)]


async def published(reviewing: Reviewing, reviews: list[Review]) -> list[Review]:
    """The reviews as they are now."""
    found = await ProductLoaders(reviewing.database).review_by_id.load_many([it.id for it in reviews])
    return [it for it in found if it is not None]
