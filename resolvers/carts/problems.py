"""What mutations on carts and wishlists tell their users as data: one type for each of their errors."""

import strawberry

from datasources.carts import errors
from datasources.orders import placement_errors
from resolvers.carts.coupons import CouponRefusal
from resolvers.mutations import UserError
from resolvers.scalars import CurrencyCode


@strawberry.type(
    description="There is no cart yet, or no longer, or none that the token opens. `addToCart` begins one."
)
class CartNotFoundError(UserError):
    raised_as = errors.UnknownCart


@strawberry.type(description="The cart has no such line. Nothing was changed.")
class CartLineNotFoundError(UserError):
    raised_as = errors.UnknownLine


@strawberry.type(description="The cart would have too many lines.")
class TooManyLinesError(UserError):
    raised_as = errors.TooManyLines

    most: int = strawberry.field(description="How many lines a cart can have.")


@strawberry.type(description="A line would have too many units.")
class TooManyOfOneError(UserError):
    raised_as = errors.TooManyOfOne

    sku: str = strawberry.field(description="The variant's stock keeping unit.")
    most: int = strawberry.field(description="How many units a line can have.")


@strawberry.type(description="All lines of a cart are in one currency, and this is sold in another.")
class OtherCurrencyError(UserError):
    raised_as = errors.OtherCurrency

    currency: CurrencyCode = strawberry.field(description="The currency in which it is sold.")
    cart_currency: CurrencyCode = strawberry.field(description="The currency of the cart.")


@strawberry.type(description="What was to be added is not in the catalogue.")
class CartVariantNotFoundError(UserError):
    raised_as = errors.UnknownVariant

    line: int = strawberry.field(description="Its place among the lines of the input, from 0.")


@strawberry.type(description="What was to be added is not on sale.")
class VariantNotSoldError(UserError):
    raised_as = errors.VariantNotSold

    line: int = strawberry.field(description="Its place among the lines of the input, from 0.")
    sku: str = strawberry.field(description="The variant's stock keeping unit.")


@strawberry.type(description="The cart would have too many coupons.")
class TooManyCouponsError(UserError):
    raised_as = errors.TooManyCoupons

    most: int = strawberry.field(description="How many coupons a cart can have.")


@strawberry.type(description="The coupon does not count for the cart as it is. It was not added.")
class CouponNotApplicableError(UserError):
    raised_as = placement_errors.CouponRefused

    coupon_code: str = strawberry.field(description="The coupon's code.")
    reason: CouponRefusal = strawberry.field(description="Why it does not count.")


@strawberry.type(description="The wishlist would have too many products.")
class TooManyWishedError(UserError):
    raised_as = errors.TooManyWished

    most: int = strawberry.field(description="How many products a wishlist can have.")
