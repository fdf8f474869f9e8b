"""Ends one of the servers, or one of PostgreSQL's databases, for the length of a block."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gateway.embedded import EmbeddedServers, Server


@contextmanager
def stopped(servers: EmbeddedServers, server: Server) -> Iterator[None]:
    """One server down."""
    servers.stop(server)
    try:
        yield
    finally:
        servers.start(server)


@asynccontextmanager
async def closed(servers: EmbeddedServers, database: str) -> AsyncIterator[None]:
    """One PostgreSQL database that ends every connection and accepts none, while its neighbours go on."""
    administrator = await asyncpg.connect(servers.urls.postgres_url("postgres"))
    try:
        await administrator.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database
        )
        yield
    finally:
        await administrator.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        await administrator.close()
