"""Whom a request comes from, and how resolvers hand out credentials and take them back; the gateway implements it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

from datasources.core.records import row_record
from datasources.users.origins import Origin, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from datasources.users.passwords import Passwords


@row_record
class ClientInfo:
    """Who a request comes from, beside the account that it acts as.

    `session_id` is the session of its access token: None for a guest, for a token that was minted without one
    (`gateway token`), and for an outside issuer's. `is_confirmed` is False only where a token was accepted although the
    user database could not be asked whether its session goes on; no mutation runs then. `host` is the address of the
    client, of which no more is known than that the server or a trusted proxy named it.
    """

    session_id: "UUID | None" = None
    is_confirmed: bool = True
    host: str | None = None
    user_agent: str | None = None

    def origin(self, actor_id: "UUID | None", *, device: str | None = None) -> Origin:
        """What a command keeps of who acts, and from where. `device` is what the client calls itself."""
        address = parse_address(self.host)
        return Origin(
            actor_id=actor_id,
            ip_address=None if address is None else str(address),
            user_agent=self.user_agent,
            device=device,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTokens:
    """What a payload says of new credentials; both tokens are None where they went into cookies instead."""

    access_token: str | None
    access_token_expires_at: "datetime"
    refresh_token: str | None


class Credentials(Protocol):
    """One request's way to read and give out credentials, in the body or in cookies as its client wants it.

    signIn and refreshSession: `presented` is the refresh token that came, and `issue` answers. signOut and everything
    else that ends the request's own session: `withdraw`.
    """

    @property
    def passwords(self) -> "Passwords":
        """What hashes and verifies passwords: one per process, opened and closed with the application."""
        ...

    def presented(self, given: str | None) -> str | None:
        """The refresh token that the client presents: the one it gives as an argument, or that of its cookie."""
        ...

    def issue(
        self,
        *,
        user_id: "UUID",
        roles: "Iterable[str]",
        session_id: "UUID",
        refresh_token: str,
        refresh_expires_at: "datetime",
        now: "datetime",
    ) -> IssuedTokens:
        """Sign an access token of this session, and hand it out together with the refresh token."""
        ...

    def withdraw(self) -> None:
        """Take the cookies back, if the client has any; what it keeps elsewhere it has to forget by itself."""
        ...


class NoCredentials:
    """Where a context is made without a request, nothing is presented and nothing can be handed out."""

    __slots__ = ()

    @property
    def passwords(self) -> "Passwords":
        """Refuse.

        Raises:
            RuntimeError: always.
        """
        message = "This context was made without a request, so it has no threads to hash passwords on."
        raise RuntimeError(message)

    def presented(self, given: str | None) -> str | None:
        """The argument."""
        return given

    def issue(self, **_: object) -> NoReturn:
        """Refuse.

        Raises:
            RuntimeError: always.
        """
        message = "This context was made without a request, so it has no key to sign access tokens with."
        raise RuntimeError(message)

    def withdraw(self) -> None:
        """There is nothing to take back."""


UNKNOWN_CLIENT = ClientInfo()
NO_CREDENTIALS = NoCredentials()
