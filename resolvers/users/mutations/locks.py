"""What staff do about accounts that must not be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import strawberry

from datasources.users import records
from datasources.users.attempts import Attempts
from datasources.users.commands import locks
from datasources.users.errors import StaffAccount
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission, PermissionDenied
from resolvers.relay import uuid_of
from resolvers.users.problems import LastAdminError, OwnAccountError, UserNotFoundError
from resolvers.users.types import User

MOST_OF_REASON = 500
STAFF_NEED = "Staff's accounts need the permission staff:manage, too."


@strawberry.input(description="A user to be locked out.")
class LockUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit log.")


LockUserError = Annotated[
    InvalidInputError | UserNotFoundError | OwnAccountError | LastAdminError,
    strawberry.union("LockUserError", description="Why `lockUser` did nothing."),
]


@strawberry.type(description="What `lockUser` answers.")
class LockUserPayload:
    user: records.User | None = entity(User, "The user, who can no longer act or sign in.")
    user_errors: list[LockUserError] = user_errors()


@strawberry.input(description="A user to be let in again.")
class UnlockUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")


UnlockUserError = Annotated[
    UserNotFoundError,
    strawberry.union("UnlockUserError", description="Why `unlockUser` did nothing."),
]


@strawberry.type(description="What `unlockUser` answers.")
class UnlockUserPayload:
    user: records.User | None = entity(User, "The user, who can sign in again.")
    user_errors: list[UnlockUserError] = user_errors()


@strawberry.input(description="An account to be taken out of use.")
class DeactivateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit log.")


DeactivateUserError = Annotated[
    InvalidInputError | UserNotFoundError | OwnAccountError | LastAdminError,
    strawberry.union("DeactivateUserError", description="Why `deactivateUser` did nothing."),
]


@strawberry.type(description="What `deactivateUser` answers.")
class DeactivateUserPayload:
    user: records.User | None = entity(User, "The user, whose account is no longer active.")
    user_errors: list[DeactivateUserError] = user_errors()


@strawberry.input(description="An account to be taken into use again.")
class ReactivateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")


ReactivateUserError = Annotated[
    UserNotFoundError,
    strawberry.union("ReactivateUserError", description="Why `reactivateUser` did nothing."),
]


@strawberry.type(description="What `reactivateUser` answers.")
class ReactivateUserPayload:
    user: records.User | None = entity(User, "The user, whose account is active again.")
    user_errors: list[ReactivateUserError] = user_errors()


@strawberry.type
class LockMutations:
    @mutation(
        requires=Permission.LOCK_USERS,
        at={UserNotFoundError: "userId", OwnAccountError: "userId", LastAdminError: "userId"},
        description=f"Lock a user out: all sessions end, and nobody can sign in. {STAFF_NEED}",
    )
    async def lock_user(self, info: Info, input: LockUserInput) -> LockUserPayload:
        user_id, reason = uuid_of(input.user_id, "User"), _reason(input.reason)
        with _staff_refused():
            user = await locks.lock_user(
                info.context.connections.users,
                user_id=user_id,
                reason=reason,
                manages_staff=_manages_staff(info),
                **acting(info),
            )
        return LockUserPayload(user=user)

    @mutation(
        requires=Permission.LOCK_USERS,
        at={UserNotFoundError: "userId"},
        description=f"Let a user sign in again whom staff or too many failed sign-ins have locked out. "
        f"{STAFF_NEED}",
    )
    async def unlock_user(self, info: Info, input: UnlockUserInput) -> UnlockUserPayload:
        user_id = uuid_of(input.user_id, "User")
        with _staff_refused():
            user = await locks.unlock_user(
                info.context.connections.users,
                user_id=user_id,
                attempts=Attempts(info.context.connections.attempts),
                manages_staff=_manages_staff(info),
                **acting(info),
            )
        return UnlockUserPayload(user=user)

    @mutation(
        requires=Permission.DEACTIVATE_USERS,
        at={UserNotFoundError: "userId", OwnAccountError: "userId", LastAdminError: "userId"},
        description=f"Take an account out of use: all sessions end, and nobody can sign in. {STAFF_NEED}",
    )
    async def deactivate_user(self, info: Info, input: DeactivateUserInput) -> DeactivateUserPayload:
        user_id, reason = uuid_of(input.user_id, "User"), _reason(input.reason)
        with _staff_refused():
            user = await locks.deactivate_user(
                info.context.connections.users,
                user_id=user_id,
                reason=reason,
                manages_staff=_manages_staff(info),
                **acting(info),
            )
        return DeactivateUserPayload(user=user)

    @mutation(
        requires=Permission.DEACTIVATE_USERS,
        at={UserNotFoundError: "userId"},
        description=f"Take an account into use again. {STAFF_NEED}",
    )
    async def reactivate_user(self, info: Info, input: ReactivateUserInput) -> ReactivateUserPayload:
        user_id = uuid_of(input.user_id, "User")
        with _staff_refused():
            user = await locks.reactivate_user(
                info.context.connections.users,
                user_id=user_id,
                manages_staff=_manages_staff(info),
                **acting(info),
            )
        return ReactivateUserPayload(user=user)


def _reason(given: str | None) -> str | None:
    entries = Entries()
    reason = entries.optional(given, "reason", most=MOST_OF_REASON)
    entries.check()
    return reason


def _manages_staff(info: Info) -> bool:
    return info.context.viewer.may(Permission.MANAGE_STAFF)


@contextmanager
def _staff_refused() -> Iterator[None]:
    """Name the permission that acting on the accounts of staff needs."""
    try:
        yield
    except StaffAccount as error:
        raise PermissionDenied(Permission.MANAGE_STAFF) from error
