"""What mutations on orders and coupons tell their users as data: one type for each error of their commands."""

import strawberry

from datasources.inventory import errors as inventory_errors
from datasources.orders import errors
from resolvers.mutations import UserError
from resolvers.orders.types import OrderStatus, PaymentStatus


@strawberry.type(description="There is no such order.")
class OrderNotFoundError(UserError):
    raised_as = errors.UnknownOrder


@strawberry.type(description="The order is at a stage at which this cannot be done.")
class OrderStatusError(UserError):
    raised_as = errors.WrongStatus

    status: OrderStatus = strawberry.field(description="The stage that it has reached.")
    wanted: list[OrderStatus] = strawberry.field(description="The stages at which it can be done.")


@strawberry.type(description="The order is not paid, so it is not shipped.")
class OrderNotPaidError(UserError):
    raised_as = errors.NotPaid

    payment_status: PaymentStatus = strawberry.field(description="How its payment stands.")


@strawberry.type(
    description="Units of the order are not in stock yet, or not allocated to it yet. Nothing was shipped; the order "
    "is being processed, and can be shipped later."
)
class OrderNotShippableError(UserError):
    raised_as = inventory_errors.NotShippable

    backordered: int = strawberry.field(description="How many units it waits for.")


@strawberry.type(
    description="The units that were held for the order have been given back, as a cancellation does. Nothing was "
    "shipped; the order is being processed until it is cancelled."
)
class OrderUnitsReleasedError(UserError):
    raised_as = inventory_errors.NothingReserved


@strawberry.type(description="The shipment has as many tracking updates as one can have.")
class TooManyTrackingUpdatesError(UserError):
    raised_as = errors.TooManyTrackingUpdates

    most: int = strawberry.field(description="How many it can have.")


@strawberry.type(description="There is no such coupon.")
class CouponNotFoundError(UserError):
    raised_as = errors.UnknownCoupon


@strawberry.type(description="The code belongs to another coupon, which need not be active.")
class CouponCodeTakenError(UserError):
    raised_as = errors.CouponCodeTaken

    coupon_code: str = strawberry.field(description="The code.")
