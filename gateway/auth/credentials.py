"""Hands credentials out, in the answer or in cookies, and takes them back: `resolvers.credentials` for one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.auth.tokens import ACCESS_LIFETIME
from resolvers.credentials import IssuedTokens

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from datasources.users.passwords import Passwords
    from gateway.auth.cookies import Cookies
    from gateway.auth.tokens import AccessTokens


class RequestCredentials:
    """One request's credentials. `set_cookies` are the values of the answer's Set-Cookie headers."""

    __slots__ = ("_cookies", "_tokens", "passwords", "set_cookies")

    def __init__(self, tokens: AccessTokens, passwords: Passwords, cookies: Cookies | None) -> None:
        """Sign with `tokens`; answer in cookies where the request is in cookie mode."""
        self._tokens = tokens
        self._cookies = cookies
        self.passwords = passwords
        self.set_cookies: tuple[str, ...] = ()

    def presented(self, given: str | None) -> str | None:
        """The refresh token that the client presents: the one it gives as an argument, or that of its cookie."""
        return self._cookies.refresh if given is None and self._cookies is not None else given

    def issue(
        self,
        *,
        user_id: UUID,
        roles: Iterable[str],
        session_id: UUID,
        refresh_token: str,
        refresh_expires_at: datetime,
        now: datetime,
    ) -> IssuedTokens:
        """Sign an access token of this session, and hand it out together with the refresh token."""
        access = self._tokens.mint(user_id=user_id, roles=roles, session_id=session_id, now=now)
        expires_at = now + ACCESS_LIFETIME
        cookies = self._cookies
        if cookies is None:
            return IssuedTokens(
                access_token=access, access_token_expires_at=expires_at, refresh_token=refresh_token
            )
        self.set_cookies = (
            cookies.set_access(access, seconds=int(ACCESS_LIFETIME.total_seconds())),
            cookies.set_refresh(refresh_token, seconds=int((refresh_expires_at - now).total_seconds())),
        )
        return IssuedTokens(access_token=None, access_token_expires_at=expires_at, refresh_token=None)

    def withdraw(self) -> None:
        """Take the cookies back, if the client has any."""
        if self._cookies is not None:
            self.set_cookies = self._cookies.forget()
