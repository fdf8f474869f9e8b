"""An empty user database, counters, and a queue for messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from datasources.core.collections import ensure_collections
from datasources.core.connections import open_connections
from datasources.notifications.documents import COLLECTIONS
from datasources.users.attempts import Attempts
from datasources.users.passwords import Passwords
from gateway.development import embedded_urls
from tests.accounts.acting import Acting
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def connections(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """The databases; tests share them and make accounts of their own."""
    async with scratch_database(servers.urls, "users") as users:
        urls = replace(
            embedded_urls(servers.urls),
            users=users.url,
            notifications=servers.urls.mongo_url(f"scratch_{uuid4().hex}"),
        )
        async with open_connections(urls) as opened:
            queue = opened.notifications.database
            await ensure_collections(queue, COLLECTIONS)
            yield opened
            await queue.client.drop_database(queue.name)


@pytest.fixture(scope="session")
def database(connections: Connections) -> Database:
    """The user database."""
    return connections.users


@pytest.fixture(scope="session")
def attempts(connections: Connections) -> Attempts:
    """The counters of failed attempts."""
    return Attempts(connections.attempts)


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    """Passwords whose hashes cost next to nothing."""
    with Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)) as opened:
        yield opened


@pytest.fixture
def acting(database: Database, attempts: Attempts, passwords: Passwords) -> Acting:
    """Commands with what they need."""
    return Acting(database=database, attempts=attempts, passwords=passwords)
