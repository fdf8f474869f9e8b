"""What a list of payments can be narrowed by."""

import strawberry

from datasources.payments.records import PaymentFilter
from resolvers.inputs import DateTimeRange, DecimalRange, values_of
from resolvers.payments.types import PaymentMethodKind, PaymentState


@strawberry.input(description="Which payments: those that meet every condition.")
class PaymentWhere:
    status_in: list[PaymentState] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    method_in: list[PaymentMethodKind] | None = strawberry.field(
        default=None, description="Paid in one of these ways."
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="Begun in this span of time."
    )
    amount: DecimalRange | None = strawberry.field(default=None, description="Of an amount of this size.")


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
