"""The types of a review: what a customer says about a product, and the shop's answer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.products import records
from datasources.users import records as user_records
from resolvers.context import Info
from resolvers.products.visibility import may_see
from resolvers.relations import one
from resolvers.relay import Node, id_field, source_is
from resolvers.reviews.inputs import ReviewStatus
from resolvers.scalars import Url
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.products.types import Product
    from resolvers.users.types import User


@strawberry.type(description="The shop's answer to a review.")
class ReviewResponse:
    text: str = strawberry.field(description="The answer.")
    responded_at: datetime = strawberry.field(description="When it was given.")


@strawberry.type(description="What a customer says about a product.")
class Review(Node):
    is_type_of = source_is(records.Review)

    id: strawberry.ID = id_field("Review")
    rating: int = strawberry.field(description="How many stars, 1 to 5.")
    title: str | None = strawberry.field(description="Its title.")
    comment: str | None = strawberry.field(description="What it says.")
    images: list[Url] = strawberry.field(description="Pictures that the customer took.")
    is_verified_purchase: bool = strawberry.field(
        description="Whether its author has bought the product here."
    )
    helpful_count: int = strawberry.field(description="How many found it helpful.")
    status: ReviewStatus = strawberry.field(description="Whether it has been checked.")
    response: ReviewResponse | None = strawberry.field(description="The shop's answer.")
    created_at: datetime = strawberry.field(description="When it was written.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="What it is about; null if that is no longer sold.",
        visible=may_see,
    )
    author: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        description="Who wrote it, for the author and for staff; others have `authorName`.",
        visible=may_see_user,
    )

    @strawberry.field(
        description="Who wrote it, as everybody may know: the first name and an initial, such as Ada L."
    )
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
