"""Ratings are counted off an index, and a page of the moderators' list costs no more than itself."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from bson.objectid import ObjectId

from datasources.core.document_paging import keyset_filter, keyset_sort
from datasources.core.paging import Window
from datasources.products.documents import PRODUCT_REVIEWS
from datasources.products.records import ReviewFilter
from datasources.products.reviews import queries
from datasources.products.reviews.ratings import stars_of
from tests.collections import examples
from tests.reviews.reviewing import NOW, Reviewing

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.documents import DocumentDatabase
    from datasources.core.paging import Order

PAGE = 20


@pytest.fixture(scope="module")
async def crowded(connections: Connections) -> Reviewing:
    """A product with three thousand reviews, among those of others."""
    reviewing, dice = await Reviewing.of_new_product(connections.products), random.Random(5)  # noqa: S311  # the same every time
    await connections.products.database[PRODUCT_REVIEWS].insert_many(
        [
            examples.product_review(
                product_id=ObjectId(reviewing.product_id) if number % 2 else ObjectId(),
                user_id=str(uuid4()),
                rating=dice.randint(1, 5),
                status=dice.choice(("approved", "approved", "pending", "rejected")),
                reported_count=dice.choice((0, 0, 0, 1, 2)),
                created_at=NOW - timedelta(minutes=dice.randrange(500)),
            )
            for number in range(6_000)
        ]
    )
    return reviewing


async def costs(database: DocumentDatabase, command: dict[str, Any]) -> dict[str, Any]:
    """What a command did, as the server tells."""
    explained = await database.database.command({"explain": command, "verbosity": "executionStats"})
    stages = explained.get("stages")
    told: dict[str, Any] = (stages[0]["$cursor"] if stages else explained)["executionStats"]
    return told


async def test_a_rating_is_counted_off_an_index(crowded: Reviewing) -> None:
    pipeline = stars_of(ObjectId(crowded.product_id))
    told = await costs(crowded.database, {"aggregate": PRODUCT_REVIEWS, "pipeline": pipeline, "cursor": {}})
    _, count, _ = await crowded.recomputed()
    assert count > 1_000
    assert told["totalDocsExamined"] == 0
    assert told["totalKeysExamined"] <= count + 1


ANY = ReviewFilter(approved_only=False)
PENDING = ReviewFilter(approved_only=False, statuses=("pending",))
REPORTED = ReviewFilter(approved_only=False, is_reported=True)


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        pytest.param(ANY, queries.NEWEST, id="newest"),
        pytest.param(ANY, queries.OLDEST, id="oldest"),
        pytest.param(PENDING, queries.NEWEST, id="pending-newest"),
        pytest.param(PENDING, queries.OLDEST, id="pending-oldest"),
        pytest.param(REPORTED, queries.MOST_REPORTED, id="most-reported"),
    ],
)
async def test_a_page_of_the_moderators_list_costs_no_more_than_itself(
    crowded: Reviewing, wanted: ReviewFilter, order: Order
) -> None:
    first = await queries.page_of_reviews(
        crowded.database, wanted=wanted, order=order, window=Window(size=PAGE)
    )
    for window in (Window(size=PAGE), Window(size=PAGE, cursor=first.end_cursor)):
        told = await costs(
            crowded.database,
            {
                "find": PRODUCT_REVIEWS,
                "filter": keyset_filter(queries.conditions(wanted, order), order, window),
                "sort": dict(keyset_sort(order, window)),
                "limit": window.size + 1,
            },
        )
        assert told["nReturned"] == PAGE + 1
        assert told["totalDocsExamined"] <= 10 * PAGE
