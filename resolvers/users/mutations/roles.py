"""Who is staff."""

from typing import Annotated

import strawberry

from datasources.users import records
from datasources.users.commands import roles
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.mutations import acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import uuid_of
from resolvers.users.problems import (
    EmailNotVerifiedError,
    LastAdminError,
    RoleNotHeldError,
    UserNotFoundError,
)
from resolvers.users.types import Role, User


@strawberry.input(description="A role to be given to a user.")
class AssignRoleInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")
    role: Role = strawberry.field(description="The role.")


AssignRoleError = Annotated[
    UserNotFoundError | EmailNotVerifiedError,
    strawberry.union("AssignRoleError", description="Why `assignRole` did nothing."),
]


@strawberry.type(description="What `assignRole` answers.")
class AssignRolePayload:
    user: records.User | None = entity(User, "The user, who has the role now.")
    user_errors: list[AssignRoleError] = user_errors()


@strawberry.input(description="A role to be taken from a user.")
class RevokeRoleInput:
    user_id: strawberry.ID = strawberry.field(description="The user's global id.")
    role: Role = strawberry.field(description="The role.")


RevokeRoleError = Annotated[
    UserNotFoundError | RoleNotHeldError | LastAdminError,
    strawberry.union("RevokeRoleError", description="Why `revokeRole` did nothing."),
]


@strawberry.type(description="What `revokeRole` answers.")
class RevokeRolePayload:
    user: records.User | None = entity(User, "The user, who no longer has the role.")
    user_errors: list[RevokeRoleError] = user_errors()


@strawberry.type
class RoleMutations:
    @mutation(
        requires=Permission.ASSIGN_ROLES,
        at={UserNotFoundError: "userId", EmailNotVerifiedError: "userId"},
        description="Give a user a role. It counts from the user's next request on; a role that the user "
        "has stays. Staff's roles need a confirmed e-mail address.",
    )
    async def assign_role(self, info: Info, input: AssignRoleInput) -> AssignRolePayload:
        user = await roles.assign_role(
            info.context.connections.users,
            user_id=uuid_of(input.user_id, "User"),
            role=value_of(input.role),  # type: ignore[arg-type]  # the enum has just the databases' words
            **acting(info),
        )
        return AssignRolePayload(user=user)

    @mutation(
        requires=Permission.ASSIGN_ROLES,
        at={UserNotFoundError: "userId", RoleNotHeldError: "role", LastAdminError: "role"},
        description="Take a role from a user. It counts from the user's next request on. The last "
        "administrator stays one.",
    )
    async def revoke_role(self, info: Info, input: RevokeRoleInput) -> RevokeRolePayload:
        user = await roles.revoke_role(
            info.context.connections.users,
            user_id=uuid_of(input.user_id, "User"),
            role=value_of(input.role),  # type: ignore[arg-type]  # the enum has just the databases' words
            **acting(info),
        )
        return RevokeRolePayload(user=user)
