"""One demo shop for the tests that only look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datasources.core.connections import open_connections
from datasources.seeds import seed_shop
from tests.seeds.databases import empty_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def shop(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """The demo shop at scale 1; nobody changes it."""
    async with (
        empty_shop(servers.urls, redis_database=11) as urls,
        open_connections(urls) as connections,
    ):
        await seed_shop(connections)
        yield connections
