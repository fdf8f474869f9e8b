"""What staff decide and say about reviews."""

from typing import Annotated, Final

import strawberry

from datasources.products import records
from datasources.products.commands import review_moderation
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import key_of
from resolvers.reviews.problems import OwnReviewError, ReviewNotFoundError
from resolvers.reviews.types import Review

MOST_OF_REASON: Final = 500  # as the documents of ProductDb have it
MOST_OF_RESPONSE: Final = 5_000

VERSION = "The version of the review that you have read: no other one is decided on."


@strawberry.input(description="A review to be published.")
class ApproveReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")
    version: int = strawberry.field(description=VERSION)


ApproveReviewError = Annotated[
    ReviewNotFoundError | OwnReviewError | VersionConflictError,
    strawberry.union("ApproveReviewError", description="Why `approveReview` did nothing."),
]


@strawberry.type(description="What `approveReview` answers.")
class ApproveReviewPayload:
    review: records.Review | None = entity(Review, "The review, which everybody may read now.")
    user_errors: list[ApproveReviewError] = user_errors()


@strawberry.input(description="A review to be refused.")
class RejectReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")
    version: int = strawberry.field(description=VERSION)
    reason: str = strawberry.field(
        description=f"Why, for its author to read, in at most {MOST_OF_REASON} characters."
    )


RejectReviewError = Annotated[
    InvalidInputError | ReviewNotFoundError | OwnReviewError | VersionConflictError,
    strawberry.union("RejectReviewError", description="Why `rejectReview` did nothing."),
]


@strawberry.type(description="What `rejectReview` answers.")
class RejectReviewPayload:
    review: records.Review | None = entity(
        Review, "The review, which its author and staff alone may read now."
    )
    user_errors: list[RejectReviewError] = user_errors()


@strawberry.input(description="The shop's answer to a review.")
class RespondToReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")
    text: str = strawberry.field(
        description=f"The answer, in at most {MOST_OF_RESPONSE} characters; it may have several lines."
    )


RespondToReviewError = Annotated[
    InvalidInputError | ReviewNotFoundError,
    strawberry.union("RespondToReviewError", description="Why `respondToReview` did nothing."),
]


@strawberry.type(description="What `respondToReview` answers.")
class RespondToReviewPayload:
    review: records.Review | None = entity(Review, "The review with the answer.")
    user_errors: list[RespondToReviewError] = user_errors()


@strawberry.input(description="A review to which the shop's answer is taken back.")
class WithdrawReviewResponseInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")


WithdrawReviewResponseError = Annotated[
    ReviewNotFoundError,
    strawberry.union("WithdrawReviewResponseError", description="Why `withdrawReviewResponse` did nothing."),
]


@strawberry.type(description="What `withdrawReviewResponse` answers.")
class WithdrawReviewResponsePayload:
    review: records.Review | None = entity(Review, "The review without an answer.")
    user_errors: list[WithdrawReviewResponseError] = user_errors()


@strawberry.type
class ReviewModerationMutations:
    @mutation(
        requires=Permission.MODERATE_REVIEWS,
        at={ReviewNotFoundError: "reviewId", OwnReviewError: "reviewId", VersionConflictError: "version"},
        description="Publish a review: everybody may read it, and it counts for the product's rating. The reports of "
        "it are settled.",
    )
    async def approve_review(self, info: Info, input: ApproveReviewInput) -> ApproveReviewPayload:
        review = await review_moderation.approve_review(
            info.context.connections.products,
            review_id=key_of(input.review_id, "Review"),
            version=input.version,
            moderator_id=info.context.viewer.account_id,
            now=acting(info)["now"],
        )
        return ApproveReviewPayload(review=review)

    @mutation(
        requires=Permission.MODERATE_REVIEWS,
        at={ReviewNotFoundError: "reviewId", OwnReviewError: "reviewId", VersionConflictError: "version"},
        description="Refuse a review, or take a published one back. The reports of it are settled.",
    )
    async def reject_review(self, info: Info, input: RejectReviewInput) -> RejectReviewPayload:
        entries = Entries()
        reason = entries.text(input.reason, "reason", most=MOST_OF_REASON)
        entries.check()
        review = await review_moderation.reject_review(
            info.context.connections.products,
            review_id=key_of(input.review_id, "Review"),
            version=input.version,
            reason=reason,
            moderator_id=info.context.viewer.account_id,
            now=acting(info)["now"],
        )
        return RejectReviewPayload(review=review)

    @mutation(
        requires=Permission.MODERATE_REVIEWS,
        at={ReviewNotFoundError: "reviewId"},
        description="Answer a review for the shop, in place of any answer before.",
    )
    async def respond_to_review(self, info: Info, input: RespondToReviewInput) -> RespondToReviewPayload:
        entries = Entries()
        text = entries.lines(input.text, "text", most=MOST_OF_RESPONSE)
        if text is None:
            entries.refuse("text", "REQUIRED", "This may not be empty.")
        entries.check()
        review = await review_moderation.respond_to_review(
            info.context.connections.products,
            review_id=key_of(input.review_id, "Review"),
            text=text or "",
            responder_id=info.context.viewer.account_id,
            now=acting(info)["now"],
        )
        return RespondToReviewPayload(review=review)

    @mutation(
        requires=Permission.MODERATE_REVIEWS,
        at={ReviewNotFoundError: "reviewId"},
        description="Take the shop's answer to a review back.",
    )
    async def withdraw_review_response(
        self, info: Info, input: WithdrawReviewResponseInput
    ) -> WithdrawReviewResponsePayload:
        review = await review_moderation.withdraw_response(
            info.context.connections.products,
            review_id=key_of(input.review_id, "Review"),
            responder_id=info.context.viewer.account_id,
            now=acting(info)["now"],
        )
        return WithdrawReviewResponsePayload(review=review)
