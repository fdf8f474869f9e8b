"""Reviews over HTTP: written by customers, read by others once staff have checked them, and anonymous in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.people import PASSWORD, codes, do, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient
    from tests.people import Person

REVIEW = "review { id rating title comment images status isVerifiedPurchase rejectionReason version }"
WITH_ERRORS = "query ($id: ID!) { node(id: $id) { ... on Review { %s } } }"
PRODUCT = """
query ($id: ID!) {
  product(id: $id) {
    rating { average count distribution { stars count } }
    reviews(first: 100) { totalCount nodes { id status authorName author { email } foundHelpful helpfulCount } }
  }
}
"""
QUEUE = """
query ($where: AnyReviewWhere, $after: String, $orderBy: ReviewOrder) {
  reviews(first: 100, after: $after, where: $where, orderBy: $orderBy) {
    totalCount nodes { id status reportedCount createdAt version } pageInfo { endCursor hasNextPage }
  }
}
"""


@pytest.fixture
async def person(client: GraphQLClient, connections: Connections) -> Person:
    """A customer."""
    return await new_person(client, connections)


@pytest.fixture
async def product_id(client: GraphQLClient) -> str:
    """A product of the demo shop that has reviews."""
    query = "{ products(first: 1, orderBy: RATING_DESC) { nodes { id } } }"
    return str((await client.data(query))["products"]["nodes"][0]["id"])


async def write(person: Person, product_id: str, **changes: Any) -> Any:
    """The payload of a review by somebody."""
    given = {"productId": product_id, "rating": 4, "title": " Fine ", "comment": "One.\r\nTwo.", **changes}
    return await person.do("createReview", given, REVIEW)


async def approve(client: GraphQLClient, review: Any) -> Any:
    """The review after a manager has approved it."""
    given = {"reviewId": review["id"], "version": review["version"]}
    approved = await do(client, "approveReview", given, REVIEW, as_="manager")
    assert codes(approved) == []
    return approved["review"]


async def rating_of(client: GraphQLClient, product_id: str) -> tuple[float, int]:
    """The sum of a product's stars, and how many reviews gave them."""
    rating = (await client.data(PRODUCT, {"id": product_id}))["product"]["rating"]
    by_stars = {it["stars"]: it["count"] for it in rating["distribution"]}
    assert sorted(by_stars) == [1, 2, 3, 4, 5]
    assert sum(by_stars.values()) == rating["count"]
    total = sum(stars * count for stars, count in by_stars.items())
    assert rating["average"] == (total / rating["count"] if rating["count"] else None)
    return total, rating["count"]


async def test_the_whole_life_of_a_review(client: GraphQLClient, person: Person, product_id: str) -> None:
    total, count = await rating_of(client, product_id)
    written = await write(person, product_id, images=["https://photos.example/1.jpg"])
    review = written["review"]
    assert review == {
        "id": review["id"], "rating": 4, "title": "Fine", "comment": "One.\nTwo.", "status": "PENDING",
        "images": ["https://photos.example/1.jpg"], "isVerifiedPurchase": False, "rejectionReason": None, "version": 1,
    }  # fmt: skip
    assert (await client.data(WITH_ERRORS % "id", {"id": review["id"]}))["node"] is None
    await approve(client, review)
    assert await rating_of(client, product_id) == (total + 4, count + 1)
    seen = (await client.data(PRODUCT, {"id": product_id}))["product"]["reviews"]["nodes"][0]
    assert seen == {
        "id": review["id"], "status": "APPROVED", "authorName": "Ada P.", "author": None, "foundHelpful": False,
        "helpfulCount": 0,
    }  # fmt: skip
    changed = await person.do("updateReview", {"reviewId": review["id"], "rating": 2, "title": None}, REVIEW)
    assert [changed["review"][it] for it in ("rating", "title", "status")] == [2, None, "PENDING"]
    assert await rating_of(client, product_id) == (total, count)
    rejected = await do(
        client,
        "rejectReview",
        {"reviewId": review["id"], "version": 3, "reason": "Not about the product."},
        REVIEW,
        as_="admin",
    )
    assert rejected["review"]["rejectionReason"] == "Not about the product."
    own = (await person.ask(WITH_ERRORS % "status rejectionReason", {"id": review["id"]})).data["node"]
    assert own == {"status": "REJECTED", "rejectionReason": "Not about the product."}
    await approve(client, rejected["review"])
    assert await rating_of(client, product_id) == (total + 2, count + 1)
    select = "deletedReviewId product { rating { count } }"
    deleted = await person.do("deleteReview", {"reviewId": review["id"]}, select)
    assert deleted["deletedReviewId"] == review["id"]
    assert deleted["product"] == {"rating": {"count": count}}
    assert codes(await person.do("deleteReview", {"reviewId": review["id"]})) == ["REVIEW_NOT_FOUND"]


async def test_a_product_is_reviewed_once_by_each_user(person: Person, product_id: str) -> None:
    first = (await write(person, product_id))["review"]
    query = """
    mutation ($input: CreateReviewInput!) {
      createReview(input: $input) {
        review { id } userErrors { ... on AlreadyReviewedError { code field review { id status } } }
      }
    }
    """
    again = await person.ask(query, {"input": {"productId": product_id, "rating": 1}})
    assert again.data["createReview"] == {
        "review": None,
        "userErrors": [
            {
                "code": "ALREADY_REVIEWED",
                "field": ["productId"],
                "review": {"id": first["id"], "status": "PENDING"},
            }
        ],
    }


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"rating": 0}, "INVALID", ["rating"]),
        ({"rating": 6}, "INVALID", ["rating"]),
        ({"title": "x" * 201}, "TOO_LONG", ["title"]),
        ({"title": "two\nlines"}, "INVALID_CHARACTERS", ["title"]),
        ({"comment": "x" * 5001}, "TOO_LONG", ["comment"]),
        ({"comment": "a\u0000b"}, "INVALID_CHARACTERS", ["comment"]),
        ({"images": ["javascript:alert(1)"]}, "INVALID", ["images", "0"]),
        ({"images": ["https://x.example/1.jpg", "https://x.example/\" onload=\""]}, "INVALID", ["images", "1"]),
        ({"images": ["https://x.example/1.jpg"] * 11}, "TOO_LONG", ["images"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_of_a_review_is_told_by_field(
    person: Person, product_id: str, changes: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await write(person, product_id, **changes)
    assert payload["review"] is None
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [(code, field)]


async def test_an_unknown_product_is_told_as_data(person: Person) -> None:
    payload = await write(person, "UHJvZHVjdDpmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY")
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [
        ("PRODUCT_NOT_FOUND", ["productId"])
    ]


async def test_a_delivered_order_makes_a_purchase_verified(client: GraphQLClient) -> None:
    query = """
    {
      me {
        reviews(first: 100) { nodes { product { id } } }
        orders(first: 100) { nodes { status items { product { id status isPublished } } } }
      }
    }
    """
    me = (await client.data(query, as_="customer"))["me"]
    reviewed = {it["product"]["id"] for it in me["reviews"]["nodes"] if it["product"]}
    bought: dict[str, set[str]] = {}
    for order in me["orders"]["nodes"]:
        products = [it["product"] for it in order["items"] if it["product"]]
        on_sale = {it["id"] for it in products if it["status"] == "ACTIVE" and it["isPublished"]}
        bought.setdefault(order["status"], set()).update(on_sale - reviewed)
    received = bought["DELIVERED"] | bought["REFUNDED"]
    for product_id, expected in (
        (min(bought["DELIVERED"]), True),
        (min(bought["CANCELLED"] - received), False),
    ):
        given = {"productId": product_id, "rating": 5}
        payload = await do(client, "createReview", given, "review { isVerifiedPurchase }", as_="customer")
        assert payload == {"review": {"isVerifiedPurchase": expected}, "userErrors": []}


async def test_readers_vote_and_report_and_staff_settle_it(
    client: GraphQLClient, connections: Connections, person: Person, product_id: str
) -> None:
    author = await new_person(client, connections)
    review = await approve(client, (await write(author, product_id))["review"])
    given, select = {"reviewId": review["id"]}, "review { helpfulCount foundHelpful }"
    for _ in range(2):
        voted = await person.do("voteReviewHelpful", given, select)
        assert voted["review"] == {"helpfulCount": 1, "foundHelpful": True}
    seen = await client.data(WITH_ERRORS % "helpfulCount foundHelpful", {"id": review["id"]})
    assert seen["node"] == {"helpfulCount": 1, "foundHelpful": False}
    assert codes(await author.do("voteReviewHelpful", given)) == ["OWN_REVIEW"]
    withdrawn = await person.do("withdrawReviewVote", given, select)
    assert withdrawn["review"] == {"helpfulCount": 0, "foundHelpful": False}
    report = {**given, "reason": "SPAM", "details": "Line one\nline two"}
    assert codes(await person.do("reportReview", report)) == []
    assert codes(await person.do("reportReview", report)) == ["ALREADY_REPORTED"]
    queue = (await client.data(QUEUE, {"where": {"isReported": True}}, as_="manager"))["reviews"]
    assert review["id"] in {it["id"] for it in queue["nodes"]}
    fields = "reportedCount reports { reason details settledAt reporter { email } }"
    told = (await client.data(WITH_ERRORS % fields, {"id": review["id"]}, as_="manager"))["node"]
    assert told == {
        "reportedCount": 1,
        "reports": [
            {
                "reason": "SPAM", "details": "Line one\nline two", "settledAt": None,
                "reporter": {"email": person.email},
            }
        ],
    }  # fmt: skip
    refused = await client.ask(WITH_ERRORS % "rating reportedCount reports { reason }", {"id": review["id"]})
    assert refused.data["node"] == {"rating": 4, "reportedCount": None, "reports": None}
    assert refused.codes() == {"FORBIDDEN"}
    await approve(client, review)
    told = (await client.data(WITH_ERRORS % fields, {"id": review["id"]}, as_="manager"))["node"]
    assert told["reportedCount"] == 0
    assert told["reports"][0]["settledAt"] is not None


async def test_moderators_decide_on_what_they_read_and_answer(
    client: GraphQLClient, person: Person, product_id: str
) -> None:
    review = (await write(person, product_id))["review"]
    await person.do("updateReview", {"reviewId": review["id"], "comment": "Buy elsewhere!"})
    query = """
    mutation ($input: ApproveReviewInput!) {
      approveReview(input: $input) {
        review { id } userErrors { ... on VersionConflictError { code field currentVersion } }
      }
    }
    """
    stale = await client.data(query, {"input": {"reviewId": review["id"], "version": 1}}, as_="manager")
    assert stale["approveReview"] == {
        "review": None,
        "userErrors": [{"code": "VERSION_CONFLICT", "field": ["version"], "currentVersion": 2}],
    }
    await approve(client, {**review, "version": 2})
    select = "review { response { text respondedAt } }"
    answer = {"reviewId": review["id"], "text": "Dear Ada,\nthank you."}
    answered = await do(client, "respondToReview", answer, select, as_="manager")
    assert answered["review"]["response"]["text"] == "Dear Ada,\nthank you."
    empty = await do(client, "respondToReview", {**answer, "text": " "}, select, as_="manager")
    assert [(it["code"], it["field"]) for it in empty["userErrors"]] == [("REQUIRED", ["text"])]
    given = {"reviewId": review["id"]}
    withdrawn = await do(client, "withdrawReviewResponse", given, select, as_="manager")
    assert withdrawn["review"]["response"] is None


@pytest.mark.parametrize(
    "mutation", ["approveReview", "rejectReview", "respondToReview", "withdrawReviewResponse"]
)
async def test_an_unknown_review_is_told_as_data(client: GraphQLClient, mutation: str) -> None:
    given: dict[str, Any] = {"reviewId": "UmV2aWV3OmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZg"}
    given |= {"version": 1} if mutation in {"approveReview", "rejectReview"} else {}
    given |= {"rejectReview": {"reason": "x"}, "respondToReview": {"text": "x"}}.get(mutation, {})
    payload = await do(client, mutation, given, "review { id }", as_="manager")
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [("REVIEW_NOT_FOUND", ["reviewId"])]


@pytest.mark.parametrize("order", ["NEWEST", "OLDEST", "MOST_REPORTED"])
async def test_the_moderators_list_is_walked_to_its_end_once(client: GraphQLClient, order: str) -> None:
    where = {"statusIn": ["PENDING", "REJECTED"]} | ({"isReported": True} if order == "MOST_REPORTED" else {})
    found: list[Any] = []
    after = None
    while True:
        given = {"where": where, "after": after, "orderBy": order}
        answer = await client.data(QUEUE.replace("first: 100", "first: 7"), given, as_="manager")
        page = answer["reviews"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len({it["id"] for it in found}) == len(found) == page["totalCount"] > 7
    assert {it["status"] for it in found} <= {"PENDING", "REJECTED"}
    times = [it["createdAt"] for it in found]
    counts = [it["reportedCount"] for it in found]
    match order:
        case "NEWEST":
            assert times == sorted(times, reverse=True)
        case "OLDEST":
            assert times == sorted(times)
        case _:
            assert counts == sorted(counts, reverse=True)
            assert counts[-1] > 0


async def test_only_reported_reviews_are_sorted_by_their_reports(client: GraphQLClient) -> None:
    for where in ({}, {"isReported": False}):
        answer = await client.ask(QUEUE, {"where": where, "orderBy": "MOST_REPORTED"}, as_="manager")
        assert [error["extensions"] for error in answer.errors] == [{"code": "BAD_INPUT", "field": "orderBy"}]


async def test_a_review_outlives_its_authors_account_without_a_name(
    client: GraphQLClient, person: Person, product_id: str
) -> None:
    review = await approve(client, (await write(person, product_id))["review"])
    total, count = await rating_of(client, product_id)
    assert codes(await person.do("deleteAccount", {"password": PASSWORD})) == []
    for as_ in (None, "admin"):
        query = WITH_ERRORS % "rating comment authorName author { email }"
        seen = (await client.data(query, {"id": review["id"]}, as_=as_))["node"]
        assert seen == {"rating": 4, "comment": "One.\nTwo.", "authorName": None, "author": None}
    assert await rating_of(client, product_id) == (total, count)
