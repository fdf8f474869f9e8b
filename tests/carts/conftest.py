"""Carts of these tests' own, in a CartDb of their own and beside the demo shop's in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datasources.core.connections import DatabaseUrls, open_connections
from tests.carts.baskets import Baskets
from tests.services.scratch import scratch_database
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="module")
async def baskets(servers: EmbeddedServers) -> AsyncIterator[Baskets]:
    """Redis and an empty CartDb; tests share them, and make owners of their own."""
    async with scratch_database(servers.urls, "carts") as copies:
        urls = DatabaseUrls(
            users=NOWHERE_SQL,
            products=NOWHERE_MONGO,
            inventory=NOWHERE_SQL,
            carts=copies.url,
            carts_redis=servers.urls.redis,
            orders=NOWHERE_SQL,
            payments=NOWHERE_SQL,
            notifications=NOWHERE_MONGO,
        )
        async with open_connections(urls) as connections:
            yield Baskets(store=connections.carts, copies=connections.cart_copies)
