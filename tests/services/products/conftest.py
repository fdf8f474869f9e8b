"""A shop that holds the catalogue of `catalogue.py`, the people who review it, and stock of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.connections import open_connections
from datasources.products.loaders import ProductLoaders
from gateway.development import embedded_urls
from gateway.schema import build_schema
from tests.services.asking import Asker
from tests.services.inventory.goods import insert_goods
from tests.services.products.catalogue import insert_catalogue
from tests.services.scratch import scratch_database
from tests.services.users.people import insert_people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def connections(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """Its databases; tests only read them. The other services' are not there."""
    async with (
        scratch_database(servers.urls, "users") as users,
        scratch_database(servers.urls, "inventory") as inventory,
    ):
        await insert_people(users)
        await insert_goods(inventory)
        urls = replace(
            embedded_urls(servers.urls),
            users=users.url,
            inventory=inventory.url,
            products=servers.urls.mongo_url(f"scratch_{uuid4().hex}"),
        )
        async with open_connections(urls) as opened:
            products = opened.products.database
            try:
                await insert_catalogue(opened)
                yield opened
            finally:
                await products.client.drop_database(products.name)


@pytest.fixture
def loaders(connections: Connections) -> ProductLoaders:
    """One request's loaders."""
    return ProductLoaders(connections.products)


@pytest.fixture(scope="session")
def asker(connections: Connections) -> Asker:
    """The schema over this shop."""
    return Asker(schema=build_schema(), connections=connections)
