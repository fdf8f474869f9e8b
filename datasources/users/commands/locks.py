"""Accounts that staff lock, unlock, deactivate and activate again.

On the accounts of staff only who `manages_staff` may act, which is decided while the account is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.users.accounts import change_account, hold_account, read_user
from datasources.users.administrators import hold_administration, require_another_admin, require_no_staff
from datasources.users.commands.sessions import end_sessions
from datasources.users.counters import counters_of, forget_failures
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
    database: Database,
    *,
    user_id: UUID,
    reason: str | None = None,
    manages_staff: bool = False,
    origin: Origin,
    now: datetime,
) -> User:
    """Keep a user out until somebody unlocks the account, and end every session. One that is locked stays so.

    Raises:
        UnknownUser: there is no such account.
        OwnAccount: it is the actor's own.
        StaffAccount: it is staff's, and the actor does not manage them.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_other(transaction, user_id, origin, manages_staff=manages_staff)
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
    database: Database,
    *,
    user_id: UUID,
    attempts: Attempts,
    manages_staff: bool = False,
    origin: Origin,
    now: datetime,
) -> User:
    """Let a user in again, and forget the failures to sign in.

    Raises:
        UnknownUser: there is no such account.
        StaffAccount: it is staff's, and the actor does not manage them.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_ranked(transaction, user_id, manages_staff=manages_staff)
        version = await change_account(
            transaction, account, now=now, is_locked=False, failed_login_attempts=0, lockout_end=None
        )
        old, new = {"is_locked": account.is_locked}, {"is_locked": False}
        await write_audit(
            transaction, "user_unlocked", origin=origin, now=now, entity_id=user_id, old=old, new=new
        )
        await tell(transaction, "UserUnlocked", user_id=user_id, version=version, now=now)
        user = await read_user(transaction, user_id)
        counters = await counters_of(transaction, account, now=now)
    await forget_failures(attempts, counters)
    return user


async def deactivate_user(
    database: Database,
    *,
    user_id: UUID,
    reason: str | None = None,
    manages_staff: bool = False,
    origin: Origin,
    now: datetime,
) -> User:
    """Put an account out of use, and end every session. One that is out of use stays so.

    Raises:
        UnknownUser: there is no such account.
        OwnAccount: it is the actor's own.
        StaffAccount: it is staff's, and the actor does not manage them.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_other(transaction, user_id, origin, manages_staff=manages_staff)
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


async def reactivate_user(
    database: Database, *, user_id: UUID, manages_staff: bool = False, origin: Origin, now: datetime
) -> User:
    """Put an account into use again. One that is in use stays so.

    Raises:
        UnknownUser: there is no such account.
        StaffAccount: it is staff's, and the actor does not manage them.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await _hold_ranked(transaction, user_id, manages_staff=manages_staff)
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


async def _hold_other(
    transaction: AsyncConnection, user_id: UUID, origin: Origin, *, manages_staff: bool
) -> HeldAccount:
    """Lock an account that staff want to keep out."""
    if origin.actor_id == user_id:
        raise OwnAccount
    await hold_administration(transaction)
    account = await _hold_ranked(transaction, user_id, manages_staff=manages_staff)
    await require_another_admin(transaction, user_id)
    return account


async def _hold_ranked(transaction: AsyncConnection, user_id: UUID, *, manages_staff: bool) -> HeldAccount:
    """Lock an account that the actor may act on."""
    account = await hold_account(transaction, user_id)
    if not manages_staff:
        await require_no_staff(transaction, user_id)
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
