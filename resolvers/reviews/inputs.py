"""What a list of reviews can be narrowed by, and which reviews a viewer may read."""

from dataclasses import replace
from enum import Enum

import strawberry

from datasources.core.paging import Order as ListOrder
from datasources.products.records import ReviewFilter
from datasources.products.reviews.queries import NEWEST, ORDERS
from resolvers.context import Info
from resolvers.inputs import value_of, values_of
from resolvers.permissions import Permission
from resolvers.problems import BadInput

FEWEST_STARS = 1
MOST_STARS = 5


@strawberry.enum(description="Whether a review has been approved. Everybody may read approved reviews.")
class ReviewStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Waiting to be checked.")
    APPROVED = strawberry.enum_value("approved", description="Checked and published.")
    REJECTED = strawberry.enum_value("rejected", description="Checked, and not published.")


@strawberry.input(description="Conditions on reviews. Every condition must be met.")
class ReviewWhere:
    rating_in: list[int] | None = strawberry.field(
        default=None,
        description=f"The rating is one of these numbers of stars, {FEWEST_STARS} to {MOST_STARS}.",
    )
    is_verified_purchase: bool | None = strawberry.field(
        default=None, description="Whether the author bought the product in this shop."
    )
    status_in: list[ReviewStatus] | None = strawberry.field(
        default=None, description="The status is one of these. Reviews that you may not read are left out."
    )


@strawberry.input(description="Conditions on any reviews, for staff. Every condition must be met.")
class AnyReviewWhere(ReviewWhere):
    is_reported: bool | None = strawberry.field(
        default=None, description="Whether there are reports of it that nobody has decided on."
    )


@strawberry.enum(description="How to sort all reviews, for staff.")
class ReviewOrder(Enum):
    NEWEST = strawberry.enum_value("newest", description="The last written first.")
    OLDEST = strawberry.enum_value("oldest", description="The longest waiting first.")
    MOST_REPORTED = strawberry.enum_value(
        "most_reported",
        description="Those with the most reports that nobody has decided on first; only with `isReported: true`.",
    )


def any_review_filter(info: Info, where: AnyReviewWhere | None) -> ReviewFilter:
    """The same for the list of all reviews.

    Raises:
        BadInput: no review has so many stars.
    """
    return replace(review_filter(info, where), is_reported=None if where is None else where.is_reported)


def review_order(given: ReviewOrder | None, wanted: ReviewFilter) -> ListOrder:
    """The datasource's order that an input stands for.

    Raises:
        BadInput: reviews are to be sorted by their reports that may have none.
    """
    if given is ReviewOrder.MOST_REPORTED and not wanted.is_reported:
        message = "The order MOST_REPORTED is for reported reviews: add isReported: true to `where`."
        raise BadInput(message, field="orderBy")
    return ORDERS[value_of(given)] if given else NEWEST


def review_filter(info: Info, where: ReviewWhere | None) -> ReviewFilter:
    """The datasource's filter that an input stands for: what is not approved is for its author and for staff.

    Raises:
        BadInput: no review has so many stars.
    """
    viewer = info.context.viewer
    approved_only = not viewer.may(Permission.READ_UNMODERATED_REVIEWS)
    author = viewer.user_id if approved_only else None
    if where is None:
        return ReviewFilter(approved_only=approved_only, author=author)
    return ReviewFilter(
        approved_only=approved_only,
        author=author,
        statuses=values_of(where.status_in),
        ratings=None if where.rating_in is None else _stars(where.rating_in),
        is_verified_purchase=where.is_verified_purchase,
    )


def _stars(ratings: list[int]) -> tuple[int, ...]:
    distinct = sorted(set(ratings))
    if distinct and not FEWEST_STARS <= distinct[0] <= distinct[-1] <= MOST_STARS:
        message = f"A review has {FEWEST_STARS} to {MOST_STARS} stars."
        raise BadInput(message, field="where.ratingIn")
    return tuple(distinct)
