"""Cookie mode: where a browser's tokens lie, and which pages may make it use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from gateway.auth.errors import CrossSiteRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.types import Scope

# Cookies count only together with this header, which no form, link or image sends, and which a script of another origin
# may send only where CORS lets it.
MODE_HEADER = "X-Session-Mode"
COOKIE_MODE = "cookie"

_MODE = MODE_HEADER.lower().encode()
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieNames:
    """The names of the two cookies, and what else is written beside their values."""

    access: str
    refresh: str
    attributes: str


# __Host- makes the browser insist on Secure, on Path=/ and on no Domain, so that no subdomain can plant a cookie.
_SECURE = CookieNames(
    access="__Host-gateway-access",
    refresh="__Host-gateway-refresh",
    attributes="Path=/; Secure; HttpOnly; SameSite=Strict",
)
# Not every browser takes Secure for http://localhost, so that development does without.
_LOCAL = CookieNames(
    access="gateway-access", refresh="gateway-refresh", attributes="Path=/; HttpOnly; SameSite=Strict"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """The cookies of one request, and how to answer with others."""

    names: CookieNames
    access: str | None
    refresh: str | None

    def set_access(self, token: str, *, seconds: int) -> str:
        """The value of a Set-Cookie header that keeps an access token for so long."""
        return f"{self.names.access}={token}; Max-Age={seconds}; {self.names.attributes}"

    def set_refresh(self, token: str, *, seconds: int) -> str:
        """The value of a Set-Cookie header that keeps a refresh token for so long."""
        return f"{self.names.refresh}={token}; Max-Age={seconds}; {self.names.attributes}"

    def forget_access(self) -> tuple[str, ...]:
        """The Set-Cookie values that take the access token back, after which the refresh token may try."""
        return (self.set_access("", seconds=0),)

    def forget(self) -> tuple[str, ...]:
        """The Set-Cookie values that take both tokens back."""
        return (self.set_access("", seconds=0), self.set_refresh("", seconds=0))


def read_cookies(scope: Scope, headers: Mapping[bytes, str], *, origins: Collection[str]) -> Cookies | None:
    """The cookies of a request in cookie mode, None in any other: without MODE_HEADER no cookie counts.

    `origins` are those from which browsers may call beside the gateway's own.

    Raises:
        CrossSiteRequest: the page that sends it is neither the gateway's own nor of one of these origins.
    """
    mode = headers.get(_MODE)
    if mode is None or mode.strip().lower() != COOKIE_MODE:
        return None
    _require_known_page(scope, headers, origins)
    sent = cookie_parser(headers.get(b"cookie", ""))
    names = _names(scope, headers, sent)
    return Cookies(names=names, access=sent.get(names.access), refresh=sent.get(names.refresh))


def _require_known_page(scope: Scope, headers: Mapping[bytes, str], origins: Collection[str]) -> None:
    """The second line of defence after MODE_HEADER and before SameSite: what the browser says of the page that asks."""
    if headers.get(b"sec-fetch-site") == "same-origin":
        return
    origin = headers.get(b"origin")
    if origin is None:
        # Browsers name the origin of whatever may change something; without it, it is no browser, or only reads.
        if scope["method"] in _SAFE_METHODS and b"sec-fetch-site" not in headers:
            return
        message = (
            "Cookie mode is for browsers: the request has neither Origin nor Sec-Fetch-Site: same-origin."
        )
        raise CrossSiteRequest("CROSS_SITE_REQUEST", message)
    if origin not in origins and (b"sec-fetch-site" in headers or not _is_own(origin, scope, headers)):
        message = f"Pages of {origin} may not use this gateway's cookies; GATEWAY_CORS_ORIGINS names those that may."
        raise CrossSiteRequest("CROSS_SITE_REQUEST", message)


def _is_own(origin: str, scope: Scope, headers: Mapping[bytes, str]) -> bool:
    """Whether this is where the request went: for browsers too old for Sec-Fetch-Site. No page can change Host."""
    host = headers.get(b"host", "")
    return origin in {f"{scope['scheme']}://{host}", f"https://{host}"}


def _names(scope: Scope, headers: Mapping[bytes, str], sent: Collection[str]) -> CookieNames:
    """Cookies without Secure are for a browser and a gateway on one machine, and for nobody else.

    Plain HTTP from elsewhere came through a proxy with TLS that nobody told us to trust, or the browser must not keep
    the cookie at all. Such a proxy may well call us localhost: then the page's own origin tells. Where
    a browser names none, since the request only reads, the cookies that it has tell: with __Host- or without.
    """
    is_local = scope["scheme"] == "http" and _is_loopback(f"http://{headers.get(b'host', '')}")
    origin = headers.get(b"origin")
    if origin is not None:
        return _LOCAL if is_local and _is_loopback(origin) else _SECURE
    return _SECURE if not is_local or _SECURE.access in sent or _SECURE.refresh in sent else _LOCAL


def _is_loopback(origin: str) -> bool:
    """Whether an origin is this machine's, without TLS."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in _LOOPBACK
