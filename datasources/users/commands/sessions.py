"""Sessions: starting them, refreshing them, ending them."""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from datasources.core.tokens import hash_of, make_token
from datasources.users.access_statements import SESSION_COLUMNS
from datasources.users.accounts import change_account, hold_account, read_account
from datasources.users.errors import RefreshReused, SessionEnded, UnknownSession, UnknownUser
from datasources.users.journal import SESSION, address_of, agent_of, device_of, tell, write_audit
from datasources.users.records import Session, SignedIn
from datasources.users.tables import user_sessions
from datasources.users.tokens import family_of, make_refresh_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.origins import Origin

# A session that nobody refreshes ends after the first, and every session after the second (ASVS 5.0, 7.3).
IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=90)
# The oldest ends when more are started, so that no list of them grows without bound.
MOST_SESSIONS: Final = 50


async def start_session(
    transaction: AsyncConnection,
    account: HeldAccount,
    *,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str],
) -> tuple[Session, str]:
    """Start a session of a held account, whose user has proved to be there; give it with its refresh token."""
    await _end_oldest(transaction, account.id, now=now)
    family_id = uuid4()
    token = make_refresh_token(family_id, new_token)
    device = device_of(origin)
    started = await transaction.execute(
        insert(user_sessions)
        .values(
            user_id=account.id,
            family_id=family_id,
            refresh_token_hash=hash_of(token),
            device_info=None if device is None else {"name": device},
            ip_address=address_of(origin),
            user_agent=agent_of(origin),
            expires_at=now + IDLE,
            created_at=now,
            last_accessed_at=now,
        )
        .returning(*SESSION_COLUMNS)
    )
    return Session(**started.mappings().one()), token


async def rotate_session(
    database: Database,
    *,
    refresh_token: str,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> SignedIn:
    """Exchange a refresh token for the next one; the session lives on, at most ABSOLUTE in all.

    A token that was exchanged before revokes the session (RFC 9700, section 4.14.2): somebody else may have it. There
    is no time of grace: of two exchanges at once one ends the session of both, so a client makes one at a time. The
    audit log holds no refreshes, only replays.

    Raises:
        SessionEnded: the session is over, or never was.
        RefreshReused: the token was used before; the session has been revoked.
        ServiceUnavailable: the user database is down.
    """
    family_id = family_of(refresh_token)
    if family_id is None:
        raise SessionEnded
    async with database.transaction() as transaction:
        account, found = await _hold_session(transaction, family_id)
        if not found["is_active"] or found["expires_at"] <= now or not account.is_active or account.is_locked:
            raise SessionEnded
        if compare_digest(found["refresh_token_hash"], hash_of(refresh_token)):
            return await _rotate(transaction, account, found, origin=origin, now=now, new_token=new_token)
        await end_sessions(transaction, account.id, reason="reused", now=now, only=found["id"])
        version = await change_account(transaction, account, now=now)
        await write_audit(
            transaction,
            "refresh_token_reused",
            origin=origin,
            now=now,
            entity_type=SESSION,
            entity_id=found["id"],
        )
        await tell(
            transaction,
            "UserSessionsRevoked",
            user_id=account.id,
            version=version,
            now=now,
            reason="reused",
            session_ids=[str(found["id"])],
        )
    raise RefreshReused


async def revoke_session(
    database: Database, *, user_id: UUID, session_id: UUID, origin: Origin, now: datetime
) -> Session:
    """End one live session of a user.

    Raises:
        UnknownUser: there is no such account.
        UnknownSession: the user has no such live session.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        found = await transaction.execute(
            select(*SESSION_COLUMNS).where(
                user_sessions.c.id == session_id,
                user_sessions.c.user_id == user_id,
                user_sessions.c.is_active,
                user_sessions.c.expires_at > now,
            )
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise UnknownSession(session_id)
        ended = await end_sessions(transaction, user_id, reason="revoked", now=now, only=session_id)
        await _note_end(transaction, account, ended, origin=origin, now=now)
        return Session(**row)


async def revoke_sessions(
    database: Database,
    *,
    user_id: UUID,
    except_session_id: UUID | None = None,
    origin: Origin,
    now: datetime,
) -> int:
    """End every session of a user, or every other; tell how many there were.

    Raises:
        UnknownUser: there is no such account.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        ended = await end_sessions(transaction, user_id, reason="revoked", now=now, but=except_session_id)
        if ended:
            await _note_end(transaction, account, ended, origin=origin, now=now)
        return len(ended)


async def end_sessions(
    transaction: AsyncConnection,
    user_id: UUID,
    *,
    reason: str,
    now: datetime,
    only: UUID | None = None,
    but: UUID | None = None,
) -> list[UUID]:
    """End the sessions of a held account: all of them, or this one `only`, or all `but` this one; give their ids."""
    statement = (
        update(user_sessions)
        .where(user_sessions.c.user_id == user_id, user_sessions.c.is_active)
        .values(is_active=False, revoked_at=now, revoked_reason=reason)
        .returning(user_sessions.c.id)
    )
    if only is not None:
        statement = statement.where(user_sessions.c.id == only)
    if but is not None:
        statement = statement.where(user_sessions.c.id != but)
    return list((await transaction.execute(statement)).scalars())


async def _hold_session(transaction: AsyncConnection, family_id: UUID) -> tuple[HeldAccount, RowMapping]:
    """Lock a session, and before it its account, as every command does."""
    owner = await transaction.execute(
        select(user_sessions.c.user_id).where(user_sessions.c.family_id == family_id)
    )
    user_id = owner.scalar_one_or_none()
    if user_id is None:
        raise SessionEnded
    try:
        account = await hold_account(transaction, user_id)
    except UnknownUser as error:
        raise SessionEnded from error
    held = await transaction.execute(
        select(
            user_sessions.c.id,
            user_sessions.c.family_id,
            user_sessions.c.is_active,
            user_sessions.c.refresh_token_hash,
            user_sessions.c.created_at,
            user_sessions.c.expires_at,
        )
        .where(user_sessions.c.family_id == family_id)
        .with_for_update()
    )
    return account, held.mappings().one()


async def _rotate(
    transaction: AsyncConnection,
    account: HeldAccount,
    found: RowMapping,
    *,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str],
) -> SignedIn:
    token = make_refresh_token(found["family_id"], new_token)
    rotated = await transaction.execute(
        update(user_sessions)
        .where(user_sessions.c.id == found["id"])
        .values(
            refresh_token_hash=hash_of(token),
            previous_token_hash=found["refresh_token_hash"],
            rotated_at=now,
            last_accessed_at=now,
            ip_address=address_of(origin),
            user_agent=agent_of(origin),
            expires_at=min(now + IDLE, found["created_at"] + ABSOLUTE),
        )
        .returning(*SESSION_COLUMNS)
    )
    return SignedIn(
        session=Session(**rotated.mappings().one()),
        account=await read_account(transaction, account.id),
        refresh_token=token,
    )


async def _note_end(
    transaction: AsyncConnection, account: HeldAccount, ended: list[UUID], *, origin: Origin, now: datetime
) -> None:
    session_ids = [str(session_id) for session_id in ended]
    values: dict[str, Any] = {"session_ids": session_ids}
    version = await change_account(transaction, account, now=now)
    await write_audit(
        transaction, "sessions_revoked", origin=origin, now=now, entity_id=account.id, new=values
    )
    await tell(
        transaction,
        "UserSessionsRevoked",
        user_id=account.id,
        version=version,
        now=now,
        reason="revoked",
        **values,
    )


async def _end_oldest(transaction: AsyncConnection, user_id: UUID, *, now: datetime) -> None:
    """Make room for one more session."""
    oldest = (
        select(user_sessions.c.id)
        .where(
            user_sessions.c.user_id == user_id, user_sessions.c.is_active, user_sessions.c.expires_at > now
        )
        .order_by(user_sessions.c.last_accessed_at.desc(), user_sessions.c.id)
        .offset(MOST_SESSIONS - 1)
    )
    await transaction.execute(
        update(user_sessions)
        .where(user_sessions.c.id.in_(oldest))
        .values(is_active=False, revoked_at=now, revoked_reason="replaced")
    )
