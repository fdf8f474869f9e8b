"""The coupons in a cart."""

from typing import Annotated

import strawberry

from datasources.carts import records
from datasources.carts.commands.coupons import remove_coupon
from datasources.carts.limits import MOST_OF_CODE
from datasources.workflows import cart_changes
from resolvers.carts.owners import EXPECTED_VERSION, WHOSE, aim, kept_in
from resolvers.carts.problems import (
    CartNotFoundError,
    CouponNotApplicableError,
    TooManyCouponsError,
)
from resolvers.carts.types import Cart
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission

CODE = "The coupon's code; case does not matter."
AS_IT_IS = "The cart as it is now."


@strawberry.input(description="A coupon that is to be added to a cart.")
class ApplyCouponInput:
    code: str = strawberry.field(description=CODE)
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


ApplyCouponError = Annotated[
    InvalidInputError
    | CartNotFoundError
    | CouponNotApplicableError
    | TooManyCouponsError
    | VersionConflictError,
    strawberry.union("ApplyCouponError", description="Why `applyCoupon` did nothing."),
]


@strawberry.type(description="What `applyCoupon` answers.")
class ApplyCouponPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    user_errors: list[ApplyCouponError] = user_errors()


@strawberry.input(description="A coupon that is to be taken out of a cart.")
class RemoveCouponInput:
    code: str = strawberry.field(description=CODE)
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


RemoveCouponError = Annotated[
    InvalidInputError | CartNotFoundError | VersionConflictError,
    strawberry.union("RemoveCouponError", description="Why `removeCoupon` did nothing."),
]


@strawberry.type(description="What `removeCoupon` answers.")
class RemoveCouponPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    user_errors: list[RemoveCouponError] = user_errors()


@strawberry.type
class CouponMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={
            CartNotFoundError: "cartToken",
            CouponNotApplicableError: "code",
            TooManyCouponsError: "code",
            VersionConflictError: "expectedVersion",
        },
        description="Add a coupon to a cart. It has to count for the cart at today's prices; should it stop to count "
        "later, it shows in `Cart.couponProblems`.",
    )
    async def apply_coupon(self, info: Info, input: ApplyCouponInput) -> ApplyCouponPayload:
        code = _read(input.code)
        cart = await cart_changes.apply_coupon(info.context.connections, **aim(info, input), code=code)
        return ApplyCouponPayload(cart=cart)

    @mutation(
        requires=Permission.PUBLIC,
        at={CartNotFoundError: "cartToken", VersionConflictError: "expectedVersion"},
        description="Take a coupon out of a cart, whether or not it is there.",
    )
    async def remove_coupon(self, info: Info, input: RemoveCouponInput) -> RemoveCouponPayload:
        return RemoveCouponPayload(
            cart=await remove_coupon(*kept_in(info), **aim(info, input), code=_read(input.code))
        )


def _read(given: str) -> str:
    """A code as it was typed."""
    entries = Entries()
    code = entries.text(given, "code", most=MOST_OF_CODE)
    entries.check()
    return code
