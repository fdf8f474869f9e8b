"""What mutations on accounts tell their users as data: one type for each error of the user service."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.users import errors
from resolvers.mutations import UserError
from resolvers.users.types import Role


@strawberry.enum(description="Why a password may not be chosen.")
class PasswordWeakness(Enum):
    TOO_SHORT = strawberry.enum_value("too_short", description="It has too few characters.")
    TOO_LONG = strawberry.enum_value("too_long", description="It has too many characters.")
    COMMON = strawberry.enum_value("common", description="It is one of the first that are guessed.")
    PERSONAL = strawberry.enum_value("personal", description="It is the user's own name or e-mail address.")


@strawberry.type(
    description="The e-mail address and the password do not belong together, or the address has not been "
    "confirmed yet. Which of them it is is not said: `requestPasswordReset` helps with all of them."
)
class InvalidCredentialsError(UserError):
    raised_as = errors.InvalidCredentials


@strawberry.type(
    description="Too many attempts failed, or were made, in a short time. Addresses without an account "
    "are counted alike."
)
class TooManyAttemptsError(UserError):
    raised_as = errors.TooManyAttempts

    retry_at: datetime = strawberry.field(description="When to try again.")


@strawberry.type(description="The user has not confirmed the e-mail address yet, and so cannot become staff.")
class EmailNotVerifiedError(UserError):
    raised_as = errors.EmailNotVerified


@strawberry.type(description="The password is right, but staff have locked the account.")
class AccountLockedError(UserError):
    raised_as = errors.AccountLocked


@strawberry.type(description="The password is right, but the account has been deactivated.")
class AccountDeactivatedError(UserError):
    raised_as = errors.AccountDeactivated


@strawberry.type(description="The password is not the account's.")
class WrongPasswordError(UserError):
    raised_as = errors.WrongPassword


@strawberry.type(
    description="The account has no password, since its user signs in at another provider: "
    "`requestPasswordReset` sends a link to set one."
)
class NoPasswordError(UserError):
    raised_as = errors.NoPassword


@strawberry.type(description="The new password is too easy to guess, or of a length that is not taken.")
class WeakPasswordError(UserError):
    raised_as = errors.WeakPassword

    reason: PasswordWeakness = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="The text is not an e-mail address.")
class InvalidEmailError(UserError):
    raised_as = errors.InvalidEmail


@strawberry.type(
    description="The token of the message is unknown, used or expired; which of them is not said. Ask "
    "for a new message."
)
class InvalidTokenError(UserError):
    raised_as = errors.InvalidToken


@strawberry.type(
    description="The new e-mail address became another account's since the message was sent to it. Only "
    "whoever reads its mailbox learns this."
)
class EmailTakenError(UserError):
    raised_as = errors.EmailTaken


@strawberry.type(description="The user name, which is public, belongs to another account.")
class UsernameTakenError(UserError):
    raised_as = errors.UsernameTaken


@strawberry.type(description="The session is over: it expired or was revoked. Sign in again.")
class SessionEndedError(UserError):
    raised_as = errors.SessionEnded


@strawberry.type(
    description="The refresh token was used before, so that somebody may have stolen it. The whole session has "
    "been revoked: sign in again."
)
class RefreshReusedError(UserError):
    raised_as = errors.RefreshReused


@strawberry.type(description="There is no such session, or it has ended already.")
class SessionNotFoundError(UserError):
    raised_as = errors.UnknownSession


class NoSession(Exception):
    """The request's access token was made without a session, so that there is none to end or to keep."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("This access token has no session: it counts until it expires.")


@strawberry.type(
    description="The access token has no session, as one that an outside provider gave: it counts until "
    "it expires."
)
class NoSessionError(UserError):
    raised_as = NoSession


@strawberry.type(description="There is no such user.")
class UserNotFoundError(UserError):
    raised_as = errors.UnknownUser


@strawberry.type(description="You have no such address.")
class AddressNotFoundError(UserError):
    raised_as = errors.UnknownAddress


@strawberry.type(description="You have saved as many addresses as one may. Remove one first.")
class TooManyAddressesError(UserError):
    raised_as = errors.TooManyAddresses

    most: int = strawberry.field(description="How many one may save.")


@strawberry.type(description="This cannot be done to the account that you are signed in with.")
class OwnAccountError(UserError):
    raised_as = errors.OwnAccount


@strawberry.type(description="The shop would have no administrator left who can sign in.")
class LastAdminError(UserError):
    raised_as = errors.LastAdmin


@strawberry.type(description="The user does not have the role.")
class RoleNotHeldError(UserError):
    raised_as = errors.RoleNotHeld

    role: Role = strawberry.field(description="The role.")


@strawberry.type(description="More points would go than the user has.")
class NotEnoughPointsError(UserError):
    raised_as = errors.NotEnoughPoints

    balance: int = strawberry.field(description="The points that the user has.")


@strawberry.type(description="The user would have more points than an account can hold.")
class TooManyPointsError(UserError):
    raised_as = errors.TooManyPoints

    most: int = strawberry.field(description="How many points an account can hold.")
