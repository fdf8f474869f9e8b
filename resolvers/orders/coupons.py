"""Coupons, for staff: their type, what their list can be narrowed by, and how they are found."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Optional

import strawberry

from datasources.core.paging import window
from datasources.orders import queries, records
from resolvers.context import Info
from resolvers.inputs import values_of
from resolvers.permissions import Permission
from resolvers.problems import require_exactly_one
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, Node, id_field, source_is, uuid_of
from resolvers.requirements import restricted_field
from resolvers.scalars import Money, money_field


@strawberry.enum(description="How a coupon's discount is worked out.")
class CouponKind(Enum):
    PERCENTAGE = strawberry.enum_value("percentage", description="A share of what the goods cost.")
    FIXED = strawberry.enum_value("fixed", description="The same amount for every order.")


@strawberry.type(description="A code that takes something off an order.")
class Coupon(Node):
    is_type_of = source_is(records.Coupon)

    id: strawberry.ID = id_field("Coupon")
    code: str = strawberry.field(description="What customers type, in capitals.")
    description: str | None = strawberry.field(description="What orders call its discount.")
    kind: CouponKind = strawberry.field(description="How its discount is worked out.")
    percent: Decimal | None = strawberry.field(
        description="How much per cent it takes off; null for a fixed amount."
    )
    amount: Money | None = money_field("amount", description="How much it takes off; null for a percentage.")
    minimum_order: Money | None = money_field(
        "min_order_amount", description="It counts for goods worth at least this; null for any."
    )
    maximum_discount: Money | None = money_field(
        "max_discount_amount", description="It never takes off more than this; null for any amount."
    )
    usage_limit: int | None = strawberry.field(description="How many orders may use it; null for any number.")
    usage_count: int = strawberry.field(
        description="How many orders use it; those that were cancelled do not count."
    )
    per_user_limit: int | None = strawberry.field(
        description="How many orders of one customer may use it; null for any number."
    )
    is_active: bool = strawberry.field(description="Whether it is given out.")
    valid_from: datetime = strawberry.field(description="It counts from this time on.")
    valid_until: datetime = strawberry.field(description="It does not count any more at this time.")
    version: int = strawberry.field(description="Its version, for `updateCoupon`.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")


@strawberry.input(description="Conditions on coupons. Every condition must be met.")
class CouponWhere:
    code_eq: str | None = strawberry.field(default=None, description="The code is this one, in any case.")
    kind_in: list[CouponKind] | None = strawberry.field(default=None, description="The kind is one of these.")
    is_active: bool | None = strawberry.field(default=None, description="Whether it is given out.")
    valid_at: datetime | None = strawberry.field(default=None, description="It is valid at this time.")


def coupon_filter(where: CouponWhere | None) -> records.CouponFilter:
    """The datasource's filter that an input stands for."""
    if where is None:
        return records.CouponFilter()
    return records.CouponFilter(
        code=None if where.code_eq is None else where.code_eq.upper(),
        kinds=values_of(where.kind_in),
        is_active=where.is_active,
        valid_at=where.valid_at,
    )


@strawberry.type
class CouponQueries:
    @restricted_field(
        Permission.READ_COUPONS,
        graphql_type=Optional[Coupon],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The coupon with this id or code; null if there is none.",
    )
    async def coupon(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = None,
        code: Annotated[str | None, strawberry.argument(description="Its code, in any case.")] = None,
    ) -> records.Coupon | None:
        require_exactly_one(id=id, code=code)
        loaders = info.context.loaders.orders
        if id is not None:
            return await loaders.coupon_by_id.load(uuid_of(id, "Coupon"))
        return await loaders.coupon_by_code.load((code or "").upper())

    @restricted_field(
        Permission.READ_COUPONS,
        graphql_type=Connection[Coupon],
        description="All coupons, the newest first.",
    )
    async def coupons(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            CouponWhere | None, strawberry.argument(description="Only coupons that meet every condition.")
        ] = None,
    ) -> Listing[records.Coupon]:
        database, wanted = info.context.connections.orders, coupon_filter(where)
        page = await queries.page_of_coupons(
            database, wanted=wanted, window=window(first=first, after=after, last=last, before=before)
        )
        return Listing(page_info=page, count=lambda: queries.count_coupons(database, wanted=wanted))
