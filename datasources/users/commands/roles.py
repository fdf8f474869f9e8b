"""Who has which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.users.accounts import change_account, hold_account, read_user
from datasources.users.administrators import STAFF, hold_administration, require_another_admin
from datasources.users.errors import EmailNotVerified, RoleNotHeld
from datasources.users.journal import tell, write_audit
from datasources.users.tables import roles, user_roles

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ScalarSelect

    from datasources.core.databases import Database
    from datasources.users.origins import Origin
    from datasources.users.records import RoleName, User


async def assign_role(
    database: Database, *, user_id: UUID, role: RoleName, origin: Origin, now: datetime
) -> User:
    """Give a user a role, from the next request on; one that the user has stays.

    Raises:
        UnknownUser: there is no such account.
        EmailNotVerified: the role is staff's, and nobody has proved the account's address yet.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        if role in STAFF and not account.email_verified:
            raise EmailNotVerified(user_id)
        assigned = await transaction.execute(
            insert_unless_there(user_roles)
            .values(user_id=user_id, role_id=_id_of(role), assigned_at=now, assigned_by=origin.actor_id)
            .on_conflict_do_nothing()
        )
        if assigned.rowcount:
            version = await change_account(transaction, account, now=now)
            new = {"role": role}
            await write_audit(
                transaction, "role_assigned", origin=origin, now=now, entity_id=user_id, new=new
            )
            await tell(transaction, "UserRoleAssigned", user_id=user_id, version=version, now=now, **new)
        return await read_user(transaction, user_id)


async def revoke_role(
    database: Database, *, user_id: UUID, role: RoleName, origin: Origin, now: datetime
) -> User:
    """Take a role from a user, from the next request on.

    Raises:
        UnknownUser: there is no such account.
        RoleNotHeld: the user does not have it.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        if role == "Admin":
            await hold_administration(transaction)
        account = await hold_account(transaction, user_id)
        if role == "Admin":
            await require_another_admin(transaction, user_id)
        revoked = await transaction.execute(
            delete(user_roles).where(user_roles.c.user_id == user_id, user_roles.c.role_id == _id_of(role))
        )
        if not revoked.rowcount:
            raise RoleNotHeld(role)
        version = await change_account(transaction, account, now=now)
        old = {"role": role}
        await write_audit(transaction, "role_revoked", origin=origin, now=now, entity_id=user_id, old=old)
        await tell(transaction, "UserRoleRevoked", user_id=user_id, version=version, now=now, **old)
        return await read_user(transaction, user_id)


def _id_of(role: RoleName) -> ScalarSelect[int]:
    return select(roles.c.id).where(roles.c.name == role).scalar_subquery()
