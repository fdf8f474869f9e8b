"""A catalogue of a test's own: empty but for two categories and a brand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.collections import ensure_collections
from datasources.core.documents import DocumentDatabase
from datasources.products.commands.brands import create_brand
from datasources.products.commands.categories import create_category
from datasources.products.documents import COLLECTIONS
from tests.catalogue.acting import ACTING, Catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="module")
async def database(servers: EmbeddedServers) -> AsyncIterator[DocumentDatabase]:
    """An empty ProductDb, which the tests of a module share: they use SKUs and slugs of their own."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        servers.urls.mongo_url(f"scratch_{uuid4().hex}"), tz_aware=True, uuidRepresentation="standard"
    )
    found = client.get_default_database()
    await ensure_collections(found, COLLECTIONS)
    yield DocumentDatabase("products", found)
    await client.drop_database(found.name)
    client.close()


@pytest.fixture
async def catalogue(database: DocumentDatabase) -> Catalogue:
    """Two categories, one below the other, and a brand."""
    unique = uuid4().hex[:8]
    root = await create_category(database, given={"name": f"Audio {unique}"}, **ACTING)
    leaf = await create_category(
        database, given={"name": f"Headphones {unique}", "parent_id": root.id}, **ACTING
    )
    brand = await create_brand(database, given={"name": f"Acme {unique}"}, **ACTING)
    return Catalogue(database=database, root=root, leaf=leaf, brand=brand, unique=unique)
