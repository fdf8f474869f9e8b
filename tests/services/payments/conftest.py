"""A payment database that holds the purchases of `purchases.py` and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from datasources.core.connections import open_connections
from datasources.payments.loaders import PaymentLoaders
from gateway.development import embedded_urls
from gateway.schema import build_schema
from tests.services.asking import Asker
from tests.services.payments.purchases import insert_purchases
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """The payment database; tests only read it."""
    async with scratch_database(servers.urls, "payments") as opened:
        await insert_purchases(opened)
        yield opened


@pytest.fixture
def loaders(database: Database) -> PaymentLoaders:
    """One request's loaders."""
    return PaymentLoaders(database)


@pytest.fixture(scope="session")
async def asker(servers: EmbeddedServers, database: Database) -> AsyncIterator[Asker]:
    """The schema over this payment database; the other services' are not there."""
    urls = replace(embedded_urls(servers.urls), payments=database.url)
    async with open_connections(urls) as connections:
        yield Asker(schema=build_schema(), connections=connections)
