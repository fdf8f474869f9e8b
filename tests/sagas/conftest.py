"""An empty order database, which a test has for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture
async def orders(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """An order database that holds nothing yet."""
    async with scratch_database(servers.urls, "orders") as opened:
        yield opened
