"""Empty and migrated databases for these tests, on the PostgreSQL server that all tests share."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.migrations.services import SERVICES
from tests.services.scratch import scratch_database, scratch_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
def postgres_dsn(servers: EmbeddedServers) -> Callable[[str], str]:
    """The DSN of a database, by its name."""
    return servers.urls.postgres_url


@pytest.fixture
async def empty_dsn(servers: EmbeddedServers) -> AsyncIterator[str]:
    """The DSN of a database with nothing in it."""
    async with scratch_url(servers.urls) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def migrated_dsns(servers: EmbeddedServers) -> AsyncIterator[Mapping[str, str]]:
    """The DSN of a database at the newest revision, by service. Tests share them and leave no rows."""
    async with AsyncExitStack() as stack:
        yield {
            service: (await stack.enter_async_context(scratch_database(servers.urls, service))).url
            for service in SERVICES
        }


@pytest.fixture
async def connection(service: str, migrated_dsns: Mapping[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the `service`'s migrated database, in a transaction that is undone afterwards."""
    connection = await asyncpg.connect(migrated_dsns[service])
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
