"""Forgotten and changed passwords."""

from typing import Annotated

import strawberry

from datasources.users import records
from datasources.users.attempts import Attempts
from datasources.users.commands import passwords
from datasources.workflows import account_requests
from resolvers.context import Info
from resolvers.mutations import acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.scalars import EmailAddress
from resolvers.users.messages import tell
from resolvers.users.problems import (
    InvalidEmailError,
    InvalidTokenError,
    NoPasswordError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongPasswordError,
)
from resolvers.users.types import User


@strawberry.input(description="An account whose password was forgotten.")
class RequestPasswordResetInput:
    email: EmailAddress = strawberry.field(description="The account's e-mail address.")


RequestPasswordResetError = Annotated[
    InvalidEmailError | TooManyAttemptsError,
    strawberry.union("RequestPasswordResetError", description="Why `requestPasswordReset` did nothing."),
]


@strawberry.type(
    description="What `requestPasswordReset` answers: the same whether or not the address has an account."
)
class RequestPasswordResetPayload:
    email: EmailAddress | None = entity(
        EmailAddress, "The e-mail address that a message has been sent to if it has an account."
    )
    user_errors: list[RequestPasswordResetError] = user_errors()


@strawberry.input(description="A new password in place of a forgotten one.")
class ResetPasswordInput:
    token: str = strawberry.field(description="The token in the message's link.")
    new_password: str = strawberry.field(
        description="The new password: 12 to 128 characters of any kind, and none of the most common passwords."
    )


ResetPasswordError = Annotated[
    InvalidTokenError | WeakPasswordError,
    strawberry.union("ResetPasswordError", description="Why `resetPassword` did nothing."),
]


@strawberry.type(description="What `resetPassword` answers.")
class ResetPasswordPayload:
    email: EmailAddress | None = entity(
        EmailAddress, "The e-mail address to sign in with. Every session of the account has ended."
    )
    user_errors: list[ResetPasswordError] = user_errors()


@strawberry.input(description="A new password, confirmed with the current one.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The account's password.")
    new_password: str = strawberry.field(
        description="The new password: 12 to 128 characters of any kind, and none of the most common passwords."
    )


ChangePasswordError = Annotated[
    WrongPasswordError | NoPasswordError | WeakPasswordError | TooManyAttemptsError,
    strawberry.union("ChangePasswordError", description="Why `changePassword` did nothing."),
]


@strawberry.type(description="What `changePassword` answers.")
class ChangePasswordPayload:
    user: records.User | None = entity(User, "The user. Every session but the one of this request has ended.")
    user_errors: list[ChangePasswordError] = user_errors()


@strawberry.type
class PasswordMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={InvalidEmailError: "email"},
        description="Send a message with a link to set a new password, if the address has an account. Asked too "
        "often, it sends no other, and the last link stays good.",
    )
    async def request_password_reset(
        self, info: Info, input: RequestPasswordResetInput
    ) -> RequestPasswordResetPayload:
        await account_requests.request_reset(info.context.connections, email=input.email, **acting(info))
        return RequestPasswordResetPayload(email=input.email)

    @mutation(
        requires=Permission.PUBLIC,
        at={InvalidTokenError: "token", WeakPasswordError: "newPassword"},
        description="Set a new password with the token of the message that was sent. It ends every session, and "
        "confirms the address.",
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordPayload:
        by = acting(info)
        outcome = await passwords.reset_password(
            info.context.connections.users,
            token=input.token,
            new_password=input.new_password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        # The token proves the mailbox and no more, so that nothing else of the account is given out.
        user = await tell(info, outcome, now=by["now"])
        return ResetPasswordPayload(email=EmailAddress(user.email))

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={
            WrongPasswordError: "currentPassword",
            NoPasswordError: "currentPassword",
            WeakPasswordError: "newPassword",
        },
        description="Change your password. It ends your sessions on all other devices.",
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        by = acting(info)
        outcome = await passwords.change_password(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            session_id=info.context.client.session_id,
            current_password=input.current_password,
            new_password=input.new_password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        user = await tell(info, outcome, now=by["now"])
        return ChangePasswordPayload(user=user)
