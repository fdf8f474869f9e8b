"""Coupons that are in a cart and do not count."""

from enum import Enum

import strawberry


@strawberry.enum(description="Why a coupon does not count.")
class CouponRefusal(Enum):
    UNKNOWN = strawberry.enum_value("unknown", description="There is no such coupon.")
    INACTIVE = strawberry.enum_value("inactive", description="It is no longer given out.")
    NOT_YET_VALID = strawberry.enum_value("not_yet_valid", description="Its time has not come.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over.")
    OTHER_CURRENCY = strawberry.enum_value(
        "other_currency", description="It is for another currency than the cart's."
    )
    MINIMUM_NOT_MET = strawberry.enum_value(
        "minimum_not_met", description="The cart is worth less than it asks for."
    )
    USED_UP = strawberry.enum_value("used_up", description="It has been used as often as it may be.")
    USED_BY_YOU = strawberry.enum_value(
        "used_by_you", description="You have used it as often as you may. Only checking out can tell."
    )


@strawberry.type(
    description="A coupon in the cart that does not count as things are. It takes nothing off, and may count again, as "
    "when the cart is worth enough."
)
class CouponProblem:
    code: str = strawberry.field(description="The coupon's code.")
    reason: CouponRefusal = strawberry.field(description="Why it does not count.")
    message: str = strawberry.field(description="The problem in words, for the customer.")
