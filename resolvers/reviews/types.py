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
    responded_at: datetime = strawberry.field(description="When the shop answered.")


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
