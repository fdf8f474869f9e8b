"""The types of loyalty points: a user's sums, and the ledger behind them."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.users.records import LedgerFilter
from resolvers.inputs import values_of
from resolvers.relations import paged
from resolvers.relay import Connection, id_field


@strawberry.enum(description="Why points came or went.")
class LoyaltyReason(Enum):
    EARNED = strawberry.enum_value("earned", description="Earned with an order or a review.")
    REDEEMED = strawberry.enum_value("redeemed", description="Spent.")
    REVERSED = strawberry.enum_value("reversed", description="Taken back, as after a returned order.")
    EXPIRED = strawberry.enum_value("expired", description="Too old to be spent.")
    ADJUSTED = strawberry.enum_value("adjusted", description="Given or taken by staff.")


@strawberry.type(description="Points that came or, below zero, went.")
class LoyaltyEntry:
    id: strawberry.ID = id_field("LoyaltyEntry")
    points: int = strawberry.field(description="How many points; below zero where they went.")
    balance_after: int = strawberry.field(description="The points that the user could spend afterwards.")
    reason: LoyaltyReason = strawberry.field(description="Why.")
    reference_type: str | None = strawberry.field(
        description="The kind of thing that they are for, such as order."
    )
    reference_id: str | None = strawberry.field(description="The key of the thing that they are for.")
    notes: str | None = strawberry.field(description="The reason in words.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="Conditions on entries of a ledger. Every condition must be met.")
class LoyaltyEntryWhere:
    reason_in: list[LoyaltyReason] | None = strawberry.field(
        default=None, description="The reason is one of these."
    )


def ledger_filter(where: LoyaltyEntryWhere | None) -> LedgerFilter:
    """The datasource's filter that an input stands for."""
    return LedgerFilter() if where is None else LedgerFilter(reasons=values_of(where.reason_in))


@strawberry.type(description="A user's loyalty points.")
class Loyalty:
    points_balance: int = strawberry.field(description="The points that the user can spend.")
    lifetime_points: int = strawberry.field(description="All points ever earned.")
    tier_points: int = strawberry.field(description="The points that count towards the next tier.")
    last_activity_at: datetime | None = strawberry.field(description="When points were last earned or spent.")
    ledger: Connection[LoyaltyEntry] = paged(
        lambda loaders: loaders.users.ledger_by_user,
        "user_id",
        count=lambda loaders: loaders.users.count_ledger_by_user,
        filtered=lambda _info, where: ledger_filter(where),
        where=LoyaltyEntryWhere,
        description="How the points came and went, the newest first.",
    )
