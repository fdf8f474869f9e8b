"""Orders, stock and payments of these tests' own, and the gateway over them with the demo shop's accounts."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from datasources.core.connections import open_connections
from gateway.app import create_app
from tests.client import GraphQLClient
from tests.inventory.shelves import Shelves
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections, DatabaseUrls
    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers
    from gateway.settings import Settings


@pytest.fixture(scope="package")
async def shop(
    servers: EmbeddedServers, urls: DatabaseUrls, connections: Connections
) -> AsyncIterator[Connections]:
    """The demo shop with other orders, stock and payments: none at first; tests make their own."""
    async with (
        scratch_database(servers.urls, "orders") as orders,
        scratch_database(servers.urls, "inventory") as inventory,
        scratch_database(servers.urls, "payments") as payments,
    ):
        own = replace(urls, orders=orders.url, inventory=inventory.url, payments=payments.url)
        async with open_connections(own) as opened:
            yield opened


@pytest.fixture
def database(shop: Connections) -> Database:
    """The orders."""
    return shop.orders


@pytest.fixture(scope="package")
async def opened_shelves(shop: Connections) -> Shelves:
    """The warehouses."""
    return await Shelves.open(shop.inventory)


@pytest.fixture
async def shelves(opened_shelves: Shelves) -> AsyncIterator[Shelves]:
    """Two warehouses. Whatever a test does to them, everything adds up in the end."""
    yield opened_shelves
    await opened_shelves.check()


@pytest.fixture(scope="package")
async def staffed(
    settings: Settings, client: GraphQLClient, shop: Connections
) -> AsyncIterator[GraphQLClient]:
    """A client of a gateway over these databases, with the demo accounts' tokens."""
    app = create_app(replace(settings, urls=replace(settings.urls, **_urls(shop))))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway.test")
        yield GraphQLClient(http=await stack.enter_async_context(http), tokens=client.tokens)


def _urls(shop: Connections) -> dict[str, str]:
    return {"orders": shop.orders.url, "inventory": shop.inventory.url, "payments": shop.payments.url}
