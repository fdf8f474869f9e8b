"""Deleting an account."""

from typing import Annotated

import strawberry

from datasources.users.attempts import Attempts
from datasources.users.commands import deletions
from datasources.workflows.departures import forget_departed
from resolvers.context import Info
from resolvers.mutations import acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import global_id
from resolvers.users.messages import tell
from resolvers.users.problems import (
    LastAdminError,
    NoPasswordError,
    TooManyAttemptsError,
    WrongPasswordError,
)


@strawberry.input(description="The confirmation that an account is to be deleted.")
class DeleteAccountInput:
    password: str = strawberry.field(description="The account's password.")


DeleteAccountError = Annotated[
    WrongPasswordError | NoPasswordError | TooManyAttemptsError | LastAdminError,
    strawberry.union("DeleteAccountError", description="Why `deleteAccount` did nothing."),
]


@strawberry.type(description="What `deleteAccount` answers.")
class DeleteAccountPayload:
    deleted_user_id: strawberry.ID | None = entity(strawberry.ID, "The id that the user had.")
    user_errors: list[DeleteAccountError] = user_errors()


@strawberry.type
class DeletionMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={WrongPasswordError: "password", NoPasswordError: "password"},
        description="Delete your account for good: sessions, addresses, preferences, names, numbers, "
        "notifications, the cart, lists of products and saved ways to pay. Orders and payments are kept, since the "
        "shop must account for them. The e-mail address is free again.",
    )
    async def delete_account(self, info: Info, input: DeleteAccountInput) -> DeleteAccountPayload:
        by = acting(info)
        user_id = info.context.viewer.account_id
        outcome = await deletions.delete_account(
            info.context.connections.users,
            user_id=user_id,
            password=input.password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        info.context.credentials.withdraw()
        await forget_departed(info.context.connections, info.context.providers, user_id, now=by["now"])
        await tell(info, outcome, now=by["now"])
        return DeleteAccountPayload(deleted_user_id=strawberry.ID(global_id("User", user_id)))
