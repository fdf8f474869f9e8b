"""The floor's databases: bare pools and clients that count their calls and give numbers as text."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.calls import note_call
from datasources.core.documents import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from motor.motor_asyncio import AsyncIOMotorDatabase

    from gateway.settings import Settings

    Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """The five databases that the floor's operations read."""

    users: asyncpg.Pool[asyncpg.Record]
    inventory: asyncpg.Pool[asyncpg.Record]
    orders: asyncpg.Pool[asyncpg.Record]
    payments: asyncpg.Pool[asyncpg.Record]
    products: AsyncIOMotorDatabase[Json]


async def fetch(
    service: str, pool: asyncpg.Pool[asyncpg.Record], statement: str, *arguments: Any
) -> list[asyncpg.Record]:
    """The rows of one statement."""
    note_call(service, statement)
    return await pool.fetch(statement, *arguments)


async def find(
    databases: Databases,
    collection: str,
    where: Mapping[str, Any],
    fields: Json,
    *,
    sort: Sequence[tuple[str, int]] = (),
    limit: int = 0,
) -> list[Json]:
    """The documents that match, in one round trip."""
    note_call("products", f"find {collection}")
    cursor = databases.products[collection].find(where, fields, limit=limit, batch_size=BATCH_SIZE)
    return await (cursor.sort(sort) if sort else cursor).to_list(None)


async def aggregate(databases: Databases, pipeline: list[Json]) -> list[Json]:
    """The documents of a pipeline that starts with `$documents`, in one round trip."""
    note_call("products", "aggregate")
    return await databases.products.aggregate(pipeline, batchSize=BATCH_SIZE).to_list(None)


@asynccontextmanager
async def open_databases(settings: Settings) -> AsyncIterator[Databases]:
    """Pools and clients that are closed when the block ends."""
    urls = settings.urls
    async with AsyncExitStack() as stack:

        async def pool(url: str) -> asyncpg.Pool[asyncpg.Record]:
            return await stack.enter_async_context(
                asyncpg.create_pool(
                    url, min_size=0, max_size=settings.pool_size, init=_read_numbers_as_text, reset=_keep
                )
            )

        client: AsyncIOMotorClient[Json] = AsyncIOMotorClient(urls.products, tz_aware=True)
        stack.callback(client.close)
        yield Databases(
            users=await pool(urls.users),
            inventory=await pool(urls.inventory),
            orders=await pool(urls.orders),
            payments=await pool(urls.payments),
            products=client.get_default_database(),
        )


async def _read_numbers_as_text(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=str, format="text")


async def _keep(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Reads leave nothing behind; asyncpg's own reset would be a second round trip per read."""
