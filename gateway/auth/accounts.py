"""Asks the user database, at each request, whether a token's session or identity still counts, and for what."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from datasources.core.errors import InvalidText, ServiceUnavailable
from datasources.core.records import row_record
from datasources.users.errors import IdentityRefused, InvalidEmail
from datasources.users.queries import identity_viewer, session_viewer
from datasources.workflows.outside_identities import admit_identity
from gateway.auth.errors import Unauthenticated, Unavailable, expired_token, invalid_token
from gateway.auth.tokens import MOST_KEPT, utc_now
from resolvers.permissions import Role, viewer

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.users.origins import Origin
    from datasources.users.records import Account, IdentityCheck, SessionCheck
    from gateway.auth.issuers import OutsideClaims
    from gateway.auth.tokens import Claims
    from resolvers.permissions import Viewer

# After the user database could not be asked it is left alone for so long, so that a dead host costs one request its
# time-out and not every request.
RETRY_SECONDS = 1.0

# Why an account or its session is over, so that nothing that the client keeps is of any use.
OVER = frozenset({"SESSION_ENDED", "ACCOUNT_LOCKED", "ACCOUNT_DEACTIVATED"})


@row_record
class Identity:
    """Who a request acts as. `account` is None where it did not have to be read: for guests and tokens without session.

    `is_confirmed` is False where the user database could not be asked, and the token is taken at its word.
    """

    viewer: Viewer
    session_id: UUID | None = None
    account: Account | None = None
    is_confirmed: bool = True


class Accounts:
    """What the user database says of tokens, and what is done while it says nothing (docs/adr/0005)."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ask_after = 0.0
        self._seen: dict[tuple[str, str], Viewer] = {}

    async def of_session(self, claims: Claims, session_id: UUID, database: Database) -> Identity:
        """Who a token of this session acts as: what the session's account says now outweighs the token.

        Raises:
            Unauthenticated: the session is over, or its user may not act any more.
        """
        try:
            self._require_patience(database)
            check = await session_viewer(database, session_id, now=utc_now())
        except ServiceUnavailable:
            self._be_patient()
            return Identity(viewer=claims.viewer, session_id=session_id, is_confirmed=False)
        account = _admitted(check, claims)
        return Identity(viewer=_viewer_of(account), session_id=session_id, account=account)

    async def of_outside(
        self, claims: OutsideClaims, connections: Connections, *, origin: Origin
    ) -> Identity:
        """Who an outside issuer's token acts as; its user gets an account on first sight.

        Raises:
            Unauthenticated: the user may not act, or the issuer says too little for an account.
            Unavailable: the database is down, and this process has not seen the user before.
        """
        name = (claims.issuer, claims.subject)
        try:
            self._require_patience(connections.users)
            check = await _identity(claims, connections, origin)
            _require_admission(check.account, is_locked=check.is_locked)
        except Unauthenticated:
            self._seen.pop(name, None)  # an outage must not let them in again
            raise
        except ServiceUnavailable as error:
            self._be_patient()
            known = self._seen.get(name)
            if known is None:
                raise Unavailable("SERVICE_UNAVAILABLE", str(error)) from error
            return Identity(viewer=known, is_confirmed=False)
        seen = _viewer_of(check.account)
        self._see(name, seen)
        return Identity(viewer=seen, account=check.account)

    def _require_patience(self, database: Database) -> None:
        if time.monotonic() < self._ask_after:
            raise ServiceUnavailable(database.service)

    def _be_patient(self) -> None:
        now = time.monotonic()
        if now >= self._ask_after:
            self._ask_after = now + RETRY_SECONDS

    def _see(self, name: tuple[str, str], seen: Viewer) -> None:
        if name not in self._seen and len(self._seen) >= MOST_KEPT:
            del self._seen[next(iter(self._seen))]
        self._seen[name] = seen


async def _identity(claims: OutsideClaims, connections: Connections, origin: Origin) -> IdentityCheck:
    try:
        check = await identity_viewer(connections.users, claims.issuer, claims.subject)
        # A newer token may say something else, and is noted even if it does not: those before it say nothing any more.
        if check is not None and claims.issued_at <= check.roles_issued_at:
            return check
        return await admit_identity(
            connections,
            issuer=claims.issuer,
            subject=claims.subject,
            email=claims.email,
            email_verified=claims.email_verified,
            first_name=claims.first_name,
            last_name=claims.last_name,
            roles=claims.roles,
            issued_at=claims.issued_at,
            origin=origin,
            now=utc_now(),
        )
    except (IdentityRefused, InvalidEmail, InvalidText) as refusal:
        raise Unauthenticated("IDENTITY_REFUSED", str(refusal)) from refusal


def _admitted(check: SessionCheck | None, claims: Claims) -> Account:
    if check is None:
        raise _ended()
    if check.account.id != claims.viewer.user_id:
        raise invalid_token()
    # Before the session, which ends when staff lock or deactivate the account: signing in again would not help.
    _require_admission(check.account, is_locked=check.is_locked)
    if not check.is_live:
        raise _ended()
    changed_at = check.password_changed_at
    # `iat` has whole seconds: a token of the very second in which the password changed still counts.
    if changed_at is not None and claims.issued_at < int(changed_at.timestamp()):
        raise expired_token()
    return check.account


def _ended() -> Unauthenticated:
    return Unauthenticated("SESSION_ENDED", "The session has ended. Sign in again.")


def _require_admission(account: Account, *, is_locked: bool) -> None:
    if is_locked:
        message = "This account is locked. Contact the shop's customer service."
        raise Unauthenticated("ACCOUNT_LOCKED", message)
    if not account.is_active:
        message = "This account is deactivated. Contact the shop's customer service."
        raise Unauthenticated("ACCOUNT_DEACTIVATED", message)


def _viewer_of(account: Account) -> Viewer:
    return viewer(account.id, map(Role, account.roles))
