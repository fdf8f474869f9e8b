"""What readers say about reviews."""

from typing import Annotated, Final

import strawberry

from datasources.products import records
from datasources.products.commands import review_votes
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.inputs import value_of
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import key_of
from resolvers.reviews.problems import AlreadyReportedError, OwnReviewError, ReviewNotFoundError
from resolvers.reviews.types import ReportReason, Review

MOST_OF_DETAILS: Final = 500  # as the documents of ProductDb have them


@strawberry.input(description="A review that you found helpful.")
class VoteReviewHelpfulInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")


VoteReviewHelpfulError = Annotated[
    ReviewNotFoundError | OwnReviewError,
    strawberry.union("VoteReviewHelpfulError", description="Why `voteReviewHelpful` did nothing."),
]


@strawberry.type(description="What `voteReviewHelpful` answers.")
class VoteReviewHelpfulPayload:
    review: records.Review | None = entity(Review, "The review with your vote.")
    user_errors: list[VoteReviewHelpfulError] = user_errors()


@strawberry.input(description="A review that you no longer call helpful.")
class WithdrawReviewVoteInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")


WithdrawReviewVoteError = Annotated[
    ReviewNotFoundError | OwnReviewError,
    strawberry.union("WithdrawReviewVoteError", description="Why `withdrawReviewVote` did nothing."),
]


@strawberry.type(description="What `withdrawReviewVote` answers.")
class WithdrawReviewVotePayload:
    review: records.Review | None = entity(
        Review, "The review without your vote; null if it is no longer published."
    )
    user_errors: list[WithdrawReviewVoteError] = user_errors()


@strawberry.input(description="A review that staff should look at.")
class ReportReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")
    reason: ReportReason = strawberry.field(description="What is wrong with it.")
    details: str | None = strawberry.field(
        default=None,
        description=f"The same in your own words, at most {MOST_OF_DETAILS} characters, for staff to read.",
    )


ReportReviewError = Annotated[
    InvalidInputError | ReviewNotFoundError | OwnReviewError | AlreadyReportedError,
    strawberry.union("ReportReviewError", description="Why `reportReview` did nothing."),
]


@strawberry.type(description="What `reportReview` answers.")
class ReportReviewPayload:
    review: records.Review | None = entity(Review, "The review, which stays published until staff decide.")
    user_errors: list[ReportReviewError] = user_errors()


@strawberry.type
class ReviewVoteMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ReviewNotFoundError: "reviewId", OwnReviewError: "reviewId"},
        description="Say that a review was helpful. Your vote counts once, however often you give it.",
    )
    async def vote_review_helpful(
        self, info: Info, input: VoteReviewHelpfulInput
    ) -> VoteReviewHelpfulPayload:
        review = await review_votes.vote_helpful(
            info.context.connections.products,
            user_id=info.context.viewer.account_id,
            review_id=key_of(input.review_id, "Review"),
            now=acting(info)["now"],
        )
        return VoteReviewHelpfulPayload(review=review)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ReviewNotFoundError: "reviewId", OwnReviewError: "reviewId"},
        description="Take back that a review was helpful; it does no harm if you never said so.",
    )
    async def withdraw_review_vote(
        self, info: Info, input: WithdrawReviewVoteInput
    ) -> WithdrawReviewVotePayload:
        review = await review_votes.withdraw_vote(
            info.context.connections.products,
            user_id=info.context.viewer.account_id,
            review_id=key_of(input.review_id, "Review"),
            now=acting(info)["now"],
        )
        return WithdrawReviewVotePayload(review=review if review.is_approved else None)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={
            ReviewNotFoundError: "reviewId",
            OwnReviewError: "reviewId",
            AlreadyReportedError: "reviewId",
        },
        description="Ask staff to look at a review, once.",
    )
    async def report_review(self, info: Info, input: ReportReviewInput) -> ReportReviewPayload:
        entries = Entries()
        details = entries.lines(input.details, "details", most=MOST_OF_DETAILS)
        entries.check()
        review = await review_votes.report_review(
            info.context.connections.products,
            user_id=info.context.viewer.account_id,
            review_id=key_of(input.review_id, "Review"),
            reason=value_of(input.reason),  # type: ignore[arg-type]  # the enum has just the database's words
            details=details,
            now=acting(info)["now"],
        )
        return ReportReviewPayload(review=review)
