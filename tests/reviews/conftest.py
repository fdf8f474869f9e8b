"""A product database with no more in it than what tests put there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.collections import ensure_collections
from datasources.core.connections import open_connections
from datasources.products.documents import COLLECTIONS
from gateway.development import embedded_urls
from tests.reviews.reviewing import Reviewing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections, DatabaseUrls
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
def urls(servers: EmbeddedServers) -> DatabaseUrls:
    """Where it is."""
    return replace(embedded_urls(servers.urls), products=servers.urls.mongo_url(f"scratch_{uuid4().hex}"))


@pytest.fixture(scope="session")
async def connections(urls: DatabaseUrls) -> AsyncIterator[Connections]:
    """The databases; tests share the products' and review products of their own."""
    async with open_connections(urls) as opened:
        database = opened.products.database
        await ensure_collections(database, COLLECTIONS)
        yield opened
        await database.client.drop_database(database.name)


@pytest.fixture
async def reviewing(connections: Connections) -> Reviewing:
    """Commands on the reviews of a product that nobody has reviewed yet."""
    return await Reviewing.of_new_product(connections.products)
