"""Carts in a CartDb of their own and beside the demo shop's in Redis; and shoppers of the demo shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datasources.core.connections import DatabaseUrls, open_connections
from tests.carts.baskets import Baskets
from tests.carts.shopping import Shopper, wares
from tests.people import new_person
from tests.services.scratch import scratch_database
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers
    from tests.carts.shopping import Ware
    from tests.client import GraphQLClient
    from tests.people import Person


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


@pytest.fixture
def guest(client: GraphQLClient) -> Shopper:
    """Somebody without an account."""
    return Shopper(client=client)


@pytest.fixture
async def person(client: GraphQLClient, connections: Connections) -> Person:
    """Somebody with an account."""
    return await new_person(client, connections)


@pytest.fixture
def customer(client: GraphQLClient, person: Person) -> Shopper:
    """The person, signed in."""
    return Shopper(client=client, access_token=person.access_token)


@pytest.fixture
async def goods(client: GraphQLClient) -> list[Ware]:
    """What there is to buy."""
    return await wares(client)
