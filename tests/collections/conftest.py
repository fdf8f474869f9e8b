"""Databases of these tests' own, on the MongoDB server that all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.collections import ensure_collections
from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from motor.motor_asyncio import AsyncIOMotorDatabase

    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def mongo_client(servers: EmbeddedServers) -> AsyncIterator[AsyncIOMotorClient[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        servers.urls.mongo_url("ProductDb"), tz_aware=True, uuidRepresentation="standard"
    )
    yield client
    client.close()


@pytest.fixture
async def empty_database(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    """A database with nothing in it."""
    database = mongo_client[f"Test_{uuid4().hex}"]
    yield database
    await mongo_client.drop_database(database.name)


@pytest.fixture(scope="session")
async def product_db(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIOMotorDatabase[dict[str, Any]]:
    """ProductDb as declared. Tests share it: they use keys of their own."""
    database = mongo_client[f"Test_{uuid4().hex}"]
    await ensure_collections(database, PRODUCT_COLLECTIONS)
    return database


@pytest.fixture(scope="session")
async def notification_db(
    mongo_client: AsyncIOMotorClient[dict[str, Any]],
) -> AsyncIOMotorDatabase[dict[str, Any]]:
    """NotificationDb as declared. Tests share it: they use keys of their own."""
    database = mongo_client[f"Test_{uuid4().hex}"]
    await ensure_collections(database, NOTIFICATION_COLLECTIONS)
    return database
