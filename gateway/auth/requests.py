"""Tells who a request comes from: reads its credentials, checks them, and gathers what resolvers get to know of it."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from datasources.core.records import row_record
from datasources.users.passwords import Passwords
from gateway.auth.accounts import OVER, Accounts, Identity
from gateway.auth.cookies import read_cookies
from gateway.auth.credentials import RequestCredentials
from gateway.auth.errors import Unauthenticated
from gateway.auth.issuers import OutsideIssuers
from gateway.auth.keys import derive_keys
from gateway.auth.tokens import AccessTokens
from resolvers.credentials import ClientInfo
from resolvers.permissions import GUEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from starlette.types import Scope

    from datasources.core.connections import Connections
    from datasources.users.records import Account
    from gateway.auth.cookies import Cookies
    from gateway.settings import Settings
    from resolvers.permissions import Viewer

_GUEST = Identity(viewer=GUEST)

logger = logging.getLogger("gateway.auth")


@row_record
class Requester:
    """Who a request comes from. `account` is the viewer's, where it has been read already."""

    viewer: Viewer
    account: Account | None
    client: ClientInfo
    credentials: RequestCredentials


class Authenticator:
    """Tells who requests come from."""

    def __init__(
        self,
        tokens: AccessTokens,
        passwords: Passwords,
        *,
        outside: OutsideIssuers,
        origins: Collection[str],
        trusts_proxies: bool,
    ) -> None:
        """Accept the gateway's own `tokens` and those of `outside` issuers.

        Pages of `origins` may use cookie mode beside the gateway's own. `trusts_proxies` is whether any proxy may say
        who the client is.
        """
        self._tokens = tokens
        self._passwords = passwords
        self._outside = outside
        self._origins = frozenset(origins)
        self._accounts = Accounts()
        self._warns_of_proxies = not trusts_proxies

    async def identify(
        self, scope: Scope, headers: Mapping[bytes, str], connections: Connections
    ) -> Requester:
        """Who sends this request; its headers are by lower-case name.

        Raises:
            Unauthenticated: it has a token, and that does not count.
            CrossSiteRequest: it is in cookie mode, and a page of another site may have sent it.
            Unavailable: it has an outside issuer's token, and nobody can tell now whose it is.
        """
        if self._warns_of_proxies and b"x-forwarded-for" in headers:
            self._warn_of_proxies()
        cookies = read_cookies(scope, headers, origins=self._origins)
        peer = scope.get("client")
        host, user_agent = peer[0] if peer else None, headers.get(b"user-agent")
        authorization = headers.get(b"authorization")
        if authorization is not None:
            identity = await self._of_token(_bearer_token(authorization), host, user_agent, connections)
        elif cookies is not None and cookies.access is not None:
            identity = await self._of_cookie(cookies, cookies.access, host, user_agent, connections)
        else:
            identity = _GUEST
        return Requester(
            viewer=identity.viewer,
            account=identity.account,
            client=ClientInfo(
                session_id=identity.session_id,
                is_confirmed=identity.is_confirmed,
                host=host,
                user_agent=user_agent,
            ),
            credentials=RequestCredentials(self._tokens, self._passwords, cookies),
        )

    def _warn_of_proxies(self) -> None:
        """Say once why all clients may be counted as one."""
        self._warns_of_proxies = False
        logger.warning(
            "A request came with X-Forwarded-For, and no proxy is trusted to send it: whoever sends it counts as the "
            "client of all its requests. If it is your proxy, name it in GATEWAY_TRUSTED_PROXIES."
        )

    async def _of_cookie(
        self, cookies: Cookies, token: str, host: str | None, user_agent: str | None, connections: Connections
    ) -> Identity:
        try:
            return await self._of_token(token, host, user_agent, connections)
        except Unauthenticated as refusal:
            # No script can take such a cookie back, and its page would be refused for as long as it lasts.
            refusal.cookies = cookies.forget() if refusal.code in OVER else cookies.forget_access()
            raise

    async def _of_token(
        self, token: str, host: str | None, user_agent: str | None, connections: Connections
    ) -> Identity:
        if self._outside.issued(token):
            said = await self._outside.read(token, now=time.time())
            origin = ClientInfo(host=host, user_agent=user_agent).origin(None)
            return await self._accounts.of_outside(said, connections, origin=origin)
        claims = self._tokens.read(token, now=time.time())
        if claims.session_id is None:
            return Identity(viewer=claims.viewer)
        return await self._accounts.of_session(claims, claims.session_id, connections.users)


@asynccontextmanager
async def open_authenticator(settings: Settings) -> AsyncIterator[Authenticator]:
    """What tells who requests come from, for as long as the application runs."""
    outside = OutsideIssuers(settings.oidc_issuers)
    tokens = AccessTokens(derive_keys(settings.jwt_secret, settings.jwt_previous_secrets))
    try:
        with Passwords() as passwords:
            yield Authenticator(
                tokens,
                passwords,
                outside=outside,
                origins=settings.cors_origins,
                trusts_proxies=bool(settings.trusted_proxies),
            )
    finally:
        await outside.close()


def _bearer_token(authorization: str) -> str:
    """The token of an Authorization header.

    Raises:
        Unauthenticated: it is of another kind. Whoever sends one means to be somebody.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("TOKEN_INVALID", "Send the header as: Authorization: Bearer <token>.")
    return token.strip()
