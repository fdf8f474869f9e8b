"""Opening an account: registering, and proving the e-mail address."""

from typing import Annotated

import strawberry

from datasources.users.attempts import Attempts
from datasources.users.commands import email_addresses
from datasources.workflows import account_requests
from resolvers.context import Info
from resolvers.entries import MOST_OF_NAME, Entries
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.scalars import EmailAddress
from resolvers.users.messages import tell
from resolvers.users.problems import (
    EmailTakenError,
    InvalidEmailError,
    InvalidTokenError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongPasswordError,
)


@strawberry.input(description="An account to be opened.")
class RegisterInput:
    email: EmailAddress = strawberry.field(description="The e-mail address to sign in with.")
    password: str = strawberry.field(
        description="The password: 12 to 128 characters of any kind, and none of the most common passwords."
    )
    first_name: str | None = strawberry.field(default=None, description="First name.")
    last_name: str | None = strawberry.field(default=None, description="Last name.")


RegisterError = Annotated[
    InvalidInputError | InvalidEmailError | WeakPasswordError | TooManyAttemptsError,
    strawberry.union("RegisterError", description="Why `register` did nothing."),
]


@strawberry.type(
    description="What `register` answers: the same whether or not the address had an account already."
)
class RegisterPayload:
    email: EmailAddress | None = entity(EmailAddress, "The e-mail address that a message has been sent to.")
    user_errors: list[RegisterError] = user_errors()


@strawberry.input(description="The proof of an e-mail address.")
class VerifyEmailInput:
    token: str = strawberry.field(description="The token in the message's link.")
    password: str = strawberry.field(
        description="The account's password: a link that somebody else had sent proves nothing for them."
    )


VerifyEmailError = Annotated[
    InvalidTokenError | WrongPasswordError | TooManyAttemptsError | EmailTakenError,
    strawberry.union("VerifyEmailError", description="Why `verifyEmail` did nothing."),
]


@strawberry.type(description="What `verifyEmail` answers.")
class VerifyEmailPayload:
    email: EmailAddress | None = entity(
        EmailAddress, "The e-mail address that is confirmed now, and that its user signs in with."
    )
    user_errors: list[VerifyEmailError] = user_errors()


@strawberry.input(description="A wish for another message with a link.")
class ResendVerificationInput:
    email: EmailAddress = strawberry.field(description="The e-mail address that the account was opened with.")


ResendVerificationError = Annotated[
    InvalidEmailError | TooManyAttemptsError,
    strawberry.union("ResendVerificationError", description="Why `resendVerification` did nothing."),
]


@strawberry.type(
    description="What `resendVerification` answers: the same whether or not an account waits for its address "
    "to be confirmed."
)
class ResendVerificationPayload:
    email: EmailAddress | None = entity(
        EmailAddress, "The e-mail address that a message has been sent to if an account waits for it."
    )
    user_errors: list[ResendVerificationError] = user_errors()


@strawberry.type
class RegistrationMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={InvalidEmailError: "email", WeakPasswordError: "password"},
        description="Open an account. A message with a link goes to the e-mail address; sign in once it is "
        "confirmed. If the address has an account already, its owner is told so by e-mail, and the "
        "answer is the same.",
    )
    async def register(self, info: Info, input: RegisterInput) -> RegisterPayload:
        entries = Entries()
        first_name = entries.optional(input.first_name, "firstName", most=MOST_OF_NAME)
        last_name = entries.optional(input.last_name, "lastName", most=MOST_OF_NAME)
        entries.check()
        await account_requests.register_account(
            info.context.connections,
            email=input.email,
            password=input.password,
            first_name=first_name,
            last_name=last_name,
            passwords=info.context.credentials.passwords,
            **acting(info),
        )
        return RegisterPayload(email=input.email)

    @mutation(
        requires=Permission.PUBLIC,
        at={InvalidTokenError: "token", WrongPasswordError: "password"},
        description="Confirm an e-mail address with the token of the message that was sent to it, and with the "
        "account's password: a new account's address, or the one that `changeEmail` named. If the password is "
        "not taken, as somebody else has registered the address, too, `requestPasswordReset` confirms it as well.",
    )
    async def verify_email(self, info: Info, input: VerifyEmailInput) -> VerifyEmailPayload:
        # The token proves the mailbox and no more, so that nothing else of the account is given out.
        by = acting(info)
        outcome = await email_addresses.verify_email(
            info.context.connections.users,
            token=input.token,
            password=input.password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        user = await tell(info, outcome, now=by["now"])
        return VerifyEmailPayload(email=EmailAddress(user.email))

    @mutation(
        requires=Permission.PUBLIC,
        at={InvalidEmailError: "email"},
        description="Send the message that confirms an e-mail address again. Its older links stop working.",
    )
    async def resend_verification(
        self, info: Info, input: ResendVerificationInput
    ) -> ResendVerificationPayload:
        await account_requests.resend_verification_message(
            info.context.connections, email=input.email, **acting(info)
        )
        return ResendVerificationPayload(email=input.email)
