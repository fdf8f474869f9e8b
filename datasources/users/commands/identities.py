"""Accounts of users who sign in at an outside issuer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update

from datasources.users.accounts import hold_account, hold_account_of, read_account
from datasources.users.administrators import require_no_staff
from datasources.users.commands.email_addresses import discard_unproved
from datasources.users.commands.registrations import open_account
from datasources.users.departures import require_no_departure
from datasources.users.emails import normalise_email
from datasources.users.errors import IdentityRefused, StaffAccount, UnknownUser
from datasources.users.journal import tell, write_audit
from datasources.users.outside_roles import roles_by_issuer
from datasources.users.records import IdentityCheck, Message, Outcome
from datasources.users.tables import user_identities

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.origins import Origin
    from datasources.users.records import RoleName

# Before any token.
_NEVER: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """An issuer's user who has an account, and the roles of the newest token that was seen."""

    user_id: UUID
    roles: tuple[RoleName, ...]
    roles_issued_at: datetime


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
    issued_at: datetime,
    origin: Origin,
    now: datetime,
) -> Outcome[IdentityCheck]:
    """The account of an issuer's user, who is known by issuer and subject from the first sight on.

    At first sight the user gets the account of the same e-mail address, or a new one, if the issuer has verified the
    address: else anybody could take over an account by claiming its address at an issuer that believes everything. The
    account's own address must be proved, too: on one that nobody proved, somebody else's password may wait, so it is
    discarded and a new one made. Staff's accounts are given to nobody. The owner of the account is told.

    `roles` are those of a token of `issued_at`. They count with this issuer's tokens alone, as the newest of them gave
    them, and are never written among the user's own. Whether the account may be used is the caller's to ask.

    Raises:
        IdentityRefused: at first sight, without a verified e-mail address, or with that of a member of staff; or the
            user's account was deleted after the token was issued.
        InvalidEmail: the address is of a form that no account has.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    messages: tuple[Message, ...] = ()
    async with database.transaction() as transaction:
        await _one_at_a_time(transaction, issuer, subject)
        known = await _find(transaction, issuer, subject)
        if known is None:
            await require_no_departure(transaction, issuer, subject, since=issued_at)
            user_id, messages = await _account_for(
                transaction,
                _verified(email, email_verified=email_verified),
                {"first_name": first_name, "last_name": last_name},
                issuer,
                origin=origin,
                now=now,
            )
            known = await _keep(transaction, issuer, subject, user_id, now=now)
        account = await _hold(transaction, known.user_id)
        known = await _newest(
            transaction, issuer, subject, known, (roles, issued_at), email, origin=origin, now=now
        )
        held = await read_account(transaction, known.user_id)
    check = IdentityCheck(
        issuer=issuer,
        subject=subject,
        issuer_roles=known.roles,
        roles_issued_at=known.roles_issued_at,
        is_locked=account.is_locked,
        account=replace(held, roles=roles_by_issuer(held.roles, known.roles)),
    )
    return Outcome(value=check, messages=messages)


async def _newest(
    transaction: AsyncConnection,
    issuer: str,
    subject: str,
    known: _Known,
    given: tuple[tuple[RoleName, ...], datetime],
    email: str | None,
    *,
    origin: Origin,
    now: datetime,
) -> _Known:
    """What is known of a user once a token has been seen: its roles, and when they were given, if it is the newest."""
    roles, issued_at = given
    if known.roles_issued_at >= issued_at:
        return known
    said = replace(known, roles=roles, roles_issued_at=issued_at)
    await _believe(transaction, issuer, subject, said, email=email, now=now)
    if known.roles != roles:
        await _audit_roles(transaction, issuer, known, said, origin=origin, now=now)
    return said


async def _one_at_a_time(transaction: AsyncConnection, issuer: str, subject: str) -> None:
    """Let a user's first requests, which come several at once, wait for each other until the transaction ends."""
    name = func.concat(issuer, " ", subject)
    await transaction.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def _find(transaction: AsyncConnection, issuer: str, subject: str) -> _Known | None:
    found = await transaction.execute(
        select(user_identities.c.user_id, user_identities.c.roles, user_identities.c.roles_issued_at).where(
            user_identities.c.issuer == issuer, user_identities.c.subject == subject
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    return _Known(user_id=row.user_id, roles=tuple(row.roles), roles_issued_at=row.roles_issued_at)


async def _keep(
    transaction: AsyncConnection, issuer: str, subject: str, user_id: UUID, *, now: datetime
) -> _Known:
    """Make the user known, before any token has named roles."""
    await transaction.execute(
        insert(user_identities).values(
            issuer=issuer,
            subject=subject,
            user_id=user_id,
            roles=[],
            roles_issued_at=_NEVER,
            created_at=now,
            last_seen_at=now,
        )
    )
    return _Known(user_id=user_id, roles=(), roles_issued_at=_NEVER)


async def _hold(transaction: AsyncConnection, user_id: UUID) -> HeldAccount:
    try:
        return await hold_account(transaction, user_id)
    except UnknownUser as error:
        raise IdentityRefused("account_deleted") from error  # in this very moment


async def _believe(
    transaction: AsyncConnection, issuer: str, subject: str, said: _Known, *, email: str | None, now: datetime
) -> None:
    """Keep what a token says that is newer than those before."""
    await transaction.execute(
        update(user_identities)
        .where(user_identities.c.issuer == issuer, user_identities.c.subject == subject)
        .values(
            last_seen_at=now,
            roles=list(said.roles),
            roles_issued_at=said.roles_issued_at,
            email=func.coalesce(email, user_identities.c.email),
        )
    )


async def _audit_roles(
    transaction: AsyncConnection, issuer: str, before: _Known, said: _Known, *, origin: Origin, now: datetime
) -> None:
    await write_audit(
        transaction,
        "role_changed_by_issuer",
        origin=origin,
        now=now,
        entity_id=said.user_id,
        old={"roles": list(before.roles)},
        new={"roles": list(said.roles), "issuer": issuer},
    )


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
) -> tuple[UUID, tuple[Message, ...]]:
    """The account with this proved address, and what its owner has to be told; else a new one."""
    new: dict[str, Any] = {"issuer": issuer}
    while True:
        user_id = await open_account(transaction, address, now=now, email_verified=True, **names)
        if user_id is not None:
            await write_audit(
                transaction, "registered", origin=origin, now=now, entity_id=user_id, new=new | names
            )
            await tell(transaction, "UserRegistered", user_id=user_id, version=1, now=now)
            return user_id, ()
        account = await hold_account_of(transaction, address)
        if account is not None and account.email_verified:
            await _refuse_staff(transaction, account.id)
            await write_audit(
                transaction, "identity_linked", origin=origin, now=now, entity_id=account.id, new=new
            )
            return account.id, (_notice_of_link(account),)
        # Registered by somebody who never proved the address, or deleted between the two statements.
        await discard_unproved(transaction, address, now=now)


async def _refuse_staff(transaction: AsyncConnection, user_id: UUID) -> None:
    try:
        await require_no_staff(transaction, user_id)
    except StaffAccount as error:
        raise IdentityRefused("staff_account") from error


def _notice_of_link(account: HeldAccount) -> Message:
    return Message(kind="identity_linked", user_id=account.id, email=account.email, name=account.first_name)
