"""Rows that tests write themselves, where no command is under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from datasources.users.tables import users

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.databases import Database


async def insert_user(database: Database, email: str) -> UUID:
    """Somebody with a proved address and no password."""
    async with database.transaction() as transaction:
        added = await transaction.execute(
            insert(users).values(email=email, email_verified=True).returning(users.c.id)
        )
        user_id: UUID = added.scalar_one()
        return user_id
