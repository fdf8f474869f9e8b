"""Tills over empty payment databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.payments.tills import Till
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """A payment database that holds nothing yet."""
    async with scratch_database(servers.urls, "payments") as opened:
        yield opened


@pytest.fixture
async def till(database: Database) -> AsyncIterator[Till]:
    """A till. Whatever a test does with it, everything adds up in the end."""
    opened = Till.over(database)
    yield opened
    await opened.check()
