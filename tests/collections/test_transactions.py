"""A transaction of MongoDB is all or nothing, starts anew after a conflict, and tells soon that a server is gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from pymongo.errors import BulkWriteError

from datasources.core.connections import open_connections
from datasources.core.document_transactions import in_transaction
from datasources.core.errors import ServiceUnavailable
from gateway.development import embedded_urls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import DocumentDatabase
    from gateway.embedded import EmbeddedServers

from dataclasses import replace

COUNTERS = "counters"


@pytest.fixture
async def database(servers: EmbeddedServers) -> AsyncIterator[DocumentDatabase]:
    """A database with a counter at zero."""
    urls = replace(embedded_urls(servers.urls), products=servers.urls.mongo_url(f"scratch_{uuid4().hex}"))
    async with open_connections(urls) as opened:
        own = opened.products.database
        await own[COUNTERS].insert_one({"_id": "a", "count": 0})
        yield opened.products
        await own.client.drop_database(own.name)


async def test_work_that_fails_leaves_nothing_behind(database: DocumentDatabase) -> None:
    async def work(transaction: DocumentTransaction) -> None:
        await transaction.update(COUNTERS, {"_id": "a"}, {"$inc": {"count": 1}})
        await transaction.insert(COUNTERS, {"_id": "b", "count": 0})
        assert await transaction.find_one(COUNTERS, {"_id": "a"}) == {"_id": "a", "count": 1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_transaction(database, work)
    assert await database.find(COUNTERS, {}) == [{"_id": "a", "count": 0}]


async def test_a_taken_key_is_told_at_once_and_leaves_nothing_behind(database: DocumentDatabase) -> None:
    async def work(transaction: DocumentTransaction) -> None:
        await transaction.insert(COUNTERS, {"_id": "b", "count": 0})
        await transaction.insert(COUNTERS, {"_id": "a", "count": 0})

    with pytest.raises(BulkWriteError):
        await in_transaction(database, work)
    assert await database.find(COUNTERS, {}) == [{"_id": "a", "count": 0}]


async def test_transactions_that_meet_are_done_one_after_the_other(database: DocumentDatabase) -> None:
    seen: list[int] = []

    async def work(transaction: DocumentTransaction) -> int:
        counter = await transaction.find_one(COUNTERS, {"_id": "a"})
        assert counter is not None
        seen.append(counter["count"])
        await asyncio.sleep(0)
        await transaction.update(COUNTERS, {"_id": "a"}, {"$set": {"count": counter["count"] + 1}})
        return int(counter["count"])

    counted = await asyncio.gather(*(in_transaction(database, work) for _ in range(40)))
    assert sorted(counted) == list(range(40))
    assert len(seen) > 40, "they met"


async def test_a_server_that_is_gone_is_told_in_seconds(servers: EmbeddedServers) -> None:
    urls = replace(embedded_urls(servers.urls), products="mongodb://%2Fnonexistent%2Fmongo.sock/nowhere")

    async def work(transaction: DocumentTransaction) -> None:
        await transaction.insert(COUNTERS, {"_id": "a"})

    async with open_connections(urls) as opened:
        with pytest.raises(ServiceUnavailable):
            await asyncio.wait_for(in_transaction(opened.products, work), timeout=10)
