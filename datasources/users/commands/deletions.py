"""Deleting an account: what is a person's goes, what accounting needs stays without the person."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, null, or_, update

from datasources.core.errors import ServiceUnavailable
from datasources.users.accounts import change_account, removed_values
from datasources.users.administrators import hold_administration, require_another_admin
from datasources.users.commands.sessions import end_sessions
from datasources.users.confirmations import confirm_password, hold_confirmed
from datasources.users.emails import hash_of_email
from datasources.users.journal import USER, tell, write_audit
from datasources.users.records import Message, Outcome
from datasources.users.tables import (
    addresses,
    audit_logs,
    customer_preferences,
    password_reset_tokens,
    user_identities,
    user_roles,
    user_sessions,
    verification_tokens,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.attempts import Attempts
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords

# Rows that are about the person alone.
_PERSONAL = (
    addresses,
    customer_preferences,
    user_identities,
    user_roles,
    verification_tokens,
    password_reset_tokens,
)


async def delete_account(
    database: Database,
    *,
    user_id: UUID,
    password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
) -> Outcome[None]:
    """Delete an account for good, and free its e-mail address and user name.

    Sessions end. Names, address book, preferences, outside identities and the values in the audit log go; the points'
    ledger stays, as orders and payments do, under an id that leads to nobody. Other services hear of it by an event.

    Raises:
        UnknownUser, NoPassword, WrongPassword: the account is gone or the password does not confirm it.
        TooManyAttempts: too many attempts have failed.
        LastAdmin: nobody would administer the shop any more.
        ServiceUnavailable: the user database or Redis is down, or too many passwords wait to be verified.
    """
    credentials = await confirm_password(
        database,
        user_id=user_id,
        password=password,
        passwords=passwords,
        attempts=attempts,
        origin=origin,
        now=now,
    )
    async with database.transaction() as transaction:
        await hold_administration(transaction)
        account = await hold_confirmed(transaction, credentials)
        await require_another_admin(transaction, user_id)
        await end_sessions(transaction, user_id, reason="account_deleted", now=now)
        await _forget_person(transaction, user_id)
        version = await change_account(transaction, account, now=now, **removed_values(now))
        await write_audit(transaction, "account_deleted", origin=origin, now=now, entity_id=user_id)
        await tell(transaction, "UserDeleted", user_id=user_id, version=version, now=now)
    with suppress(ServiceUnavailable):  # the account is gone; its counter goes by itself
        await attempts.forget(hash_of_email(account.email))
    farewell = Message(kind="account_deleted", user_id=user_id, email=account.email, name=account.first_name)
    return Outcome(value=None, messages=(farewell,))


async def _forget_person(transaction: AsyncConnection, user_id: UUID) -> None:
    """Remove what is about the person. What happened, and when, stays in the log: it holds others to account."""
    for table in _PERSONAL:
        await transaction.execute(delete(table).where(table.c.user_id == user_id))
    await transaction.execute(
        update(user_sessions)
        .where(user_sessions.c.user_id == user_id)
        .values(ip_address=None, user_agent=None, device_info=null())
    )
    about = or_(
        and_(audit_logs.c.entity_type == USER, audit_logs.c.entity_id == str(user_id)),
        # Their own addresses and sessions, also those that were removed before.
        and_(audit_logs.c.entity_type != USER, audit_logs.c.user_id == user_id),
    )
    await transaction.execute(update(audit_logs).where(about).values(old_values=null(), new_values=null()))
    await transaction.execute(
        update(audit_logs)
        # Staff's own stay; who is not signed in is the person, as far as anybody knows.
        .where(about, or_(audit_logs.c.user_id == user_id, audit_logs.c.user_id.is_(None)))
        .values(ip_address=None, user_agent=None)
    )
