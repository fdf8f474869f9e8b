"""An account's row, held for the length of a command: nobody else changes the account or its belongings meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from datasources.users.errors import AccountDeactivated, AccountLocked, UnknownUser
from datasources.users.records import Account, User
from datasources.users.statements import ROLE_NAMES, USER_COLUMNS
from datasources.users.tables import users

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.users.records import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAccount:
    """An account whose row is locked until the transaction ends; never given out of this service."""

    id: UUID
    email: str
    first_name: str | None
    email_verified: bool
    is_active: bool
    is_locked: bool
    tier: Tier
    version: int
    password_hash: str | None = field(repr=False)


_HELD = (
    users.c.id,
    users.c.email,
    users.c.first_name,
    users.c.email_verified,
    users.c.is_active,
    users.c.is_locked,
    users.c.tier,
    users.c.version,
    users.c.password_hash,
)


async def hold_account(transaction: AsyncConnection, user_id: UUID) -> HeldAccount:
    """Lock the live account with this id. Every command locks the account first and its belongings after it.

    Raises:
        UnknownUser: there is none.
    """
    held = await _hold(transaction, users.c.id == user_id)
    if held is None:
        raise UnknownUser(user_id)
    return held


async def hold_account_of(transaction: AsyncConnection, email: str) -> HeldAccount | None:
    """Lock the live account with this e-mail address, if there is one."""
    return await _hold(transaction, func.lower(users.c.email) == email.lower())


async def change_account(
    transaction: AsyncConnection, account: HeldAccount, *, now: datetime, **values: Any
) -> int:
    """Write these columns of a held account; give its new version."""
    changed = await transaction.execute(
        update(users)
        .where(users.c.id == account.id)
        .values(version=users.c.version + 1, updated_at=now, **values)
        .returning(users.c.version)
    )
    return int(changed.scalar_one())


def removed_values(now: datetime) -> dict[str, Any]:
    """The columns of an account that is no more: nothing of its person, and its address and name are free again.

    The address left behind can receive nothing (RFC 2606: invalid).
    """
    return {
        "email": func.concat("deleted-", users.c.id, "@deleted.invalid"),
        "username": None,
        "password_hash": None,
        "first_name": None,
        "last_name": None,
        "phone_number": None,
        "date_of_birth": None,
        "email_verified": False,
        "is_active": False,
        "customer_status": "inactive",
        "failed_login_attempts": 0,
        "lockout_end": None,
        "deleted_at": now,
    }


async def read_user(transaction: AsyncConnection, user_id: UUID) -> User:
    """The user as the transaction leaves it."""
    found = await transaction.execute(select(*USER_COLUMNS).where(users.c.id == user_id))
    return User(**found.mappings().one())


async def read_account(transaction: AsyncConnection, user_id: UUID) -> Account:
    """The user with roles as the transaction leaves them."""
    found = await transaction.execute(select(*USER_COLUMNS, ROLE_NAMES).where(users.c.id == user_id))
    row = found.mappings().one()
    return Account(**{**row, "roles": tuple(row["roles"])})


def require_usable(account: HeldAccount) -> None:
    """Refuse an account that may not be used; only ever after its user has proved to be its user.

    Raises:
        AccountDeactivated: it is not active.
        AccountLocked: staff have locked it.
    """
    if not account.is_active:
        raise AccountDeactivated
    if account.is_locked:
        raise AccountLocked


async def _hold(transaction: AsyncConnection, condition: ColumnElement[bool]) -> HeldAccount | None:
    # NO KEY UPDATE: the audit log's and the sessions' foreign keys to the row may be checked meanwhile.
    found = await transaction.execute(
        select(*_HELD).where(condition, users.c.deleted_at.is_(None)).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    return None if row is None else HeldAccount(**row)
