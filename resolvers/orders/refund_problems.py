"""What cancelling and paying back tell their users as data: one type for each error of their commands."""

import strawberry

from datasources.orders import refund_errors as errors
from resolvers.mutations import UserError
from resolvers.orders.types import OrderStatus
from resolvers.scalars import Money


@strawberry.type(description="The order is at a stage at which it cannot be cancelled, or not by you.")
class OrderNotCancellableError(UserError):
    raised_as = errors.OrderNotCancellable

    status: OrderStatus = strawberry.field(description="The stage that it has reached.")


@strawberry.type(description="Nothing of the order can be paid back at this stage.")
class OrderNotRefundableError(UserError):
    raised_as = errors.OrderNotRefundable

    status: OrderStatus = strawberry.field(description="The stage that it has reached.")


@strawberry.type(description="The goods were delivered too long ago to be sent back.")
class ReturnWindowClosedError(UserError):
    raised_as = errors.ReturnWindowClosed

    days: int = strawberry.field(description="How many days after the delivery goods may be sent back.")


@strawberry.type(description="The order has no such line.")
class OrderItemNotFoundError(UserError):
    raised_as = errors.UnknownOrderItem


@strawberry.type(description="More units of a line are asked for than can still be paid back.")
class TooManyRefundedError(UserError):
    raised_as = errors.TooManyRefunded

    refundable: int = strawberry.field(description="How many units of it can.")


@strawberry.type(description="More is asked for than can still be paid back, or nothing at all.")
class RefundExceedsOrderError(UserError):
    raised_as = errors.RefundExceedsOrder

    refundable: Money = strawberry.field(description="How much can be paid back.")
