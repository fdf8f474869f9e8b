"""Whatever is done to sessions in whatever order: no ended session ever refreshes, and no token opens two."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from datasources.core.databases import Database
from datasources.users.accounts import hold_account
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
from datasources.users.tokens import make_token
from tests.accounts.acting import NOW, new_email
from tests.accounts.rows import insert_user

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

R = TypeVar("R")
ORIGIN = Origin()


class Sessions(RuleBasedStateMachine):
    """One user's sessions. `newest` says which token of each live session is good; every other is not."""

    url: str
    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("users", self.url)
        self.user = self.run(insert_user(self.database, new_email()))
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

    @rule(days=st.integers(min_value=1, max_value=IDLE.days + 1))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def checks_agree(self) -> None:
        for session in set(self.family.values()):
            check = self.run(session_viewer(self.database, session, now=self.now))
            assert check is not None
            assert check.is_live == self.is_live(session)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()


def test_sessions_keep_their_promises(database: Database) -> None:
    Sessions.url = database.url
    machine = Sessions.TestCase
    machine.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
    machine().runTest()
