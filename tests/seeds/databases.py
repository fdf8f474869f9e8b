"""Databases of these tests' own, and a digest of all that is in them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import bson
import orjson

from datasources.core.connections import DatabaseUrls, open_connections
from gateway.storage import prepare_storage
from tests.migrations.services import METADATA
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.core.documents import DocumentDatabase
    from gateway.embedded import ServerUrls

# What migrations fill, each at its own time.
NOT_SEEDED = {"roles", "payment_method_types"}
# Numbers that the database deals out: an interrupted run leaves gaps.
DEALT_OUT = {
    "order_status_history": ["id"],
    "transactions": ["id"],
    "payment_events": ["sequence"],
}


@asynccontextmanager
async def empty_shop(servers: ServerUrls, *, redis_database: int) -> AsyncIterator[DatabaseUrls]:
    """Migrated databases with nothing in them, dropped when the block ends."""
    async with AsyncExitStack() as stack:
        sql = {
            service: (await stack.enter_async_context(scratch_database(servers, service))).url
            for service in METADATA
        }
        urls = DatabaseUrls(
            **sql,
            products=servers.mongo_url(f"scratch_{uuid4().hex}"),
            notifications=servers.mongo_url(f"scratch_{uuid4().hex}"),
            carts_redis=servers.redis.replace("db=0", f"db={redis_database}"),
        )
        async with open_connections(urls) as connections:
            await connections.carts.client.flushdb()
            await prepare_storage(connections, report=lambda _line: None)
            try:
                yield urls
            finally:
                await connections.carts.client.flushdb()
                for documents in (connections.products, connections.notifications):
                    await documents.database.client.drop_database(documents.database.name)


async def digest(connections: Connections) -> dict[str, str]:
    """A checksum of each table, collection and Redis key; times to live are left out."""
    found: dict[str, str] = {}
    for database in connections.sql():
        found |= await _digest_tables(database)
    for documents in (connections.products, connections.notifications):
        found |= await _digest_collections(documents)
    return found | await _digest_keys(connections)


async def _digest_tables(database: Database) -> dict[str, str]:
    found = {}
    async with database.connection() as connection:
        for table in METADATA[database.service].sorted_tables:
            if table.name not in NOT_SEEDED:
                # S608: the names of the tables are our own.
                lines = f"SELECT (to_jsonb(t) - $1::text[])::text AS line FROM {table.name} t"  # noqa: S608
                found[f"{database.service}.{table.name}"] = await connection.fetchval(
                    "SELECT count(*) || ' ' || coalesce(md5(string_agg(line, ' ' ORDER BY line)), '')"  # noqa: S608
                    f" FROM ({lines}) lines",
                    DEALT_OUT.get(table.name, []),
                )
    return found


async def _digest_collections(documents: DocumentDatabase) -> dict[str, str]:
    found = {}
    for name in sorted(await documents.database.list_collection_names()):
        everything = await documents.find(name, {}, sort=[("_id", 1)])
        codec = documents.database.codec_options
        checksum = sha256(b"".join(bson.encode(document, codec_options=codec) for document in everything))
        found[f"{documents.service}.{name}"] = f"{len(everything)} {checksum.hexdigest()}"
    return found


async def _digest_keys(connections: Connections) -> dict[str, str]:
    redis = connections.carts.client
    found = {}
    for key in sorted([key async for key in redis.scan_iter()]):
        is_hash = await redis.type(key) == "hash"
        value = await (redis.hgetall(key) if is_hash else redis.zrange(key, 0, -1, withscores=True))
        found[f"redis.{key}"] = sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return found
