"""Signed bearer tokens: minting them, and telling from a request's header who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jwt

from resolvers.permissions import GUEST, Role, Viewer, viewer

if TYPE_CHECKING:
    from collections.abc import Iterable

# The one algorithm that is accepted, whatever a token's header says (RFC 8725, section 3.1).
ALGORITHM = "HS256"
ISSUER = "ecommerce-graphql-gateway"
AUDIENCE = "ecommerce-graphql-gateway"


class Unauthenticated(Exception):
    """A bearer token that proves nothing. `code` says why, for clients; the message says what to do, for people."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the reason."""
        super().__init__(message)
        self.code = code


def mint_token(
    *, user_id: UUID, roles: Iterable[str], secret: str, now: datetime, lifetime: timedelta
) -> str:
    """An access token for this user, valid from `now` for `lifetime`."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "roles": sorted(roles),
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def authenticate(authorization: str | None, *, secret: str) -> Viewer:
    """Who a request's Authorization header says is asking: a guest where there is none.

    Raises:
        Unauthenticated: there is one, and it is not a valid bearer token. Whoever sends a token means to be somebody,
            and must learn that they are not.
    """
    if authorization is None:
        return GUEST
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("TOKEN_INVALID", "Send the header as: Authorization: Bearer <token>.")
    identity = _identity(token.strip(), secret)
    # A signature stays valid, the time does not: it is checked at every request.
    if identity.expires <= time():
        raise _expired()
    return identity.viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What a token proves, until it expires (seconds since 1970)."""

    viewer: Viewer
    expires: float


@lru_cache(maxsize=4096)
def _identity(token: str, secret: str) -> _Identity:
    """Who a token whose signature holds speaks for; kept, because verifying costs as much as a small operation."""
    claims = _claims(token, secret)
    try:
        user_id = UUID(claims["sub"])
        roles = [Role(name) for name in claims.get("roles", [])]
    except (ValueError, TypeError) as error:
        raise Unauthenticated("TOKEN_INVALID", "The access token is not valid. Sign in again.") from error
    return _Identity(viewer=viewer(user_id, roles), expires=claims["exp"])


def _claims(token: str, secret: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "nbf", "iat", "sub", "iss", "aud"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise _expired() from error
    except jwt.InvalidTokenError as error:
        raise Unauthenticated("TOKEN_INVALID", "The access token is not valid. Sign in again.") from error
    return claims


def _expired() -> Unauthenticated:
    return Unauthenticated("TOKEN_EXPIRED", "The access token has expired. Sign in again.")


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)
