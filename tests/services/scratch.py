"""Databases of a test's own, beside the demo shop's, for tests that choose their rows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg

from datasources.core.databases import Database
from datasources.core.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.embedded import ServerUrls


@asynccontextmanager
async def scratch_url(servers: ServerUrls) -> AsyncIterator[str]:
    """The URL of a new PostgreSQL database with nothing in it, dropped when the block ends."""
    name = f"scratch_{uuid4().hex}"
    server = await asyncpg.connect(servers.postgres_url("postgres"))
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield servers.postgres_url(name)
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.close()


@asynccontextmanager
async def scratch_database(servers: ServerUrls, service: str) -> AsyncIterator[Database]:
    """A new database of the service at the newest revision, dropped when the block ends."""
    async with scratch_url(servers) as url:
        await migrate(url, service=service)
        database = Database(service, url)
        try:
            yield database
        finally:
            await database.close()
