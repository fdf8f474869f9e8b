"""What mutations on reviews tell their users as data: one type for each error of reviews."""

import strawberry

from datasources.products import records
from datasources.products.reviews import errors
from resolvers.mutations import UserError
from resolvers.reviews.types import Review


@strawberry.type(
    description="There is no such review, or it is not yours to change, or not published so that you could judge it."
)
class ReviewNotFoundError(UserError):
    raised_as = errors.UnknownReview


@strawberry.type(description="You have reviewed the product before: change that review instead.")
class AlreadyReviewedError(UserError):
    raised_as = errors.AlreadyReviewed

    review: records.Review = strawberry.field(
        graphql_type=Review, description="Your review, whatever its status."
    )


@strawberry.type(description="Nobody moderates, reports or votes for a review of their own.")
class OwnReviewError(UserError):
    raised_as = errors.OwnReview


@strawberry.type(description="You have reported the review before. Staff will look at it, or already have.")
class AlreadyReportedError(UserError):
    raised_as = errors.AlreadyReported
