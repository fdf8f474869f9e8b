"""The types of a review: what a customer says about a product, and the shop's answer."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry

from datasources.products import records
from datasources.products.reviews.loaders import MOST_REPORTS
from datasources.users import records as user_records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.products.visibility import may_see
from resolvers.relations import one
from resolvers.relay import Node, id_field, source_is
from resolvers.requirements import restricted_field
from resolvers.reviews.inputs import ReviewStatus
from resolvers.scalars import Url
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.products.types import Product
    from resolvers.users.types import User


@strawberry.type(description="The shop's answer to a review.")
class ReviewResponse:
    text: str = strawberry.field(description="The answer.")
    responded_at: datetime = strawberry.field(description="When the shop answered.")


@strawberry.enum(description="Why a review is reported.")
class ReportReason(Enum):
    SPAM = strawberry.enum_value("spam", description="It advertises something.")
    OFFENSIVE = strawberry.enum_value("offensive", description="It insults, threatens or discriminates.")
    OFF_TOPIC = strawberry.enum_value("off_topic", description="It is not about the product.")
    FAKE = strawberry.enum_value("fake", description="Its author does not seem to know the product.")
    PERSONAL_DATA = strawberry.enum_value(
        "personal_data", description="It gives somebody's private data away."
    )
    OTHER = strawberry.enum_value("other", description="Something else, which the details tell.")


@strawberry.type(description="A reader's report of a review, for staff.")
class ReviewReport:
    reason: ReportReason | None = strawberry.field(
        description="What the reader says is wrong; null for old reports, which have details alone."
    )
    details: str | None = strawberry.field(description="The same in the reader's own words.")
    reported_at: datetime = strawberry.field(description="When it was reported.")
    settled_at: datetime | None = strawberry.field(
        description="When staff decided on the review after it; null until then."
    )
    reporter: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "reporter_id",
        description="The reader; null if the account has been deleted.",
        visible=may_see_user,
    )


async def _count_reports(root: Any, info: Info) -> int:  # noqa: ARG001  # the resolver's signature
    return root.reported_count  # type: ignore[no-any-return]  # root is a record of a review


async def _find_reports(root: Any, info: Info) -> Any:
    return await info.context.loaders.reviews.reports_by_review.load(root.id)


@strawberry.type(description="A customer's review of a product.")
class Review(Node):
    is_type_of = source_is(records.Review)

    id: strawberry.ID = id_field("Review")
    rating: int = strawberry.field(description="The rating, 1 to 5 stars.")
    title: str | None = strawberry.field(description="Its title.")
    comment: str | None = strawberry.field(description="Its text.")
    images: list[Url] = strawberry.field(description="The URLs of the customer's photos.")
    is_verified_purchase: bool = strawberry.field(
        description="Whether its author bought the product in this shop."
    )
    helpful_count: int = strawberry.field(description="How many people found it helpful.")
    status: ReviewStatus = strawberry.field(description="Whether it has been approved.")
    rejection_reason: str | None = strawberry.field(
        description="Why it was rejected, for its author; null if it was not."
    )
    version: int = strawberry.field(
        description="How often it was written, decided on and answered: what a change names as the one that it is "
        "meant for."
    )
    response: ReviewResponse | None = strawberry.field(description="The shop's answer, if there is one.")
    created_at: datetime = strawberry.field(description="When it was written.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="The product that is reviewed; null if it is no longer sold.",
        visible=may_see,
    )
    author: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        description="Its author. Only the author and staff see this; everybody sees `authorName`.",
        visible=may_see_user,
    )

    reported_count: int | None = restricted_field(
        Permission.READ_UNMODERATED_REVIEWS,
        graphql_type=Optional[int],  # noqa: UP045  # a GraphQL type, known only at run time
        description="How many reports of it nobody has decided on.",
    )(_count_reports)
    reports: list[ReviewReport] | None = restricted_field(
        Permission.READ_UNMODERATED_REVIEWS,
        graphql_type=Optional[list[ReviewReport]],  # noqa: UP045  # a GraphQL type, known only at run time
        description=f"The newest reports of it, at most {MOST_REPORTS}.",
    )(_find_reports)

    @strawberry.field(description="Whether you found it helpful; false for guests.")
    async def found_helpful(self: records.Review, info: Info) -> bool:
        user_id = info.context.viewer.user_id
        if user_id is None:
            return False
        return await info.context.loaders.reviews.found_helpful.load((self.id, user_id))

    @strawberry.field(description="The author's public name: the first name and an initial, such as Ada L.")
    async def author_name(
        self: records.Review,
        info: Info,
    ) -> str | None:
        author = await info.context.loaders.users.by_id.load(self.user_id)
        return None if author is None else public_name(author)


def public_name(user: user_records.User) -> str | None:
    """A name that does not give a person away: the first name and the last name's initial."""
    initial = f"{user.last_name[0]}." if user.last_name else None
    return " ".join(part for part in (user.first_name, initial) if part) or None
