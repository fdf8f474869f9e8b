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
async def scratch_database(servers: ServerUrls, service: str) -> AsyncIterator[Database]:
    """A new database of the service at the newest revision, dropped when the block ends."""
    name = f"scratch_{uuid4().hex}"
    server = await asyncpg.connect(servers.postgres_url("postgres"))
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    database = Database(service, servers.postgres_url(name))
    try:
        await migrate(database.url, service=service)
        yield database
    finally:
        await database.close()
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.close()
