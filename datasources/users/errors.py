"""What commands on accounts refuse, each as an error that carries its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.users.records import RoleName

WeaknessReason = Literal["too_short", "too_long", "common", "personal"]
IdentityRefusal = Literal["email_missing", "email_unverified", "staff_account", "account_deleted"]

_REFUSALS: dict[IdentityRefusal, str] = {
    "email_missing": "The identity provider names no e-mail address.",
    "email_unverified": "The identity provider has not verified the user's e-mail address.",
    "staff_account": "This e-mail address is that of a member of staff, whose account opens with its password alone.",
    "account_deleted": "The account was deleted after this access token was issued. Sign in again to open a new one.",
}


class InvalidCredentials(DatasourceError):
    """The e-mail address and the password do not belong together; which of them is wrong is not said.

    An account whose address nobody has proved counts as having no password: else registering an address and signing in
    would tell whether it had an account before.
    """

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong, or the address has not been confirmed yet.")


class TooManyAttempts(DatasourceError):
    """Too many attempts failed, or were made, in a short time. The same is said of addresses without an account."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"Too many attempts. Try again after {retry_at:%Y-%m-%d %H:%M:%S} UTC.")
        self.retry_at = retry_at


class EmailNotVerified(DatasourceError):
    """The account cannot become staff's: nobody has shown yet that its e-mail address is theirs."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__("The user has not confirmed the e-mail address yet, and so cannot become staff.")
        self.user_id = user_id


class StaffAccount(DatasourceError):
    """The account is staff's, which the actor may not lock, unlock, deactivate or reactivate."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__("This is the account of a member of staff.")
        self.user_id = user_id


class AccountLocked(DatasourceError):
    """The password is right, but staff have locked the account."""

    def __init__(self) -> None:
        super().__init__("This account is locked. Contact the shop's customer service.")


class AccountDeactivated(DatasourceError):
    """The password is right, but the account is no longer active."""

    def __init__(self) -> None:
        super().__init__("This account is deactivated. Contact the shop's customer service.")


class WrongPassword(DatasourceError):
    """The password that was to confirm something is not the account's."""

    def __init__(self) -> None:
        super().__init__("This is not the account's password.")


class NoPassword(DatasourceError):
    """The account has no password, since its user signs in elsewhere, so that none can confirm the change."""

    def __init__(self) -> None:
        super().__init__("This account has no password yet. Set one first, by asking for a password reset.")


class WeakPassword(DatasourceError):
    """A new password that is too easy to guess, or of a length that is not taken; `reason` says which."""

    def __init__(self, reason: WeaknessReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class InvalidEmail(DatasourceError):
    """A text that is not an e-mail address, as far as accounts take them."""

    def __init__(self, email: str) -> None:
        super().__init__("This is not an e-mail address.")
        self.email = email


class InvalidToken(DatasourceError):
    """A token from a message that is unknown, used or expired; which of them is not said."""

    def __init__(self) -> None:
        super().__init__("This link is no longer valid. Ask for a new one.")


class EmailTaken(DatasourceError):
    """The e-mail address became another account's since the message was sent. Only its mailbox's owner is told."""

    def __init__(self) -> None:
        super().__init__("This e-mail address belongs to another account now.")


class UsernameTaken(DatasourceError):
    """The user name, which is public, belongs to another account."""

    def __init__(self, username: str) -> None:
        super().__init__(f"The user name {username} is taken.")
        self.username = username


class SessionEnded(DatasourceError):
    """The session is over: it expired or was revoked, or the refresh token never opened one."""

    def __init__(self) -> None:
        super().__init__("The session has ended. Sign in again.")


class RefreshReused(DatasourceError):
    """A refresh token was used again after it had been replaced, so that somebody may have stolen it.

    The whole session has been revoked, whoever of the two holds the newer token.
    """

    def __init__(self) -> None:
        super().__init__(
            "This refresh token was used before. The session has been ended for safety: sign in again."
        )


class UnknownUser(DatasourceError):
    """There is no live account with this id."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__("There is no such user.")
        self.user_id = user_id


class UnknownSession(DatasourceError):
    """The user has no live session with this id; another user's session looks the same."""

    def __init__(self, session_id: UUID) -> None:
        super().__init__("There is no such session.")
        self.session_id = session_id


class UnknownAddress(DatasourceError):
    """The user has no address with this id; another user's address looks the same."""

    def __init__(self, address_id: UUID) -> None:
        super().__init__("There is no such address.")
        self.address_id = address_id


class TooManyAddresses(DatasourceError):
    """The user has as many addresses as one may save."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You can save at most {most} addresses. Remove one first.")
        self.most = most


class OwnAccount(DatasourceError):
    """Staff tried to lock, deactivate or give points to the account that they are signed in with."""

    def __init__(self) -> None:
        super().__init__("You cannot do this to your own account.")


class LastAdmin(DatasourceError):
    """The change would leave the shop without an administrator who can sign in."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else one first.")


class RoleNotHeld(DatasourceError):
    """The user does not have the role that was to be taken away."""

    def __init__(self, role: RoleName) -> None:
        super().__init__(f"The user does not have the role {role}.")
        self.role = role


class NotEnoughPoints(DatasourceError):
    """More points would go than the user has; `balance` is what there is."""

    def __init__(self, balance: int) -> None:
        super().__init__(f"The user has only {balance} points.")
        self.balance = balance


class TooManyPoints(DatasourceError):
    """The sum of points would pass the largest number that is kept."""

    def __init__(self, most: int) -> None:
        super().__init__(f"No account holds more than {most} points.")
        self.most = most


class IdentityRefused(DatasourceError):
    """An outside issuer's user who gets no account by this token; `reason` says why."""

    def __init__(self, reason: IdentityRefusal) -> None:
        super().__init__(_REFUSALS[reason])
        self.reason = reason
