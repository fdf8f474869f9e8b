"""Reads the access tokens of outside OpenID Connect issuers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from gateway.auth.errors import expired_token, invalid_token
from gateway.auth.issuer_keys import IssuerKeys
from gateway.auth.tokens import MOST_KEPT, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from datasources.users.records import RoleName
    from gateway.issuer_settings import OutsideIssuer, TokenType

# How far an issuer's clock may be from ours.
LEEWAY_SECONDS = 30.0

# How RFC 9068 has an access token say what it is, and what issuers write that came before it.
_RFC_9068_TYPE = "at+jwt"
_PLAIN_TYPES = frozenset({"", "jwt", _RFC_9068_TYPE})

# What an ID token has and an access token has not (OpenID Connect Core 1.0, sections 2 and 3.1.3.6), and the key that
# its holder would have to prove to have (RFC 7800), which nobody asks for here.
_OF_OTHER_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "cnf"})

# Where an access token says what it is for; an ID token is for nothing but to say who signed in.
_SCOPES = ("scope", "scp")

# What user_identities and users hold.
_MOST_SUBJECT = 255
_MOST_EMAIL = 255
_MOST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideClaims:
    """What an issuer says of a user. `roles` are the shop's, as the issuer's setting maps them.

    `valid_from` and `expires_at` are seconds since 1970, as in Claims.
    """

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    first_name: str | None
    last_name: str | None
    roles: tuple[RoleName, ...]
    issued_at: datetime
    valid_from: float
    expires_at: float


class OutsideIssuers:
    """All outside issuers of a gateway."""

    def __init__(self, issuers: Iterable[OutsideIssuer], *, http: httpx.AsyncClient | None = None) -> None:
        """Accept these issuers' tokens; fetch their keys with `http`."""
        accepted = tuple(issuers)
        # A client reads the machine's certificates when it is made, which is work for nothing where nobody is asked.
        self._http = http or (httpx.AsyncClient() if accepted else None)
        self._issuers = {one.issuer: _Issuer(one, self._http) for one in accepted if self._http is not None}

    def issued(self, token: str) -> bool:
        """Whether the token says that it is one of theirs. Whether that is true, `read` finds out."""
        return bool(self._issuers) and _issuer_of(token) in self._issuers

    async def read(self, token: str, *, now: float) -> OutsideClaims:
        """What a token claims that says that it is one of theirs, if it is good at this time (seconds since 1970).

        Raises:
            Unauthenticated: it is not, or never was.
            IssuerUnavailable: the issuer's keys are not known yet, and cannot be fetched.
        """
        claims = await self._issuers[_issuer_of(token)].read(token)
        if claims.expires_at + LEEWAY_SECONDS <= now:
            raise expired_token()
        if claims.valid_from - LEEWAY_SECONDS > now:
            raise invalid_token()
        return claims

    async def close(self) -> None:
        """Stop fetching keys."""
        for issuer in self._issuers.values():
            await issuer.keys.close()
        if self._http is not None:
            await self._http.aclose()


class _Issuer:
    """One issuer, its keys, and the tokens that they have verified."""

    def __init__(self, settings: OutsideIssuer, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self.keys = IssuerKeys(settings.issuer, http)
        self._kept: dict[str, OutsideClaims] = {}
        self._kept_from = 0

    async def read(self, token: str) -> OutsideClaims:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, RecursionError) as error:
            raise invalid_token() from error
        # Asked each time, so that a key which the issuer takes back counts no more, nor what it has verified.
        key = await self.keys.find(header.get("kid"))
        if self._kept_from != self.keys.generation:
            self._kept.clear()
            self._kept_from = self.keys.generation
        kept = self._kept.get(token)
        if kept is not None:
            return kept
        if key is None:
            raise invalid_token()
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=list(key.algorithms),
                issuer=self._settings.issuer,
                audience=self._settings.audiences,
                # The clock is looked at each time, in OutsideIssuers.read.
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            _require_access_token(header, claims, self._settings.token_type)
            read = _parse(claims, self._settings)
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
            raise invalid_token() from error
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[token] = read
        return read


def _issuer_of(token: str) -> str:
    """What the token says of its issuer, which may be anything; empty where it says nothing."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError):
        return ""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


def _require_access_token(header: Mapping[str, Any], claims: Mapping[str, Any], kind: TokenType) -> None:
    """Refuse whatever does not say that it is an access token, as its issuer's tokens of this kind do.

    An issuer signs ID tokens and others with the same key. They reach programs that may do nothing in a user's name.

    Raises:
        ValueError: it does not say so.
    """
    named = str(header.get("typ", "")).lower().removeprefix("application/")
    # Keycloak says in `typ` of the body which of its tokens this is.
    within = claims.get("typ")
    match kind:
        case "at+jwt":
            is_access = named == _RFC_9068_TYPE
        case "keycloak":
            is_access = within == "Bearer"
        case "scoped":
            is_access = any(claims.get(name) for name in _SCOPES)
    is_other = named not in _PLAIN_TYPES or within not in {None, "Bearer"} or _OF_OTHER_TOKENS & claims.keys()
    if is_other or not is_access:
        raise ValueError(kind)


def _parse(claims: Mapping[str, Any], settings: OutsideIssuer) -> OutsideClaims:
    """The claims that matter.

    Raises:
        ValueError, TypeError: one of them is not as it should be.
    """
    subject = claims["sub"]
    if not subject or len(subject) > _MOST_SUBJECT or subject != _storable(subject):
        raise ValueError(subject)
    issued_at, not_before = seconds_of(claims["iat"]), seconds_of(claims.get("nbf", 0))
    return OutsideClaims(
        issuer=settings.issuer,
        subject=subject,
        email=_text(claims.get("email"), most=_MOST_EMAIL),
        # Some issuers write it as a text.
        email_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
        first_name=_text(claims.get("given_name"), most=_MOST_NAME),
        last_name=_text(claims.get("family_name"), most=_MOST_NAME),
        roles=_roles(claims, settings),
        issued_at=datetime.fromtimestamp(issued_at, UTC),
        valid_from=max(not_before, issued_at),
        expires_at=seconds_of(claims["exp"]),
    )


def _roles(claims: Mapping[str, Any], settings: OutsideIssuer) -> tuple[RoleName, ...]:
    """The shop's roles for those that the token names; one that is not mapped means nothing here."""
    named: Any = claims.get(settings.roles_claim)
    if named is None:
        named = claims
        for step in settings.roles_claim.split("."):
            named = named.get(step) if isinstance(named, dict) else None
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    mapped: set[RoleName] = {
        settings.roles[name].value for name in names if isinstance(name, str) and name in settings.roles
    }
    return tuple(sorted(mapped))


def _text(given: Any, *, most: int) -> str | None:
    if not isinstance(given, str):
        return None
    text = _storable(given).strip()
    return text if 0 < len(text) <= most else None


def _storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep, and JSON can name: U+0000 and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
