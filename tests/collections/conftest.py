"""A real MongoDB server for these tests, and a database of its own for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import pytest_asyncio
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.collections import ensure_collections
from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS
from gateway.embedded import run_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from motor.motor_asyncio import AsyncIOMotorDatabase


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a MongoDB server, a replica set of one, that lives as long as the tests."""
    with run_servers(tmp_path_factory.mktemp("servers"), durable=False) as servers:
        yield servers.urls.mongo_url("ProductDb")


@pytest_asyncio.fixture(scope="session")
async def mongo_client(mongo_url: str) -> AsyncIterator[AsyncIOMotorClient[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        mongo_url, tz_aware=True, uuidRepresentation="standard"
    )
    yield client
    client.close()


@pytest_asyncio.fixture
async def empty_database(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    """A database with nothing in it."""
    database = mongo_client[f"Test_{uuid4().hex}"]
    yield database
    await mongo_client.drop_database(database.name)


@pytest_asyncio.fixture(scope="session")
async def product_db(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIOMotorDatabase[dict[str, Any]]:
    """ProductDb as declared. Tests share it: they use keys of their own."""
    await ensure_collections(mongo_client["ProductDb"], PRODUCT_COLLECTIONS)
    return mongo_client["ProductDb"]


@pytest_asyncio.fixture(scope="session")
async def notification_db(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIOMotorDatabase[dict[str, Any]]:
    """NotificationDb as declared. Tests share it: they use keys of their own."""
    await ensure_collections(mongo_client["NotificationDb"], NOTIFICATION_COLLECTIONS)
    return mongo_client["NotificationDb"]
