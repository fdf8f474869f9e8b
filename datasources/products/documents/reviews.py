"""What customers say about products, and who found it helpful or reported it."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    date,
    document,
    flag,
    list_of,
    object_id,
    one_of,
    optional,
    text,
    uuid_text,
    web_address,
    whole,
)

PRODUCT_REVIEWS: Final = "product_reviews"
REVIEW_VOTES: Final = "review_votes"

REVIEW_STATUSES: Final = ("pending", "approved", "rejected")  # 000
VOTE_KINDS: Final = ("helpful", "report")
REPORT_REASONS: Final = ("spam", "offensive", "off_topic", "fake", "personal_data", "other")

_RESPONSE: Final = document(
    required=["text", "responded_by", "responded_at"],
    text=text(at_least=1),
    responded_by=uuid_text(),
    responded_at=date(),
)

# How a review came to its status: who decided, when, and what the author may be told.
_MODERATION: Final = document(
    required=["moderated_by", "moderated_at"],
    moderated_by=uuid_text(),
    moderated_at=date(),
    reason=optional(text(at_most=500)),
)

PRODUCT_REVIEWS_SPEC: Final = CollectionSpec(
    name=PRODUCT_REVIEWS,
    validator={
        "$jsonSchema": document(
            required=[
                "product_id",
                "user_id",
                "rating",
                "verified_purchase",
                "helpful_count",
                "reported_count",
                "status",
                "version",
                "created_at",
                "updated_at",
            ],
            product_id=object_id(),
            user_id=uuid_text(),
            order_id=optional(uuid_text()),
            rating=whole(at_least=1, at_most=5),
            title=optional(text(at_most=200)),
            comment=optional(text()),
            images=list_of(web_address()),
            verified_purchase=flag(),
            # The numbers of this review's votes and open reports, changed in the transaction that writes one.
            helpful_count=whole(),
            reported_count=whole(),
            status=one_of(REVIEW_STATUSES),
            moderation=optional(_MODERATION),
            response=optional(_RESPONSE),
            version=whole(at_least=1),
            created_at=date(),
            updated_at=date(),
        )
    },
    indexes=(
        # Seed 000.
        IndexModel([("product_id", ASCENDING), ("user_id", ASCENDING)], unique=True),
        IndexModel([("product_id", ASCENDING), ("status", ASCENDING)]),
        IndexModel([("rating", ASCENDING)]),
        IndexModel([("created_at", DESCENDING)]),
        # Lists paged by keyset: a product's reviews by age, by use and by rating; a user's; the moderators' queue.
        IndexModel(
            [
                ("product_id", ASCENDING),
                ("status", ASCENDING),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
            ],
            name="product_by_age",
        ),
        IndexModel(
            [
                ("product_id", ASCENDING),
                ("status", ASCENDING),
                ("helpful_count", DESCENDING),
                ("_id", DESCENDING),
            ],
            name="product_by_helpfulness",
        ),
        IndexModel(
            [("product_id", ASCENDING), ("status", ASCENDING), ("rating", DESCENDING), ("_id", DESCENDING)],
            name="product_by_rating",
        ),
        IndexModel(
            [("user_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="user_by_age"
        ),
        IndexModel(
            [("status", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="status_by_age"
        ),
        IndexModel(
            [("reported_count", DESCENDING), ("_id", DESCENDING)],
            name="reported",
            partialFilterExpression={"reported_count": {"$gt": 0}},
        ),
    ),
)

# A helpful vote counts once per user, and so does a report: the counts alone (000) could not tell.
REVIEW_VOTES_SPEC: Final = CollectionSpec(
    name=REVIEW_VOTES,
    validator={
        "$jsonSchema": document(
            required=["review_id", "user_id", "kind", "created_at"],
            review_id=object_id(),
            user_id=uuid_text(),
            kind=one_of(VOTE_KINDS),
            # Of a report: why, in a word and in the reporter's own words, and when staff decided on it. A settled
            # report is no longer counted, and still keeps its user from reporting the review again.
            category=optional(one_of(REPORT_REASONS)),
            reason=optional(text(at_most=500)),
            settled_at=optional(date()),
            created_at=date(),
        )
    },
    indexes=(
        IndexModel([("review_id", ASCENDING), ("user_id", ASCENDING), ("kind", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING)]),  # a deleted user's votes
    ),
)
