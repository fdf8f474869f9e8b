"""Sessions: refreshing them, ending them, and what becomes of a stolen token."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from datasources.core.calls import record_calls
from datasources.users.commands.locks import lock_user
from datasources.users.commands.roles import assign_role
from datasources.users.commands.sessions import (
    ABSOLUTE,
    IDLE,
    MOST_SESSIONS,
    revoke_session,
    revoke_sessions,
)
from datasources.users.errors import RefreshReused, SessionEnded, UnknownSession
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.queries import session_viewer
from datasources.users.records import SignedIn
from datasources.users.tables import user_sessions
from tests.accounts.acting import NOW

if TYPE_CHECKING:
    from tests.accounts.acting import Acting


async def live_sessions(acting: Acting, user_id: UUID) -> int:
    """How many sessions of somebody are live; the loader's clock is the database's, so not by it."""
    async with acting.database.transaction() as transaction:
        found = await transaction.execute(
            select(user_sessions.c.id).where(user_sessions.c.user_id == user_id, user_sessions.c.is_active)
        )
        return len(found.all())


async def test_a_refresh_token_opens_the_next_one_and_the_session_stays(acting: Acting) -> None:
    person = await acting.person()
    first = await acting.sign_in(person.email)
    second = await acting.refresh(first.refresh_token, now=NOW + timedelta(days=1))
    third = await acting.refresh(second.refresh_token, now=NOW + timedelta(days=2))
    assert first.session.id == second.session.id == third.session.id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert third.session.expires_at == NOW + timedelta(days=2) + IDLE
    assert third.account.id == person.id


@pytest.mark.parametrize("generations", [1, 2, 3])
async def test_any_earlier_token_ends_the_session(acting: Acting, generations: int) -> None:
    person = await acting.person()
    stolen = newest = await acting.sign_in(person.email)
    for _ in range(generations):
        newest = await acting.refresh(newest.refresh_token)
    with pytest.raises(RefreshReused):
        await acting.refresh(stolen.refresh_token)
    for token in (newest.refresh_token, stolen.refresh_token):
        with pytest.raises(SessionEnded):
            await acting.refresh(token)
    assert (await acting.audit(newest.session.id))[-1].action == "refresh_token_reused"
    event = (await acting.events(person.id))[-1]
    assert (event.event_type, event.event_data["reason"]) == ("UserSessionsRevoked", "reused")


async def test_of_twenty_refreshes_at_once_never_two_live(acting: Acting) -> None:
    person = await acting.person()
    other = await acting.sign_in(person.email)
    token = (await acting.sign_in(person.email)).refresh_token
    answers = await asyncio.gather(*(acting.refresh(token) for _ in range(20)), return_exceptions=True)
    winners = [answer for answer in answers if isinstance(answer, SignedIn)]
    assert len(winners) == 1
    assert {type(answer) for answer in answers} <= {SignedIn, RefreshReused, SessionEnded}
    with pytest.raises(SessionEnded):
        await acting.refresh(winners[0].refresh_token)
    assert await live_sessions(acting, person.id) == 1
    assert (await acting.refresh(other.refresh_token)).session.id == other.session.id


async def test_a_session_ends_when_it_lies_idle_and_after_its_longest_life(acting: Acting) -> None:
    person = await acting.person()
    idle, used = await acting.sign_in(person.email), await acting.sign_in(person.email)
    now = NOW
    while now + IDLE < NOW + ABSOLUTE:
        now += IDLE - timedelta(seconds=1)
        used = await acting.refresh(used.refresh_token, now=now)
    assert used.session.expires_at == NOW + ABSOLUTE
    for token, at in ((idle.refresh_token, NOW + IDLE), (used.refresh_token, NOW + ABSOLUTE)):
        with pytest.raises(SessionEnded):
            await acting.refresh(token, now=at)


@pytest.mark.parametrize(
    "token", ["", "nonsense", ".", f"{UUID(int=7).hex}.secret", f"{UUID(int=7).hex}.", "é.é", "x" * 9999]
)
async def test_a_text_that_is_no_token_opens_nothing(acting: Acting, token: str) -> None:
    with pytest.raises(SessionEnded):
        await acting.refresh(token)


async def test_one_session_is_revoked_and_the_others_stay(acting: Acting) -> None:
    person = await acting.person()
    one, other = await acting.sign_in(person.email), await acting.sign_in(person.email)
    revoked = await revoke_session(
        acting.database, user_id=person.id, session_id=one.session.id, origin=person.origin, now=NOW
    )
    assert revoked.id == one.session.id
    with pytest.raises(SessionEnded):
        await acting.refresh(one.refresh_token)
    assert (await acting.refresh(other.refresh_token)).session.id == other.session.id
    with pytest.raises(UnknownSession):
        await revoke_session(
            acting.database, user_id=person.id, session_id=one.session.id, origin=person.origin, now=NOW
        )


async def test_nobody_revokes_anothers_session(acting: Acting) -> None:
    person, stranger = await acting.person(), await acting.person()
    theirs = await acting.sign_in(person.email)
    with pytest.raises(UnknownSession):
        await revoke_session(
            acting.database,
            user_id=stranger.id,
            session_id=theirs.session.id,
            origin=stranger.origin,
            now=NOW,
        )
    assert await revoke_sessions(acting.database, user_id=stranger.id, origin=stranger.origin, now=NOW) == 0
    assert (await acting.refresh(theirs.refresh_token)).session.id == theirs.session.id


async def test_all_others_are_revoked_or_all(acting: Acting) -> None:
    person = await acting.person()
    kept, *others = [await acting.sign_in(person.email) for _ in range(3)]
    ended = await revoke_sessions(
        acting.database,
        user_id=person.id,
        except_session_id=kept.session.id,
        origin=person.origin,
        now=NOW,
    )
    assert ended == len(others)
    kept = await acting.refresh(kept.refresh_token)
    assert await revoke_sessions(acting.database, user_id=person.id, origin=person.origin, now=NOW) == 1
    with pytest.raises(SessionEnded):
        await acting.refresh(kept.refresh_token)


async def test_the_oldest_session_ends_when_there_are_too_many(acting: Acting) -> None:
    person = await acting.person()
    oldest = await acting.sign_in(person.email, now=NOW)
    for minute in range(MOST_SESSIONS):
        await acting.sign_in(person.email, now=NOW + timedelta(minutes=minute + 1))
    assert await live_sessions(acting, person.id) == MOST_SESSIONS
    with pytest.raises(SessionEnded):
        await acting.refresh(oldest.refresh_token)


async def test_a_check_of_a_session_is_one_call_and_sees_what_changed(acting: Acting) -> None:
    person = await acting.person()
    session = (await acting.sign_in(person.email)).session
    with record_calls() as log:
        check = await session_viewer(acting.database, session.id, now=NOW)
    assert log.by_service() == {"users": 1}
    assert check is not None
    assert check.admits
    assert check.account == (await acting.sign_in(person.email)).account
    assert await session_viewer(acting.database, uuid4(), now=NOW) is None

    late = await session_viewer(acting.database, session.id, now=session.expires_at)
    assert late is not None
    assert not late.admits

    await assign_role(acting.database, user_id=person.id, role="Manager", origin=Origin(), now=NOW)
    check = await session_viewer(acting.database, session.id, now=NOW)
    assert check is not None
    assert check.account.roles == ("Manager", "Customer")

    await lock_user(acting.database, user_id=person.id, manages_staff=True, origin=Origin(), now=NOW)
    check = await session_viewer(acting.database, session.id, now=NOW)
    assert check is not None
    assert (check.is_live, check.is_locked, check.admits) == (False, True, False)


async def test_a_users_live_sessions_are_listed_the_last_used_first(acting: Acting) -> None:
    person = await acting.person()
    sessions = [(await acting.sign_in(person.email)).session for _ in range(4)]
    async with acting.database.transaction() as transaction:
        await transaction.execute(
            update(user_sessions)
            .where(user_sessions.c.id == sessions[3].id)
            .values(expires_at=NOW - timedelta(days=999))
        )
        for session, days in zip(sessions, (2, 3, 1), strict=False):
            await transaction.execute(
                update(user_sessions)
                .where(user_sessions.c.id == session.id)
                .values(last_accessed_at=NOW + timedelta(days=days), expires_at=NOW + timedelta(days=99_999))
            )
    await revoke_session(
        acting.database, user_id=person.id, session_id=sessions[2].id, origin=person.origin, now=NOW
    )
    found = await UserLoaders(acting.database).sessions_by_user.load(person.id)
    assert [session.id for session in found] == [sessions[1].id, sessions[0].id]
