"""Signing in with an e-mail address and a password."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from datasources.core.errors import ServiceUnavailable
from datasources.core.tokens import make_token
from datasources.users.accounts import change_account, read_account, require_usable
from datasources.users.attempts import network_of
from datasources.users.commands.sessions import start_session
from datasources.users.confirmations import find_credentials, hold_confirmed, note_failure, verify_attempt
from datasources.users.counters import sign_in_counter
from datasources.users.errors import (
    AccountDeactivated,
    AccountLocked,
    InvalidCredentials,
    UnknownUser,
    WrongPassword,
)
from datasources.users.journal import tell, write_audit
from datasources.users.origins import Origin
from datasources.users.records import SignedIn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.attempts import Attempts
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

    Whether there is such an account shows neither in the error, nor in the time, nor in who has to wait, but to the
    networks that the account was used from (`counters`). An account whose address nobody has proved counts as having no
    password: it is whoever's registered it last. What else is wrong with an account is said only to those who know its
    password.

    Raises:
        InvalidCredentials: there is no such account, its password is another, or its address has not been proved yet.
        TooManyAttempts: too many attempts have failed, with this address or from this client.
        AccountDeactivated: the account is not active.
        AccountLocked: staff have locked the account.
        ServiceUnavailable: the user database or Redis is down, or too many sign in at once.
    """
    found = await find_credentials(database, email, origin=origin, now=now)
    credentials = found if found is not None and found.is_proved else None
    known = network_of(origin.ip_address) if credentials is not None and credentials.knows_network else None
    attempt = await attempts.begin(sign_in_counter(email, known_network=known), origin.ip_address, now=now)
    matches = await verify_attempt(passwords, attempts, attempt, password, credentials)
    if credentials is None or not matches:
        user_id = None if found is None else found.id
        await note_failure(database, "sign_in_failed", user_id, attempt, origin=origin, now=now)
        raise InvalidCredentials
    rehashed = await _rehash(passwords, password, credentials)
    try:
        async with database.transaction() as transaction:
            return await _enter(
                transaction, credentials, rehashed=rehashed, origin=origin, now=now, new_token=new_token
            )
    except (UnknownUser, WrongPassword) as error:
        raise InvalidCredentials from error  # deleted, or given another password, in this very moment
    except (AccountDeactivated, AccountLocked) as error:
        await _note_refusal(database, credentials, error, origin=origin, now=now)
        raise


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


async def _note_refusal(
    database: Database,
    credentials: Credentials,
    refusal: AccountDeactivated | AccountLocked,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Write down that whoever knows the password was kept out."""
    new = {"reason": "locked" if isinstance(refusal, AccountLocked) else "deactivated"}
    async with database.transaction() as transaction:
        await write_audit(
            transaction, "sign_in_refused", origin=origin, now=now, entity_id=credentials.id, new=new
        )
