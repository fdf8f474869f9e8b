"""The type of a seller: a user of the marketplace who offers products, of whom everybody sees the public name."""

import strawberry

from datasources.users import records
from resolvers.relay import source_is
from resolvers.reviews.types import public_name


@strawberry.type(description="Who offers a product in the marketplace, beside the shop itself.")
class Seller:
    is_type_of = source_is(records.User)

    @strawberry.field(
        description="The seller's public name: the username or, without one, the first name and an initial."
    )
    def name(self: records.User) -> str | None:
        return self.username or public_name(self)
