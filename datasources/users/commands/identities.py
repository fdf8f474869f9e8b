"""Accounts of users who sign in at an outside issuer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from datasources.users.accounts import hold_account, hold_account_of, read_account
from datasources.users.commands.email_addresses import discard_unproved
from datasources.users.commands.registrations import open_account
from datasources.users.emails import normalise_email
from datasources.users.errors import IdentityRefused
from datasources.users.journal import tell, write_audit
from datasources.users.records import IdentityCheck
from datasources.users.tables import user_identities

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.origins import Origin
    from datasources.users.records import Account, RoleName


async def provision_identity(
    database: Database,
    *,
    issuer: str,
    subject: str,
    email: str | None,
    email_verified: bool,
    first_name: str | None,
    last_name: str | None,
    roles: tuple[RoleName, ...],
    origin: Origin,
    now: datetime,
) -> IdentityCheck:
    """The account of an issuer's user, who is known by issuer and subject from the first sight on.

    At first sight the user gets the account of the same e-mail address, or a new one, if the issuer has verified the
    address: else anybody could take over an account by claiming its address at an issuer that believes everything. The
    account's own address must be proved, too: on one that nobody proved, somebody else's password may wait, so it is
    discarded and a new one made. `roles` count with this issuer's tokens alone, as it last gave them, and are never
    written among the user's own.

    Whether the account may be used is the caller's to ask (`IdentityCheck.admits`).

    Raises:
        IdentityRefused: at first sight, without a verified e-mail address.
        InvalidEmail: the address is of a form that no account has.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        await _one_at_a_time(transaction, issuer, subject)
        user_id = await _see_again(transaction, issuer, subject, email=email, roles=roles, now=now)
        if user_id is None:
            address = _verified(email, email_verified=email_verified)
            names = {"first_name": first_name, "last_name": last_name}
            user_id = await _account_for(transaction, address, names, issuer, origin=origin, now=now)
            await transaction.execute(
                insert(user_identities).values(
                    issuer=issuer,
                    subject=subject,
                    user_id=user_id,
                    email=address,
                    roles=list(roles),
                    created_at=now,
                    last_seen_at=now,
                )
            )
        account = await hold_account(transaction, user_id)
        return IdentityCheck(
            issuer=issuer,
            subject=subject,
            issuer_roles=roles,
            is_locked=account.is_locked,
            account=_with_roles(await read_account(transaction, user_id), roles),
        )


async def _one_at_a_time(transaction: AsyncConnection, issuer: str, subject: str) -> None:
    """Let a user's first requests, which come several at once, wait for each other until the transaction ends."""
    name = func.concat(issuer, " ", subject)
    await transaction.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def _see_again(
    transaction: AsyncConnection,
    issuer: str,
    subject: str,
    *,
    email: str | None,
    roles: tuple[RoleName, ...],
    now: datetime,
) -> UUID | None:
    """Note that a known user was seen; None for one who is not known."""
    seen = await transaction.execute(
        update(user_identities)
        .where(user_identities.c.issuer == issuer, user_identities.c.subject == subject)
        .values(last_seen_at=now, roles=list(roles), email=func.coalesce(email, user_identities.c.email))
        .returning(user_identities.c.user_id)
    )
    user_id: UUID | None = seen.scalar_one_or_none()
    return user_id


def _verified(email: str | None, *, email_verified: bool) -> str:
    if email is None:
        raise IdentityRefused("email_missing")
    if not email_verified:
        raise IdentityRefused("email_unverified")
    return normalise_email(email)


async def _account_for(
    transaction: AsyncConnection,
    address: str,
    names: dict[str, str | None],
    issuer: str,
    *,
    origin: Origin,
    now: datetime,
) -> UUID:
    """The account with this proved address, else a new one."""
    new: dict[str, Any] = {"issuer": issuer}
    while True:
        user_id = await open_account(transaction, address, now=now, email_verified=True, **names)
        if user_id is not None:
            await write_audit(
                transaction, "registered", origin=origin, now=now, entity_id=user_id, new=new | names
            )
            await tell(transaction, "UserRegistered", user_id=user_id, version=1, now=now)
            return user_id
        account = await hold_account_of(transaction, address)
        if account is not None and account.email_verified:
            await write_audit(
                transaction, "identity_linked", origin=origin, now=now, entity_id=account.id, new=new
            )
            return account.id
        # Registered by somebody who never proved the address, or deleted between the two statements.
        await discard_unproved(transaction, address, now=now)


def _with_roles(account: Account, roles: tuple[RoleName, ...]) -> Account:
    held = (*account.roles, *(role for role in roles if role not in account.roles))
    return replace(account, roles=held)
