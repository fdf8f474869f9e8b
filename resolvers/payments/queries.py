"""Payments at the root of the schema: one by id for whoever may see it, all of them and all refunds for staff."""

from typing import Annotated, Optional

import strawberry

from datasources.core.paging import window
from datasources.payments import queries, records, statements
from resolvers.context import Info
from resolvers.payments.inputs import PaymentWhere, RefundWhere, payment_filter, refund_filter
from resolvers.payments.nodes import find_payment
from resolvers.payments.types import Payment, Refund
from resolvers.permissions import Permission
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, key_of
from resolvers.requirements import restricted_field


@strawberry.type
class PaymentQueries:
    @strawberry.field(
        graphql_type=Optional[Payment],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The payment with this id; null if there is none, or none that you may see.",
    )
    async def payment(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")],
    ) -> records.Payment | None:
        return await find_payment(info, key_of(id, "Payment"))

    @restricted_field(
        Permission.READ_PAYMENTS,
        graphql_type=Connection[Payment],
        description="All payments, the newest first.",
    )
    async def payments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            PaymentWhere | None, strawberry.argument(description="Only payments that meet every condition.")
        ] = None,
    ) -> Listing[records.Payment]:
        database, wanted = info.context.connections.payments, payment_filter(where)
        page = await queries.page_of_payments(
            database,
            wanted=wanted,
            order=statements.NEWEST,
            window=window(first=first, after=after, last=last, before=before),
            read=info.context.loaders.reads_of("Payment"),
        )
        return Listing(page_info=page, count=lambda: queries.count_payments(database, wanted=wanted))

    @restricted_field(
        Permission.READ_PAYMENTS,
        graphql_type=Connection[Refund],
        description="All refunds, the newest first: those that are PENDING wait for somebody to decide on them.",
    )
    async def refunds(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            RefundWhere | None, strawberry.argument(description="Only refunds that meet every condition.")
        ] = None,
    ) -> Listing[records.Refund]:
        database, wanted = info.context.connections.payments, refund_filter(where)
        page = await queries.page_of_refunds(
            database,
            wanted=wanted,
            order=statements.NEWEST,
            window=window(first=first, after=after, last=last, before=before),
            read=info.context.loaders.reads_of("Refund"),
        )
        return Listing(page_info=page, count=lambda: queries.count_refunds(database, wanted=wanted))
