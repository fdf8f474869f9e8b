"""Sessions and tokens that ended long ago are removed, and no others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from datasources.users.commands.purges import purge_expired
from datasources.users.tables import password_reset_tokens, user_sessions, verification_tokens
from tests.accounts.acting import NOW

if TYPE_CHECKING:
    from tests.accounts.acting import Acting

OLD, RECENT = NOW - timedelta(days=91), NOW - timedelta(days=89)


KINDS = (
    (user_sessions, "refresh_token_hash"),
    (verification_tokens, "token_hash"),
    (password_reset_tokens, "token_hash"),
)


async def test_what_expired_long_ago_is_removed_by_any_number_of_workers(acting: Acting) -> None:
    person = await acting.person()
    for table, column in KINDS:
        for expires_at in (*[OLD] * 20, RECENT):
            values = {"user_id": person.id, "expires_at": expires_at, column: uuid4().hex}
            await acting.insert(table, **values)
    before = NOW - timedelta(days=90)
    removed = await asyncio.gather(*(purge_expired(acting.database, before=before, most=7) for _ in range(6)))
    assert sum(removed) + await purge_expired(acting.database, before=before) >= 60
    async with acting.database.transaction() as transaction:
        for table, _ in KINDS:
            left = set(
                await transaction.scalars(select(table.c.expires_at).where(table.c.user_id == person.id))
            )
            assert RECENT in left
            assert OLD not in left
