"""Accounts that staff lock, unlock, deactivate and activate again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from datasources.core.errors import ServiceUnavailable
from datasources.users.accounts import change_account, hold_account, read_user
from datasources.users.administrators import hold_administration, require_another_admin
from datasources.users.commands.sessions import end_sessions
from datasources.users.emails import hash_of_email
from datasources.users.errors import OwnAccount
from datasources.users.journal import tell, write_audit

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempts
    from datasources.users.origins import Origin
    from datasources.users.records import User


async def lock_user(
    database: Database, *, user_id: UUID, reason: str | None = None, origin: Origin, now: datetime
) -> User:
    """Keep a user out until somebody unlocks the account, and end every session. One that is locked stays so.

    Raises:
        UnknownUser: there is no such account.
        OwnAccount: it is the actor's own.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_other(transaction, user_id, origin)
        if not account.is_locked:
            await _shut(
                transaction,
                account,
                ("user_locked", "UserLocked"),
                reason=reason,
                origin=origin,
                now=now,
                is_locked=True,
            )
        return await read_user(transaction, user_id)


async def unlock_user(
    database: Database, *, user_id: UUID, attempts: Attempts, origin: Origin, now: datetime
) -> User:
    """Let a user in again, and forget the failures to sign in.

    Raises:
        UnknownUser: there is no such account.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        version = await change_account(
            transaction, account, now=now, is_locked=False, failed_login_attempts=0, lockout_end=None
        )
        old, new = {"is_locked": account.is_locked}, {"is_locked": False}
        await write_audit(
            transaction, "user_unlocked", origin=origin, now=now, entity_id=user_id, old=old, new=new
        )
        await tell(transaction, "UserUnlocked", user_id=user_id, version=version, now=now)
        user = await read_user(transaction, user_id)
    with suppress(ServiceUnavailable):  # the account is unlocked; its wait ends by itself
        await attempts.forget(hash_of_email(account.email))
    return user


async def deactivate_user(
    database: Database, *, user_id: UUID, reason: str | None = None, origin: Origin, now: datetime
) -> User:
    """Put an account out of use, and end every session. One that is out of use stays so.

    Raises:
        UnknownUser: there is no such account.
        OwnAccount: it is the actor's own.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_other(transaction, user_id, origin)
        if account.is_active:
            await _shut(
                transaction,
                account,
                ("user_deactivated", "UserDeactivated"),
                reason=reason,
                origin=origin,
                now=now,
                is_active=False,
                customer_status="suspended",
            )
        return await read_user(transaction, user_id)


async def reactivate_user(database: Database, *, user_id: UUID, origin: Origin, now: datetime) -> User:
    """Put an account into use again. One that is in use stays so.

    Raises:
        UnknownUser: there is no such account.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        if not account.is_active:
            version = await change_account(
                transaction, account, now=now, is_active=True, customer_status="active"
            )
            old, new = {"is_active": False}, {"is_active": True}
            await write_audit(
                transaction, "user_reactivated", origin=origin, now=now, entity_id=user_id, old=old, new=new
            )
            await tell(transaction, "UserReactivated", user_id=user_id, version=version, now=now)
        return await read_user(transaction, user_id)


async def _hold_other(transaction: AsyncConnection, user_id: UUID, origin: Origin) -> HeldAccount:
    """Lock an account that staff want to keep out."""
    if origin.actor_id == user_id:
        raise OwnAccount
    await hold_administration(transaction)
    account = await hold_account(transaction, user_id)
    await require_another_admin(transaction, user_id)
    return account


async def _shut(
    transaction: AsyncConnection,
    account: HeldAccount,
    called: tuple[str, str],
    *,
    reason: str | None,
    origin: Origin,
    now: datetime,
    **values: Any,
) -> None:
    """Keep a user out; `called` is what the audit log and the outbox call it."""
    action, event = called
    version = await change_account(transaction, account, now=now, **values)
    await end_sessions(transaction, account.id, reason=action, now=now)
    await write_audit(
        transaction,
        action,
        origin=origin,
        now=now,
        entity_id=account.id,
        old={"is_active": account.is_active, "is_locked": account.is_locked},
        new={"is_active": account.is_active, "is_locked": account.is_locked, **values, "reason": reason},
    )
    await tell(transaction, event, user_id=account.id, version=version, now=now)
