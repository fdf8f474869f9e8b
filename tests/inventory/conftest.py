"""An empty inventory, which the tests share: each opens warehouses and counts items of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.inventory.shelves import Shelves
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """An inventory that holds nothing yet."""
    async with scratch_database(servers.urls, "inventory") as opened:
        yield opened


@pytest.fixture
async def shelves(database: Database) -> AsyncIterator[Shelves]:
    """Two warehouses, EAST before WEST. Whatever a test does to them, everything adds up in the end."""
    opened = await Shelves.open(database)
    yield opened
    await opened.check()
