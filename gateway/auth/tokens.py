"""The gateway's own access tokens: minting them, and reading what a signed one claims."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jwt

from gateway.auth.errors import expired_token, invalid_token
from gateway.auth.keys import ALGORITHM, derive_keys
from resolvers.permissions import Role, viewer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.auth.keys import SigningKeys
    from resolvers.permissions import Viewer

ISSUER = "ecommerce-graphql-gateway"
AUDIENCE = "ecommerce-graphql-gateway"

# RFC 9068, section 2.1: an access token says that it is one, so that no other kind of token passes for it.
TYPE = "at+jwt"

ACCESS_LIFETIME = timedelta(minutes=10)

# How far the clocks of two replicas may be apart.
SKEW_SECONDS = 5.0

# Verifying a signature costs as much as a small operation, so the claims of that many tokens are kept.
MOST_KEPT = 4096

_REQUIRED = ["exp", "nbf", "iat", "sub", "iss", "aud"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says whose signature holds. Times are seconds since 1970.

    `session_id` is None in a token that stands for itself, as `gateway token` mints.
    """

    viewer: Viewer
    session_id: UUID | None
    issued_at: float
    valid_from: float
    expires_at: float


class AccessTokens:
    """Signs access tokens and reads them."""

    def __init__(self, keys: SigningKeys) -> None:
        """Sign and verify with these keys."""
        self.keys = keys
        self._read = lru_cache(maxsize=MOST_KEPT)(self._verify)

    def mint(
        self,
        *,
        user_id: UUID,
        roles: Iterable[str],
        session_id: UUID | None,
        now: datetime,
        lifetime: timedelta = ACCESS_LIFETIME,
    ) -> str:
        """An access token for this user (RFC 9068), valid from `now` for `lifetime`."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "roles": sorted(roles),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": secrets.token_urlsafe(12),
        }
        if session_id is not None:
            claims["sid"] = str(session_id)
        headers = {"typ": TYPE, "kid": self.keys.id}
        return jwt.encode(claims, self.keys.private, algorithm=ALGORITHM, headers=headers)

    def read(self, token: str, *, now: float) -> Claims:
        """What the token claims, if it is good at this time (seconds since 1970).

        Raises:
            Unauthenticated: it is not, or never was.
        """
        claims = self._read(token)
        # A signature stays valid, the time does not: it is checked at every request.
        if claims.expires_at <= now:
            raise expired_token()
        if claims.valid_from > now + SKEW_SECONDS:
            raise invalid_token()
        return claims

    def _verify(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            key = self.keys.verifying.get(header.get("kid", ""))
            if key is None or str(header.get("typ", "")).lower().removeprefix("application/") != TYPE:
                raise invalid_token()
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # Left to `read`, which looks at the clock each time: only what never changes is worth keeping.
                options={"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            return _parse(claims)
        except (
            jwt.InvalidTokenError,
            ValueError,
            TypeError,
            RecursionError,
        ) as error:  # JSON may nest deeply
            raise invalid_token() from error


def mint_token(
    *, user_id: UUID, roles: Iterable[str], secret: str, now: datetime, lifetime: timedelta
) -> str:
    """An access token without a session, for development and tests: nobody can revoke it."""
    tokens = AccessTokens(derive_keys(secret))
    return tokens.mint(user_id=user_id, roles=roles, session_id=None, now=now, lifetime=lifetime)


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def _parse(claims: Mapping[str, Any]) -> Claims:
    """The claims in their own types.

    Raises:
        ValueError, TypeError: one is not of its type.
    """
    session_id = claims.get("sid")
    issued_at, valid_from, expires_at = (seconds_of(claims[name]) for name in ("iat", "nbf", "exp"))
    return Claims(
        viewer=viewer(UUID(claims["sub"]), [Role(name) for name in claims.get("roles", [])]),
        session_id=None if session_id is None else UUID(session_id),
        issued_at=issued_at,
        valid_from=max(issued_at, valid_from),
        expires_at=expires_at,
    )


def seconds_of(value: Any) -> float:
    """A NumericDate (RFC 7519, section 2); no text, no truth value, no infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:  # noqa: PLR2004  # the year 5138
        raise ValueError(value)
    return float(value)
