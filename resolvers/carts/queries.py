"""Carts at the root of the schema: the viewer's own, or the guest's whose token the client keeps."""

from typing import Annotated, Optional

import strawberry

from datasources.carts import records
from datasources.core.tokens import hash_of
from resolvers.carts.types import Cart
from resolvers.context import Info


@strawberry.type
class CartQueries:
    @strawberry.field(
        graphql_type=Optional[Cart],  # noqa: UP045  # a GraphQL type, not an annotation
        description="Your cart: the guest's cart with this `token` if you pass one; otherwise the cart of"
        " your account if you are signed in; otherwise the guest's cart whose token is in the"
        " request's X-Cart-Token header. Null if there is none.",
    )
    async def cart(
        self,
        info: Info,
        token: Annotated[
            str | None, strawberry.argument(description="The secret that a guest's cart was given out with.")
        ] = None,
    ) -> records.Cart | None:
        loaders, owner = info.context.loaders.carts, info.context.viewer.user_id
        if token is None and owner is not None:
            return await loaders.by_user.load(owner)
        secret = info.context.cart_token if token is None else token
        return await loaders.by_token_hash.load(hash_of(secret)) if secret else None
