"""Whatever is done to sessions in whatever order: no ended session ever refreshes, and no token opens two."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from redis.asyncio import Redis
from sqlalchemy import update

from datasources.core.databases import Database
from datasources.core.keyvalues import KeyValueStore
from datasources.core.tokens import make_token
from datasources.users.accounts import hold_account
from datasources.users.attempts import Attempts
from datasources.users.commands.deletions import delete_account
from datasources.users.commands.locks import lock_user, unlock_user
from datasources.users.commands.passwords import request_password_reset, reset_password
from datasources.users.commands.sessions import (
    IDLE,
    revoke_session,
    revoke_sessions,
    rotate_session,
    start_session,
)
from datasources.users.errors import RefreshReused, SessionEnded, UnknownSession
from datasources.users.origins import Origin
from datasources.users.queries import session_viewer
from datasources.users.tables import users
from tests.accounts.acting import NOW, PASSWORD, new_email
from tests.accounts.rows import insert_user

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from datasources.users.passwords import Passwords
    from gateway.embedded import EmbeddedServers

R = TypeVar("R")
ORIGIN = Origin()


class Sessions(RuleBasedStateMachine):
    """One user's sessions. `newest` says which token of each live session is good; every other is not."""

    url: str
    redis_url: str
    passwords: Passwords
    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("users", self.url)
        self.email = new_email()
        self.user = self.run(insert_user(self.database, self.email))
        self.redis = Redis.from_url(self.redis_url)
        self.attempts = Attempts(KeyValueStore("users", self.redis))
        self.gone: set[UUID] = set()
        self.now: datetime = NOW
        self.newest: dict[UUID, str] = {}
        self.ends: dict[UUID, datetime] = {}
        self.family: dict[str, UUID] = {}

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    def is_live(self, session: UUID) -> bool:
        return session in self.newest and self.now < self.ends[session]

    @initialize(target=tokens)
    def first(self) -> str:
        return self.begin()

    @rule(target=tokens)
    def start(self) -> str:
        return self.begin()

    def begin(self) -> str:
        async def start() -> tuple[UUID, datetime, str]:
            async with self.database.transaction() as transaction:
                account = await hold_account(transaction, self.user)
                session, token = await start_session(
                    transaction, account, origin=ORIGIN, now=self.now, new_token=make_token
                )
                return session.id, session.expires_at, token

        session, ends, token = self.run(start())
        self.newest[session], self.ends[session], self.family[token] = token, ends, session
        return token

    @rule(target=tokens, token=tokens)
    def refresh(self, token: str) -> str:
        session = self.family[token]
        try:
            refreshed = self.run(
                rotate_session(self.database, refresh_token=token, origin=ORIGIN, now=self.now)
            )
        except SessionEnded:
            assert not self.is_live(session)
            return token
        except RefreshReused:
            assert self.is_live(session)
            assert self.newest.pop(session) != token
            return token
        assert self.is_live(session)
        assert refreshed.session.id == session
        assert self.newest[session] == token
        self.newest[session], self.ends[session] = refreshed.refresh_token, refreshed.session.expires_at
        self.family[refreshed.refresh_token] = session
        return refreshed.refresh_token

    @rule(token=consumes(tokens))
    def revoke(self, token: str) -> None:
        session = self.family[token]
        if session in self.gone:
            return
        live = self.is_live(session)
        try:
            self.run(
                revoke_session(
                    self.database, user_id=self.user, session_id=session, origin=ORIGIN, now=self.now
                )
            )
        except UnknownSession:
            assert not live
        else:
            assert live
            del self.newest[session]

    @rule(token=tokens)
    def revoke_others(self, token: str) -> None:
        kept = self.family[token]
        self.run(
            revoke_sessions(
                self.database, user_id=self.user, except_session_id=kept, origin=ORIGIN, now=self.now
            )
        )
        self.newest = {session: newest for session, newest in self.newest.items() if session == kept}

    @rule()
    def reset_password(self) -> None:
        async def reset() -> None:
            asked = await request_password_reset(
                self.database, email=self.email, attempts=self.attempts, origin=ORIGIN, now=self.now
            )
            if not asked.messages:  # as many as may were sent within the hour that the counters live in
                return
            token = asked.messages[0].token
            assert token is not None
            await reset_password(
                self.database,
                token=token,
                new_password=PASSWORD,
                passwords=self.passwords,
                attempts=self.attempts,
                origin=ORIGIN,
                now=self.now,
            )
            self.newest = {}

        self.run(reset())

    @rule()
    def lock_and_unlock(self) -> None:
        async def lock() -> None:
            await lock_user(self.database, user_id=self.user, origin=ORIGIN, now=self.now)
            for token in self.family:
                with pytest.raises(SessionEnded):
                    await rotate_session(self.database, refresh_token=token, origin=ORIGIN, now=self.now)
            await unlock_user(
                self.database, user_id=self.user, attempts=self.attempts, origin=ORIGIN, now=self.now
            )

        self.run(lock())
        self.newest = {}

    @rule()
    def delete(self) -> None:
        """The account goes with its sessions; whatever begins from here on is another's of the same address."""

        async def delete() -> UUID:
            await self.set_password()
            await delete_account(
                self.database,
                user_id=self.user,
                password=PASSWORD,
                passwords=self.passwords,
                attempts=self.attempts,
                origin=ORIGIN,
                now=self.now,
            )
            return await insert_user(self.database, self.email)

        self.user = self.run(delete())
        self.gone |= set(self.family.values())
        self.newest = {}

    async def set_password(self) -> None:
        """Give the account the password that its deletion asks for."""
        password_hash = await self.passwords.hash(PASSWORD)
        async with self.database.transaction() as transaction:
            await transaction.execute(
                update(users).where(users.c.id == self.user).values(password_hash=password_hash)
            )

    @rule(days=st.integers(min_value=1, max_value=IDLE.days + 1))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def checks_agree(self) -> None:
        for session in set(self.family.values()):
            check = self.run(session_viewer(self.database, session, now=self.now))
            if session in self.gone:
                assert check is None
                continue
            assert check is not None
            assert check.is_live == self.is_live(session)

    def teardown(self) -> None:
        self.run(self.redis.aclose())
        self.run(self.database.close())
        self.runner.close()


def test_sessions_keep_their_promises(
    database: Database, servers: EmbeddedServers, passwords: Passwords
) -> None:
    Sessions.url, Sessions.redis_url, Sessions.passwords = database.url, servers.urls.redis, passwords
    machine = Sessions.TestCase
    machine.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
    machine().runTest()
