"""What lists of payments and refunds can be narrowed by."""

import strawberry

from datasources.payments.records import PaymentFilter, RefundFilter
from resolvers.inputs import DateTimeRange, DecimalRange, values_of
from resolvers.payments.types import PaymentMethodKind, PaymentState, RefundStatus


@strawberry.input(description="Conditions on payments. Every condition must be met.")
class PaymentWhere:
    status_in: list[PaymentState] | None = strawberry.field(
        default=None, description="The status is one of these."
    )
    method_in: list[PaymentMethodKind] | None = strawberry.field(
        default=None, description="The payment method is one of these."
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="Created within this range of time."
    )
    amount: DecimalRange | None = strawberry.field(
        default=None, description="The amount is within this range."
    )


@strawberry.input(description="Conditions on refunds. Every condition must be met.")
class RefundWhere:
    status_in: list[RefundStatus] | None = strawberry.field(
        default=None, description="The status is one of these."
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="Requested within this range of time."
    )


def refund_filter(where: RefundWhere | None) -> RefundFilter:
    """The datasource's filter that an input stands for."""
    if where is None:
        return RefundFilter()
    return RefundFilter(
        statuses=values_of(where.status_in),
        created_from=where.created_at.from_ if where.created_at else None,
        created_before=where.created_at.before if where.created_at else None,
    )


def payment_filter(where: PaymentWhere | None) -> PaymentFilter:
    """The datasource's filter that an input stands for."""
    if where is None:
        return PaymentFilter()
    return PaymentFilter(
        statuses=values_of(where.status_in),
        methods=values_of(where.method_in),
        created_from=where.created_at.from_ if where.created_at else None,
        created_before=where.created_at.before if where.created_at else None,
        amount_from=where.amount.from_ if where.amount else None,
        amount_to=where.amount.to if where.amount else None,
    )
