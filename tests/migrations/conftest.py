"""A real PostgreSQL server for these tests, and empty or migrated databases in it."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from datasources.core.migrations import migrate
from gateway.embedded import Server, run_servers
from tests.migrations.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[Callable[[str], str]]:
    """The DSN of a database, by its name, on a server that lives as long as the tests."""
    with (
        tempfile.TemporaryDirectory(prefix="pg-") as folder,
        run_servers(Path(folder) / "data", durable=False, kinds=(Server.POSTGRES,)) as servers,
    ):
        yield servers.urls.postgres_url


@pytest_asyncio.fixture
async def empty_dsn(postgres_dsn: Callable[[str], str]) -> AsyncIterator[str]:
    """The DSN of a database with nothing in it."""
    async with _new_database(postgres_dsn) as dsn:
        yield dsn


@pytest_asyncio.fixture(scope="session")
async def migrated_dsns(postgres_dsn: Callable[[str], str]) -> AsyncIterator[Mapping[str, str]]:
    """The DSN of a database at the newest revision, by service. Tests share them and leave no rows."""
    async with (
        _new_database(postgres_dsn) as users,
        _new_database(postgres_dsn) as inventory,
        _new_database(postgres_dsn) as carts,
        _new_database(postgres_dsn) as orders,
        _new_database(postgres_dsn) as payments,
    ):
        dsns = dict(zip(SERVICES, (users, inventory, carts, orders, payments), strict=True))
        for service, dsn in dsns.items():
            await migrate(dsn, service=service)
        yield dsns


@pytest_asyncio.fixture
async def connection(service: str, migrated_dsns: Mapping[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the `service`'s migrated database, in a transaction that is undone afterwards."""
    connection = await asyncpg.connect(migrated_dsns[service])
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@asynccontextmanager
async def _new_database(postgres_dsn: Callable[[str], str]) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    server = await asyncpg.connect(postgres_dsn("postgres"))
    try:
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield postgres_dsn(name)
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await server.close()
