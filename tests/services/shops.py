"""Databases of a test's own for what the cart and notification services need, beside the demo shop's."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from datasources.core.collections import ensure_collections
from datasources.core.connections import Connections, DatabaseUrls, open_connections
from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.embedded import ServerUrls

NOWHERE_SQL = "postgresql://postgres@/nowhere?host=/nonexistent"
NOWHERE_MONGO = "mongodb://%2Fnonexistent%2Fmongo.sock/nowhere"


@asynccontextmanager
async def scratch_shop(servers: ServerUrls) -> AsyncIterator[Connections]:
    """Empty catalogue, inventory, carts and notifications, dropped when the block ends; the rest leads nowhere.

    Redis is shared: its keys are by user and token, of which every test makes its own.
    """
    async with (
        scratch_database(servers, "carts") as carts,
        scratch_database(servers, "inventory") as inventory,
    ):
        urls = DatabaseUrls(
            users=NOWHERE_SQL,
            products=servers.mongo_url(f"scratch_{uuid4().hex}"),
            inventory=inventory.url,
            carts=carts.url,
            carts_redis=servers.redis,
            orders=NOWHERE_SQL,
            payments=NOWHERE_SQL,
            notifications=servers.mongo_url(f"scratch_{uuid4().hex}"),
        )
        async with open_connections(urls) as shop:
            products, notifications = shop.products.database, shop.notifications.database
            await ensure_collections(products, PRODUCT_COLLECTIONS)
            await ensure_collections(notifications, NOTIFICATION_COLLECTIONS)
            try:
                yield shop
            finally:
                await products.client.drop_database(products.name)
                await notifications.client.drop_database(notifications.name)
