"""Changing the e-mail address that a user signs in with."""

from typing import Annotated

import strawberry

from datasources.users.attempts import Attempts
from datasources.users.commands import email_addresses
from resolvers.context import Info
from resolvers.mutations import acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.scalars import EmailAddress
from resolvers.users.messages import tell
from resolvers.users.problems import (
    InvalidEmailError,
    NoPasswordError,
    TooManyAttemptsError,
    WrongPasswordError,
)


@strawberry.input(description="A new e-mail address, confirmed with the password.")
class ChangeEmailInput:
    new_email: EmailAddress = strawberry.field(description="The new e-mail address.")
    password: str = strawberry.field(description="The account's password.")


ChangeEmailError = Annotated[
    InvalidEmailError | WrongPasswordError | NoPasswordError | TooManyAttemptsError,
    strawberry.union("ChangeEmailError", description="Why `changeEmail` did nothing."),
]


@strawberry.type(
    description="What `changeEmail` answers: the same whether or not the new address has an account."
)
class ChangeEmailPayload:
    new_email: EmailAddress | None = entity(
        EmailAddress,
        "The e-mail address that a message has been sent to; `verifyEmail` makes it the account's.",
    )
    user_errors: list[ChangeEmailError] = user_errors()


@strawberry.type
class EmailAddressMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={InvalidEmailError: "newEmail", WrongPasswordError: "password", NoPasswordError: "password"},
        description="Change your e-mail address. A message with a link goes to the new one; until its token is "
        "given to `verifyEmail` the old one stays. The old one gets a notice.",
    )
    async def change_email(self, info: Info, input: ChangeEmailInput) -> ChangeEmailPayload:
        by = acting(info)
        outcome = await email_addresses.change_email(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            new_email=input.new_email,
            password=input.password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        await tell(info, outcome, now=by["now"])
        return ChangeEmailPayload(new_email=input.new_email)
