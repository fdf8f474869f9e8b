"""Which outside OpenID Connect issuers a gateway accepts, read from one JSON setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

import orjson

from resolvers.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = '[{"issuer": "https://id.example.com/realms/shop", "audience": "shop"}]'

# What user_identities holds of an issuer.
MOST_ISSUER = 255

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KNOWN = frozenset({"issuer", "audience", "accessTokenType", "rolesClaim", "roles"})

# How an issuer's access tokens differ from its ID tokens: by the header's `typ` (RFC 9068), by the body's `typ`, or by
# a scope that they name.
TokenType = Literal["at+jwt", "keycloak", "scoped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideIssuer:
    """An issuer whose access tokens count, if they are meant for one of `audiences` and marked as `token_type` says.

    `roles` gives the shop's role for each of the issuer's that means something here, as its tokens name them in
    `roles_claim`: a claim's name, or a path into one with dots, such as Keycloak's `realm_access.roles`.
    """

    issuer: str
    audiences: tuple[str, ...]
    token_type: TokenType
    roles_claim: str
    roles: Mapping[str, Role]


def parse_issuers(text: str) -> tuple[OutsideIssuer, ...]:
    """The issuers in this JSON array; an empty text holds none.

    Raises:
        ValueError: it is not such an array; the message says what is wrong, to follow the setting's name.
    """
    if not text.strip():
        return ()
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"is not JSON ({error}). It should look like {EXAMPLE}"
        raise ValueError(message) from error
    if not isinstance(given, list):
        message = f"should be a JSON array such as {EXAMPLE}"
        raise ValueError(message)  # noqa: TRY004  # one error for whatever is wrong with the text
    issuers = tuple(_parse_issuer(one) for one in given)
    if len({one.issuer for one in issuers}) < len(issuers):
        message = "names an issuer twice."
        raise ValueError(message)
    return issuers


def is_safe_address(url: str) -> bool:
    """Whether what is read from there can be trusted: over TLS, or from this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _parse_issuer(given: Any) -> OutsideIssuer:
    if not isinstance(given, dict) or not given.keys() <= _KNOWN:
        message = f"should hold objects with {', '.join(sorted(_KNOWN))} alone, such as {EXAMPLE}"
        raise ValueError(message)
    issuer = given.get("issuer")
    if not isinstance(issuer, str) or not is_safe_address(issuer) or len(issuer) > MOST_ISSUER:
        message = f"should name each issuer by its https:// URL, as its tokens do, such as {EXAMPLE}"
        raise ValueError(message)
    audience = given.get("audience")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not audiences or not all(_is_name(it) for it in audiences):
        message = (
            f"should give the audience of {issuer}: the name by which its tokens are meant for this shop."
        )
        raise ValueError(message)
    token_type = given.get("accessTokenType", "at+jwt")
    if token_type not in get_args(TokenType):
        message = f"should give the accessTokenType of {issuer} as one of {', '.join(get_args(TokenType))}."
        raise ValueError(message)
    claim = given.get("rolesClaim", "roles")
    if not _is_name(claim):
        message = f"should give the rolesClaim of {issuer} as a text, such as realm_access.roles"
        raise ValueError(message)
    return OutsideIssuer(
        issuer=issuer,
        audiences=tuple(audiences),
        token_type=token_type,
        roles_claim=claim,
        roles=_parse_roles(given.get("roles", {}), issuer),
    )


def _parse_roles(given: Any, issuer: str) -> dict[str, Role]:
    try:
        return {name: Role(role) for name, role in given.items()}
    except (AttributeError, ValueError) as error:
        message = f'should map the roles of {issuer} to Admin, Manager or Customer, such as {{"shop-admin": "Admin"}}'
        raise ValueError(message) from error


def _is_name(given: Any) -> bool:
    return isinstance(given, str) and bool(given.strip())
