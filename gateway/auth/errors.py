"""What is told to a client whose credentials do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(Exception):
    """A request that is not answered because of its credentials; nothing has been run.

    `code` says why, for clients; the message says what to do, for people. `cookies` are the values of Set-Cookie
    headers that take back what proved nothing.
    """

    status = 403
    headers: Mapping[str, str] = {}

    def __init__(self, code: str, message: str) -> None:
        """Keep the reason."""
        super().__init__(message)
        self.code = code
        self.cookies: tuple[str, ...] = ()


class Unauthenticated(Refused):
    """A token that proves nothing, or no longer does.

    Whoever sends one means to be somebody, and must learn that they are not.
    """

    status = 401
    headers: Mapping[str, str] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class CrossSiteRequest(Refused):
    """A request in cookie mode that a page of another site may have made the browser send."""


class Unavailable(Refused):
    """It cannot be found out now whether the credentials count. Trying again later may help."""

    status = 503


class IssuerUnavailable(Unavailable):
    """An outside issuer whose keys are needed and cannot be fetched."""


def invalid_token() -> Unauthenticated:
    """The error of a token that never counted; why is not said, since only a forger would learn from it."""
    return Unauthenticated("TOKEN_INVALID", "The access token is not valid. Sign in again.")


def expired_token() -> Unauthenticated:
    """The error of a token that counted once."""
    return Unauthenticated("TOKEN_EXPIRED", "The access token has expired. Refresh it, or sign in again.")
