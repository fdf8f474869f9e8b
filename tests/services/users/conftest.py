"""A user database that holds the people of `people.py` and nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from datasources.core.connections import open_connections
from datasources.users.loaders import UserLoaders
from gateway.development import embedded_urls
from gateway.schema import build_schema
from tests.services.asking import Asker
from tests.services.scratch import scratch_database
from tests.services.users.people import insert_people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """The user database; tests only read it."""
    async with scratch_database(servers.urls, "users") as opened:
        await insert_people(opened)
        yield opened


@pytest.fixture
def loaders(database: Database) -> UserLoaders:
    """One request's loaders."""
    return UserLoaders(database)


@pytest.fixture(scope="session")
async def asker(servers: EmbeddedServers, database: Database) -> AsyncIterator[Asker]:
    """The schema over this user database; the other services' are not there."""
    urls = replace(embedded_urls(servers.urls), users=database.url)
    async with open_connections(urls) as connections:
        yield Asker(schema=build_schema(), connections=connections)
