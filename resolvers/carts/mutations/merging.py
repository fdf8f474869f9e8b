"""A guest's cart becomes part of that of the account."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from datasources.carts import records
from datasources.carts.commands.merges import merge_carts
from datasources.carts.errors import UnknownCart
from datasources.core.tokens import hash_of
from resolvers.carts.owners import kept_in, presented_token
from resolvers.carts.problems import CartNotFoundError
from resolvers.carts.types import Cart
from resolvers.context import Info
from resolvers.mutations import entity, mutation, user_errors
from resolvers.permissions import Permission


@strawberry.input(description="A guest's cart that is to become part of yours.")
class MergeCartInput:
    cart_token: str | None = strawberry.field(
        default=None,
        description="The secret that the guest's cart was given out with. Left out, the one in the request's "
        "X-Cart-Token header counts.",
    )


MergeCartError = Annotated[
    CartNotFoundError,
    strawberry.union("MergeCartError", description="Why `mergeCart` did nothing."),
]


@strawberry.type(description="What `mergeCart` answers.")
class MergeCartPayload:
    cart: records.Cart | None = entity(Cart, "Your cart as it is now.")
    user_errors: list[MergeCartError] = user_errors()


@strawberry.type
class CartMergingMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={CartNotFoundError: "cartToken"},
        description="Put what is in a guest's cart into yours: quantities add up and coupons join, as far as a cart "
        "may hold them. The guest's cart is gone then, and doing it again changes nothing. `signIn` does this by "
        "itself for the cart whose token it is given.",
    )
    async def merge_cart(self, info: Info, input: MergeCartInput) -> MergeCartPayload:
        token = presented_token(info, input.cart_token)
        if token is None:
            raise UnknownCart
        cart = await merge_carts(
            *kept_in(info),
            token_hash=hash_of(token),
            user_id=info.context.viewer.account_id,
            now=datetime.now(UTC),
        )
        if cart is None:
            raise UnknownCart
        return MergeCartPayload(cart=cart)
