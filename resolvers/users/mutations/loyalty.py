"""Points that staff give and take."""

from typing import Annotated
from uuid import UUID

import strawberry

from datasources.users import records
from datasources.users.commands import loyalty
from resolvers.conflicts import IdempotencyConflictError
from resolvers.context import Info
from resolvers.entries import IDEMPOTENCY_KEY, MOST_OF_KEY, Entries
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relations import one
from resolvers.relay import uuid_of
from resolvers.users.loyalty import Loyalty, LoyaltyEntry
from resolvers.users.problems import (
    NotEnoughPointsError,
    OwnAccountError,
    TooManyPointsError,
    UserNotFoundError,
)
from resolvers.users.types import User

MOST_OF_NOTES = 500


@strawberry.input(description="Points to be given or taken.")
class AdjustLoyaltyInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")
    points: int = strawberry.field(description="How many points; below zero to take them.")
    notes: str | None = strawberry.field(default=None, description="Why, for the user to read.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


AdjustLoyaltyError = Annotated[
    InvalidInputError
    | UserNotFoundError
    | OwnAccountError
    | NotEnoughPointsError
    | TooManyPointsError
    | IdempotencyConflictError,
    strawberry.union("AdjustLoyaltyError", description="Why `adjustLoyalty` did nothing."),
]


@strawberry.type(description="What `adjustLoyalty` answers.")
class AdjustLoyaltyPayload:
    loyalty: records.Loyalty | None = entity(Loyalty, "The user's points as they are now.")
    entry: records.LoyaltyEntry | None = entity(LoyaltyEntry, "The entry in the ledger.")
    user: User | None = one(lambda loaders: loaders.users.by_id, "user_id", description="The user.")
    user_id: strawberry.Private[UUID | None] = None
    user_errors: list[AdjustLoyaltyError] = user_errors()


@strawberry.type
class LoyaltyMutations:
    @mutation(
        requires=Permission.ADJUST_LOYALTY,
        at={
            UserNotFoundError: "userId",
            OwnAccountError: "userId",
            NotEnoughPointsError: "points",
            TooManyPointsError: "points",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Give another user loyalty points, or take some.",
    )
    async def adjust_loyalty(self, info: Info, input: AdjustLoyaltyInput) -> AdjustLoyaltyPayload:
        entries = Entries()
        notes = entries.optional(input.notes, "notes", most=MOST_OF_NOTES)
        key = entries.text(input.idempotency_key, "idempotencyKey", most=MOST_OF_KEY)
        if input.points == 0:
            entries.refuse("points", "INVALID", "Give at least one point, or take one.")
        entries.check()
        moved = await loyalty.adjust_loyalty(
            info.context.connections.users,
            user_id=uuid_of(input.user_id, "User"),
            points=input.points,
            notes=notes,
            idempotency_key=key,
            **acting(info),
        )
        return AdjustLoyaltyPayload(loyalty=moved.loyalty, entry=moved.entry, user_id=moved.loyalty.user_id)
