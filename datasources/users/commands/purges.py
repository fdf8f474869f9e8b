"""Removes sessions and tokens that ended long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from datasources.users.tables import password_reset_tokens, user_sessions, verification_tokens

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table

    from datasources.core.databases import Database

MOST_PURGED: Final = 1_000

_EXPIRING: Final[tuple[Table, ...]] = (user_sessions, verification_tokens, password_reset_tokens)


async def purge_expired(database: Database, *, before: datetime, most: int = MOST_PURGED) -> int:
    """Remove up to `most` sessions, and as many tokens of each kind, that expired before this time; say how many.

    Until then they tell whoever looks into an account where it was used, and from where it may be signed in to while
    strangers guess its password. Any number of workers may do this at once.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    removed = 0
    for table in _EXPIRING:
        expired = (
            select(table.c.id)
            .where(table.c.expires_at < before)
            .order_by(table.c.expires_at)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("expired")
        )
        async with database.transaction() as transaction:
            deleted = await transaction.execute(delete(table).where(table.c.id == expired.c.id))
            removed += deleted.rowcount
    return removed
