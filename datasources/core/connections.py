"""Opens the seven services' databases and closes them; the only module that names Motor."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError  # noqa: A004  # the driver's own name

from datasources.core.databases import Database
from datasources.core.documents import DocumentDatabase
from datasources.core.keyvalues import KeyValueStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# How long a call may look for a server before its fields are given up.
CONNECT_MILLISECONDS = 2_000
SOCKET_MILLISECONDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """Where each service's database is: `postgresql://`, `mongodb://.../Name` and `redis://` or `unix://` URLs."""

    users: str
    products: str
    inventory: str
    carts: str
    carts_redis: str
    orders: str
    payments: str
    notifications: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """One database per service, each connecting when it is first asked."""

    users: Database
    attempts: KeyValueStore
    products: DocumentDatabase
    inventory: Database
    carts: KeyValueStore
    cart_copies: Database
    orders: Database
    payments: Database
    notifications: DocumentDatabase

    def sql(self) -> tuple[Database, ...]:
        """The PostgreSQL databases."""
        return (self.users, self.inventory, self.cart_copies, self.orders, self.payments)


@asynccontextmanager
async def open_connections(urls: DatabaseUrls, *, pool_size: int = 10) -> AsyncIterator[Connections]:
    """The connections of one process and event loop, closed when the block ends."""
    products = _mongo_client(urls.products)
    notifications = _mongo_client(urls.notifications)
    redis = Redis.from_url(
        urls.carts_redis,
        decode_responses=True,
        socket_connect_timeout=CONNECT_MILLISECONDS / 1_000,
        socket_timeout=SOCKET_MILLISECONDS / 1_000,
        # One more try at once: after a restart of the server every pooled connection is stale just once.
        # A server that does not answer in time is not asked again.
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )
    connections = Connections(
        users=Database("users", urls.users, pool_size=pool_size),
        # The user service's counters share the carts' Redis; an outage of theirs is told under its own name.
        attempts=KeyValueStore("users", redis),
        products=DocumentDatabase("products", products.get_default_database()),
        inventory=Database("inventory", urls.inventory, pool_size=pool_size),
        carts=KeyValueStore("carts", redis),
        cart_copies=Database("carts", urls.carts, pool_size=pool_size),
        orders=Database("orders", urls.orders, pool_size=pool_size),
        payments=Database("payments", urls.payments, pool_size=pool_size),
        notifications=DocumentDatabase("notifications", notifications.get_default_database()),
    )
    try:
        yield connections
    finally:
        for database in connections.sql():
            await database.close()
        await redis.aclose()
        products.close()
        notifications.close()


def _mongo_client(url: str) -> AsyncIOMotorClient[dict[str, Any]]:
    return AsyncIOMotorClient(
        url,
        tz_aware=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=CONNECT_MILLISECONDS,
        connectTimeoutMS=CONNECT_MILLISECONDS,
        socketTimeoutMS=SOCKET_MILLISECONDS,
    )
