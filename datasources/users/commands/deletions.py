"""Deleting an account: what is a person's goes, what accounting needs stays without the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, not_, null, or_, update

from datasources.users.accounts import change_account, removed_values
from datasources.users.administrators import hold_administration, require_another_admin
from datasources.users.commands.sessions import end_sessions
from datasources.users.confirmations import confirm_password, hold_confirmed
from datasources.users.counters import counters_of, forget_failures
from datasources.users.departures import note_departure
from datasources.users.journal import USER, tell, write_audit
from datasources.users.origins import Origin
from datasources.users.records import Message, Outcome
from datasources.users.tables import (
    addresses,
    audit_logs,
    customer_loyalty_ledger,
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

    Sessions end. Names, address book, preferences, outside identities and the values in the audit log go. The points'
    ledger stays, as orders and payments do, under an id that leads to nobody, and so does what the log says of points
    and roles, which holds staff to account; what staff noted beside points goes. Other services hear of it by an event.

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
        counters = await counters_of(transaction, account, now=now)
        await end_sessions(transaction, user_id, reason="account_deleted", now=now)
        await note_departure(transaction, user_id, now=now)
        await _forget_person(transaction, user_id)
        version = await change_account(transaction, account, now=now, **removed_values(now))
        # Without the client: this line is about the person, too.
        by = Origin(actor_id=origin.actor_id)
        await write_audit(transaction, "account_deleted", origin=by, now=now, entity_id=user_id)
        await tell(transaction, "UserDeleted", user_id=user_id, version=version, now=now)
    await forget_failures(attempts, counters)
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
    await transaction.execute(
        update(customer_loyalty_ledger)
        .where(customer_loyalty_ledger.c.user_id == user_id, customer_loyalty_ledger.c.notes.is_not(None))
        .values(notes=None)
    )
    await _forget_values(transaction, user_id)


async def _forget_values(transaction: AsyncConnection, user_id: UUID) -> None:
    about = or_(
        and_(audit_logs.c.entity_type == USER, audit_logs.c.entity_id == str(user_id)),
        # Their own addresses and sessions, also those that were removed before.
        and_(audit_logs.c.entity_type != USER, audit_logs.c.user_id == user_id),
    )
    of_points = audit_logs.c.action.startswith("points_", autoescape=True)
    of_roles = audit_logs.c.action.startswith("role_", autoescape=True)
    await transaction.execute(
        update(audit_logs)
        .where(about, not_(of_roles))
        .values(
            old_values=case((of_points, audit_logs.c.old_values)),
            new_values=case((of_points, audit_logs.c.new_values.op("-")("notes"))),
        )
    )
    await transaction.execute(
        update(audit_logs)
        # Staff's own stay; who is not signed in is the person, as far as anybody knows.
        .where(about, or_(audit_logs.c.user_id == user_id, audit_logs.c.user_id.is_(None)))
        .values(ip_address=None, user_agent=None)
    )
