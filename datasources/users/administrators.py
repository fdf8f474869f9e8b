"""Whose accounts are staff's, and the rule that the shop keeps an administrator who can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from datasources.users.errors import LastAdmin, StaffAccount
from datasources.users.tables import roles, user_roles, users

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.users.records import RoleName

# Roles that let their holders act on other people's accounts.
STAFF: Final[frozenset[RoleName]] = frozenset({"Admin", "Manager"})


async def hold_administration(transaction: AsyncConnection) -> None:
    """Let one change at a time touch who administers: two administrators who remove each other come one by one.

    To be held before any account.
    """
    await transaction.execute(
        select(roles.c.id).where(roles.c.name == "Admin").with_for_update(key_share=True)
    )


async def require_another_admin(transaction: AsyncConnection, user_id: UUID) -> None:
    """Refuse to lose an administrator who is the last.

    Raises:
        LastAdmin: the user is an administrator who can sign in, and there is no other.
    """
    found = await transaction.execute(
        select(
            func.count().filter(user_roles.c.user_id == user_id).label("themselves"),
            func.count().filter(user_roles.c.user_id != user_id).label("others"),
        )
        .select_from(user_roles)
        .join(roles, roles.c.id == user_roles.c.role_id)
        .join(users, users.c.id == user_roles.c.user_id)
        .where(
            roles.c.name == "Admin",
            users.c.email_verified,
            users.c.is_active,
            ~users.c.is_locked,
            users.c.deleted_at.is_(None),
        )
    )
    row = found.one()
    if row.themselves and not row.others:
        raise LastAdmin


async def require_no_staff(transaction: AsyncConnection, user_id: UUID) -> None:
    """Refuse the account of a member of staff; it must be held, so that nobody becomes one meanwhile.

    Raises:
        StaffAccount: the user has a role of staff.
    """
    found = await transaction.execute(
        select(roles.c.id)
        .join(user_roles, user_roles.c.role_id == roles.c.id)
        .where(user_roles.c.user_id == user_id, roles.c.name.in_(STAFF))
        .limit(1)
    )
    if found.one_or_none() is not None:
        raise StaffAccount(user_id)
