"""Forgotten passwords, and changed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from datasources.core.tokens import hash_of, make_token
from datasources.users.accounts import change_account, hold_account, hold_account_of, read_user
from datasources.users.commands.sessions import end_sessions
from datasources.users.confirmations import confirm_password, find_credentials_of_reset, hold_confirmed
from datasources.users.counters import counters_of, forget_failures
from datasources.users.emails import normalise_email
from datasources.users.errors import InvalidToken, TooManyAttempts, UnknownUser
from datasources.users.journal import address_of, tell, write_audit
from datasources.users.records import Message, Outcome, User, VoidLinks
from datasources.users.tables import password_reset_tokens
from datasources.users.verifications import (
    LINKS,
    RESET_LIFETIME,
    take_client_turn,
    take_message_turn,
    use_reset,
    void_resets,
    void_verifications,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempts
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords


async def request_password_reset(
    database: Database,
    *,
    email: str,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> Outcome[None]:
    """Send a token that resets the password to the account's address; of an address without an account tell nothing.

    Earlier tokens are void then. The password and the sessions stay as they are until it is used. It is also the way in
    for an address that somebody else has registered, too: the token proves the address, and replaces the password.

    Where as many messages as may were sent to the address, none is sent and the last one's token stays good: so nobody
    can keep an account's owner from the reset by asking for it.

    Raises:
        InvalidEmail: the address is none.
        TooManyAttempts: too many messages were asked for from this client.
        ServiceUnavailable: the user database or Redis is down.
    """
    address = normalise_email(email)
    await take_client_turn(attempts, "reset", origin, now=now)
    try:
        await take_message_turn(attempts, "reset", address, now=now)
    except TooManyAttempts:
        return Outcome(value=None)
    async with database.transaction() as transaction:
        account = await hold_account_of(transaction, address)
        if account is None or not account.is_active:
            return Outcome(value=None)
        await void_resets(transaction, account.id)
        token, expires_at = new_token(), now + RESET_LIFETIME
        await transaction.execute(
            insert(password_reset_tokens).values(
                user_id=account.id,
                token_hash=hash_of(token),
                expires_at=expires_at,
                ip_address=address_of(origin),
                created_at=now,
            )
        )
        await write_audit(
            transaction, "password_reset_requested", origin=origin, now=now, entity_id=account.id
        )
    message = Message(
        kind="password_reset",
        user_id=account.id,
        email=account.email,
        name=account.first_name,
        token=token,
        expires_at=expires_at,
    )
    return Outcome(value=None, messages=(message,))


async def reset_password(
    database: Database,
    *,
    token: str,
    new_password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
) -> Outcome[User]:
    """Set a new password with the token of a message, end every session, and let the account sign in at once.

    The token came to the account's address, so it proves the address, too. A password that is refused leaves the token
    as it was.

    Raises:
        InvalidToken: the token is unknown, used or expired.
        WeakPassword: the password is too easy to guess.
        ServiceUnavailable: the user database is down, or too many passwords wait to be hashed.
    """
    credentials = await find_credentials_of_reset(database, token, now=now)
    passwords.check_strength(new_password, own=credentials.own_words)
    password_hash = await passwords.hash(new_password)
    async with database.transaction() as transaction:
        account = await _hold_owner(transaction, credentials.id)
        await use_reset(transaction, token, now=now)
        await _replace_password(
            transaction, account, password_hash, action="password_reset", origin=origin, now=now
        )
        user = await read_user(transaction, account.id)
        counters = await counters_of(transaction, account, now=now)
    await forget_failures(attempts, counters)
    return _told(user, account)


async def change_password(
    database: Database,
    *,
    user_id: UUID,
    session_id: UUID | None,
    current_password: str,
    new_password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
) -> Outcome[User]:
    """Replace the password, and end every session but `session_id`, the one that asks.

    Raises:
        UnknownUser, NoPassword, WrongPassword: the account is gone or the password does not confirm the change.
        WeakPassword: the new password is too easy to guess.
        TooManyAttempts: too many attempts have failed.
        ServiceUnavailable: the user database or Redis is down, or too many passwords wait to be hashed.
    """
    credentials = await confirm_password(
        database,
        user_id=user_id,
        password=current_password,
        passwords=passwords,
        attempts=attempts,
        origin=origin,
        now=now,
    )
    passwords.check_strength(new_password, own=credentials.own_words)
    password_hash = await passwords.hash(new_password)
    async with database.transaction() as transaction:
        account = await hold_confirmed(transaction, credentials)
        await _replace_password(
            transaction,
            account,
            password_hash,
            action="password_changed",
            origin=origin,
            now=now,
            kept_session=session_id,
        )
        user = await read_user(transaction, user_id)
    return _told(user, account)


async def _hold_owner(transaction: AsyncConnection, user_id: UUID) -> HeldAccount:
    try:
        return await hold_account(transaction, user_id)
    except UnknownUser as error:
        raise InvalidToken from error  # deleted while the password was hashed


async def _replace_password(
    transaction: AsyncConnection,
    account: HeldAccount,
    password_hash: str,
    *,
    action: str,
    origin: Origin,
    now: datetime,
    kept_session: UUID | None = None,
) -> None:
    """Set the password and end what the old one may have opened: sessions, resets, and changes of the address."""
    changes = {"email_verified": True} if action == "password_reset" else {}
    version = await change_account(
        transaction,
        account,
        now=now,
        password_hash=password_hash,
        password_changed_at=now,
        failed_login_attempts=0,
        lockout_end=None,
        **changes,
    )
    await end_sessions(transaction, account.id, reason=action, now=now, but=kept_session)
    await void_resets(transaction, account.id)
    await void_verifications(transaction, account.id, "verify_email", "change_email")
    await write_audit(transaction, action, origin=origin, now=now, entity_id=account.id)
    await tell(transaction, "UserPasswordChanged", user_id=account.id, version=version, now=now)


def _told(user: User, account: HeldAccount) -> Outcome[User]:
    notice = Message(
        kind="password_changed", user_id=account.id, email=account.email, name=account.first_name
    )
    return Outcome(value=user, messages=(notice,), void=(VoidLinks(user_id=account.id, kinds=LINKS),))
