"""What a list of orders can be narrowed and sorted by."""

from enum import Enum

import strawberry

from datasources.orders.records import OrderFilter
from resolvers.inputs import DateTimeRange, DecimalRange, values_of
from resolvers.orders.types import OrderSource, OrderStatus, PaymentStatus
from resolvers.relay import uuid_of
from resolvers.scalars import EmailAddress


@strawberry.input(description="Conditions on orders. Every condition must be met.")
class OrderWhere:
    status_in: list[OrderStatus] | None = strawberry.field(
        default=None, description="The status is one of these."
    )
    payment_status_in: list[PaymentStatus] | None = strawberry.field(
        default=None, description="The payment status is one of these."
    )
    placed_at: DateTimeRange | None = strawberry.field(
        default=None, description="Placed within this range of time."
    )
    total: DecimalRange | None = strawberry.field(default=None, description="The total is within this range.")
    source_in: list[OrderSource] | None = strawberry.field(
        default=None, description="It was placed in one of these."
    )
    number_eq: str | None = strawberry.field(default=None, description="The order number is this one.")
    email_eq: EmailAddress | None = strawberry.field(
        default=None, description="Messages about it go to this e-mail address, in any case."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The user with this global id has placed it."
    )


@strawberry.enum(description="How a list of orders is sorted.")
class OrderOrder(Enum):
    NEWEST = strawberry.enum_value("newest", description="The newest first.")
    OLDEST = strawberry.enum_value("oldest", description="The oldest first.")
    TOTAL_DESC = strawberry.enum_value("total_desc", description="The largest total first.")
    TOTAL_ASC = strawberry.enum_value("total_asc", description="The smallest total first.")


def order_filter(where: OrderWhere | None) -> OrderFilter:
    """The datasource's filter that an input stands for.

    Raises:
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return OrderFilter()
    return OrderFilter(
        statuses=values_of(where.status_in),
        payment_statuses=values_of(where.payment_status_in),
        placed_from=where.placed_at.from_ if where.placed_at else None,
        placed_before=where.placed_at.before if where.placed_at else None,
        total_from=where.total.from_ if where.total else None,
        total_to=where.total.to if where.total else None,
        sources=values_of(where.source_in),
        number=where.number_eq,
        email=where.email_eq,
        user_id=None if where.customer_id is None else uuid_of(where.customer_id, "User"),
    )
