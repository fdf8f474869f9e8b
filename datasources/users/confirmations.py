"""Passwords held against an account's: to sign in, beside a message's token, and for risky changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import update

from datasources.core.errors import ServiceUnavailable
from datasources.core.tokens import hash_of
from datasources.users.access_statements import (
    CREDENTIALS_BY_EMAIL,
    CREDENTIALS_BY_ID,
    CREDENTIALS_BY_RESET,
    CREDENTIALS_BY_VERIFICATION,
)
from datasources.users.accounts import hold_account
from datasources.users.attempts import network_of
from datasources.users.counters import NETWORK_MEMORY, confirmation_counter
from datasources.users.emails import email_or_none
from datasources.users.errors import InvalidToken, NoPassword, UnknownUser, WrongPassword
from datasources.users.journal import write_audit
from datasources.users.statements import LIVE
from datasources.users.tables import users

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempt, Attempts
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a password was held against; never given out of this service."""

    id: UUID
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    is_proved: bool
    password_hash: str | None = field(repr=False)
    # Whether its owner was on the client's network before, where that was asked.
    knows_network: bool = False

    @property
    def own_words(self) -> tuple[str | None, ...]:
        """What a password must not be made of."""
        return (self.email, self.username, self.first_name, self.last_name)


async def find_credentials(
    database: Database, email: str, *, origin: Origin, now: datetime
) -> Credentials | None:
    """The credentials of the live account with this address, if the text is one, and whether it knows the client.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    address = email_or_none(email)
    if address is None:
        return None
    rows = await database.fetch(
        CREDENTIALS_BY_EMAIL,
        email=address,
        network=network_of(origin.ip_address),
        since=now - NETWORK_MEMORY,
    )
    return Credentials(**dict(rows[0])) if rows else None


async def find_credentials_of_reset(database: Database, token: str, *, now: datetime) -> Credentials:
    """The credentials of the live account that a token can reset the password of.

    Raises:
        InvalidToken: the token is unknown, used or expired.
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(CREDENTIALS_BY_RESET, token_hash=hash_of(token), now=now)
    if not rows:
        raise InvalidToken
    return Credentials(**dict(rows[0]))


async def find_credentials_of_verification(database: Database, token: str, *, now: datetime) -> Credentials:
    """The credentials of the live account that a token can prove an address of.

    Raises:
        InvalidToken: the token is unknown, used or expired.
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(CREDENTIALS_BY_VERIFICATION, token_hash=hash_of(token), now=now)
    if not rows:
        raise InvalidToken
    return Credentials(**dict(rows[0]))


async def confirm_password(
    database: Database,
    *,
    user_id: UUID,
    password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
) -> Credentials:
    """Check the password of whoever is signed in, counted like a sign-in: a stolen session must not guess it.

    It has a counter of its own, so that nobody who fails to sign in keeps the owner from it.

    Raises:
        UnknownUser: the account is gone.
        NoPassword: it has none.
        WrongPassword: it is another.
        TooManyAttempts: too many attempts have failed.
        ServiceUnavailable: the user database or Redis is down.
    """
    rows = await database.fetch(CREDENTIALS_BY_ID, user_id=user_id)
    if not rows:
        raise UnknownUser(user_id)
    credentials = Credentials(**dict(rows[0]))
    if credentials.password_hash is None:
        raise NoPassword
    attempt = await attempts.begin(confirmation_counter(user_id), None, now=now)
    if not await verify_attempt(passwords, attempts, attempt, password, credentials):
        await note_failure(database, "confirmation_failed", user_id, attempt, origin=origin, now=now)
        raise WrongPassword
    return credentials


async def verify_attempt(
    passwords: Passwords,
    attempts: Attempts,
    attempt: Attempt,
    password: str,
    credentials: Credentials | None,
) -> bool:
    """Whether the password of a begun attempt is right. Takes the same time with and without credentials.

    Raises:
        ServiceUnavailable: too many passwords wait to be verified, or Redis is down.
    """
    try:
        matches = await passwords.verify(password, credentials.password_hash if credentials else None)
    except ServiceUnavailable:
        with suppress(ServiceUnavailable):
            await attempts.give_back(attempt)
        raise
    if matches:
        await attempts.succeed(attempt)
    return matches


async def note_failure(
    database: Database,
    action: str,
    user_id: UUID | None,
    attempt: Attempt,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Show a wrong password on the account, and in the audit log. The same statements run where there is no account.

    The log does not hold the address that was given: people mistake its field for the password's.
    """
    waits_until = None if attempt.waits_until is None else attempt.waits_until.isoformat()
    async with database.transaction() as transaction:
        await transaction.execute(
            update(users)
            .where(users.c.id == user_id, LIVE)
            .values(failed_login_attempts=attempt.failures, lockout_end=attempt.waits_until)
        )
        await write_audit(
            transaction,
            action,
            origin=origin,
            now=now,
            entity_id=user_id,
            new={"failed_login_attempts": attempt.failures, "lockout_end": waits_until},
        )


async def hold_confirmed(transaction: AsyncConnection, credentials: Credentials) -> HeldAccount:
    """Lock the account whose password was verified a moment ago, unless the password has changed since.

    Verifying takes long, and is done before the transaction so that it holds no lock.

    Raises:
        UnknownUser: the account is gone.
        WrongPassword: the password has changed.
    """
    account = await hold_account(transaction, credentials.id)
    if account.password_hash != credentials.password_hash:
        raise WrongPassword
    return account
