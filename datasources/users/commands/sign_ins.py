"""Signing in with an e-mail address and a password."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import func, update

from datasources.core.errors import ServiceUnavailable
from datasources.users.accounts import change_account, read_account, require_usable
from datasources.users.commands.sessions import start_session
from datasources.users.confirmations import find_credentials, hold_confirmed, verify_attempt
from datasources.users.emails import email_or_none, hash_of_email
from datasources.users.errors import EmailNotVerified, InvalidCredentials, UnknownUser, WrongPassword
from datasources.users.journal import tell, write_audit
from datasources.users.origins import Origin
from datasources.users.records import SignedIn
from datasources.users.statements import LIVE
from datasources.users.tables import users
from datasources.users.tokens import make_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.attempts import Attempt, Attempts
    from datasources.users.confirmations import Credentials
    from datasources.users.passwords import Passwords


async def sign_in(
    database: Database,
    *,
    email: str,
    password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> SignedIn:
    """Start a session of the account with this address, if the password is its own.

    Whether there is such an account shows neither in the error, nor in the time, nor in who has to wait. What is wrong
    with an account is said only to those who know its password.

    Raises:
        InvalidCredentials: there is no such account, or its password is another.
        TooManyAttempts: too many attempts have failed, with this address or from this client.
        EmailNotVerified: the address has not been proved yet.
        AccountDeactivated: the account is not active.
        AccountLocked: staff have locked the account.
        ServiceUnavailable: the user database or Redis is down, or too many sign in at once.
    """
    attempt = await attempts.begin(hash_of_email(email), origin.ip_address, now=now)
    try:
        credentials = await find_credentials(database, email)
    except ServiceUnavailable:
        with suppress(ServiceUnavailable):
            await attempts.give_back(attempt)
        raise
    matches = await verify_attempt(passwords, attempts, attempt, password, credentials)
    if credentials is None or not matches:
        await _note_failure(database, email, attempt, origin=origin, now=now)
        raise InvalidCredentials
    rehashed = await _rehash(passwords, password, credentials)
    try:
        async with database.transaction() as transaction:
            return await _enter(
                transaction, credentials, rehashed=rehashed, origin=origin, now=now, new_token=new_token
            )
    except (UnknownUser, WrongPassword) as error:
        raise InvalidCredentials from error  # deleted, or given another password, in this very moment


async def _enter(
    transaction: AsyncConnection,
    credentials: Credentials,
    *,
    rehashed: str | None,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str],
) -> SignedIn:
    account = await hold_confirmed(transaction, credentials)
    if not account.email_verified:
        raise EmailNotVerified(account.email)
    require_usable(account)
    changes = {} if rehashed is None else {"password_hash": rehashed}
    version = await change_account(
        transaction,
        account,
        now=now,
        last_login_at=now,
        failed_login_attempts=0,
        lockout_end=None,
        **changes,
    )
    # Who signs in is the actor from here on.
    entering = Origin(
        actor_id=account.id, ip_address=origin.ip_address, user_agent=origin.user_agent, device=origin.device
    )
    session, token = await start_session(transaction, account, origin=entering, now=now, new_token=new_token)
    new = {"session_id": str(session.id)}
    await write_audit(transaction, "signed_in", origin=entering, now=now, entity_id=account.id, new=new)
    await tell(transaction, "UserSignedIn", user_id=account.id, version=version, now=now, **new)
    return SignedIn(session=session, account=await read_account(transaction, account.id), refresh_token=token)


async def _rehash(passwords: Passwords, password: str, credentials: Credentials) -> str | None:
    """A hash with today's parameters where the account's has others. A full queue is no reason to refuse a sign-in."""
    if credentials.password_hash is None or not passwords.needs_rehash(credentials.password_hash):
        return None
    with suppress(ServiceUnavailable):
        return await passwords.hash(password)
    return None


async def _note_failure(
    database: Database, email: str, attempt: Attempt, *, origin: Origin, now: datetime
) -> None:
    """Show the failure on the account, and in the audit log. The same statements run where there is no account.

    The log does not hold the address that was given: people mistake its field for the password's.
    """
    waits_until = None if attempt.waits_until is None else attempt.waits_until.isoformat()
    async with database.transaction() as transaction:
        failed = await transaction.execute(
            update(users)
            .where(func.lower(users.c.email) == (email_or_none(email) or ""), LIVE)
            .values(failed_login_attempts=attempt.failures, lockout_end=attempt.waits_until)
            .returning(users.c.id)
        )
        await write_audit(
            transaction,
            "sign_in_failed",
            origin=origin,
            now=now,
            entity_id=failed.scalar_one_or_none(),
            new={"failed_login_attempts": attempt.failures, "lockout_end": waits_until},
        )
