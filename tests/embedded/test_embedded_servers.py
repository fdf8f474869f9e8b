"""The three servers while they run: real clients reach them, one at a time stops, crashes and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil
import pytest
import redis.asyncio
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import ServerSelectionTimeoutError

from gateway.embedded import EmbeddedServerError, EmbeddedServers, Server, ServerUrls, run_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

EVERY_SERVER = pytest.mark.parametrize("server", list(Server), ids=lambda server: server.value)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="module")
def servers(data_dir: Path) -> Iterator[EmbeddedServers]:
    with run_servers(data_dir, durable=False) as running:
        yield running


@contextlib.asynccontextmanager
async def connect_mongo(urls: ServerUrls, database: str) -> AsyncIterator[AsyncIOMotorClient[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        urls.mongo_url(database), serverSelectionTimeoutMS=300
    )
    try:
        yield client
    finally:
        client.close()


async def write(urls: ServerUrls, server: Server, value: str) -> None:
    """Keep a value in one server; raise what its client raises when the server is away."""
    match server:
        case Server.POSTGRES:
            connection = await asyncpg.connect(urls.postgres_url("OrderDb"))
            await connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
            await connection.execute("INSERT INTO kept VALUES ($1)", value)
            await connection.close()
        case Server.MONGO:
            async with connect_mongo(urls, "ProductDb") as client:
                await client.get_default_database()["kept"].insert_one({"value": value})
        case Server.REDIS:
            async with redis.asyncio.from_url(urls.redis, retry=None) as client:
                await client.rpush("kept", value)


async def read(urls: ServerUrls, server: Server) -> list[str]:
    match server:
        case Server.POSTGRES:
            connection = await asyncpg.connect(urls.postgres_url("OrderDb"))
            rows = await connection.fetch("SELECT value FROM kept")
            await connection.close()
            return [row["value"] for row in rows]
        case Server.MONGO:
            async with connect_mongo(urls, "ProductDb") as client:
                return [row["value"] async for row in client.get_default_database()["kept"].find()]
        case Server.REDIS:
            async with redis.asyncio.from_url(urls.redis, decode_responses=True) as client:
                return [str(value) for value in await client.lrange("kept", 0, -1)]


async def test_each_service_has_its_postgres_database(servers: EmbeddedServers) -> None:
    for name in ("UserDb", "InventoryDb", "CartDb", "OrderDb", "PaymentDb"):
        connection = await asyncpg.connect(servers.urls.postgres_url(name))
        row = await connection.fetchrow(
            "SELECT current_database(), current_setting('server_encoding'), lower('É')"
        )
        await connection.close()
        assert tuple(row or ()) == (name, "UTF8", "é")


async def test_mongo_has_transactions_and_change_streams(servers: EmbeddedServers) -> None:
    async with connect_mongo(servers.urls, "NotificationDb") as client:
        database = client.get_default_database()
        assert database.name == "NotificationDb"
        async with database["sent"].watch() as changes:
            async with await client.start_session() as session, session.start_transaction():
                await database["sent"].insert_one({"_id": 1}, session=session)
            change = await anext(changes)
        assert change["operationType"] == "insert"


async def test_redis_answers(servers: EmbeddedServers) -> None:
    async with redis.asyncio.from_url(servers.urls.redis) as client:
        assert await client.eval("return redis.call('INCRBY', KEYS[1], 2)", 1, "counter") == 2


def test_nothing_listens_on_tcp(servers: EmbeddedServers) -> None:
    pids = servers.pids()
    assert set(pids) == set(Server)
    for pid in pids.values():
        assert psutil.Process(pid).net_connections(kind="inet") == []


def test_a_terminals_interrupt_does_not_reach_the_servers(servers: EmbeddedServers) -> None:
    assert all(os.getsid(pid) != os.getsid(0) for pid in servers.pids().values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_postgres_is_not_root(servers: EmbeddedServers) -> None:
    assert psutil.Process(servers.pids()[Server.POSTGRES]).uids().real != 0


@EVERY_SERVER
async def test_one_server_stops_and_comes_back_with_its_data(
    servers: EmbeddedServers, server: Server
) -> None:
    await write(servers.urls, server, "before the stop")
    stopped = servers.pids()[server]
    servers.stop(server)
    assert not psutil.pid_exists(stopped)
    assert set(servers.pids()) == set(Server) - {server}
    with pytest.raises((OSError, ServerSelectionTimeoutError, redis.ConnectionError)):
        await write(servers.urls, server, "during the stop")
    servers.stop(server)  # again: nothing

    servers.start(server)
    started = servers.pids()[server]
    assert await read(servers.urls, server) == ["before the stop"]
    servers.start(server)  # again: nothing
    assert servers.pids()[server] == started


@EVERY_SERVER
async def test_one_server_crashes_and_comes_back(servers: EmbeddedServers, server: Server) -> None:
    held = await asyncpg.connect(
        servers.urls.postgres_url("OrderDb")
    )  # its process outlives a killed postmaster
    os.kill(servers.pids()[server], signal.SIGKILL)
    while server in servers.pids():  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(0.01)
    servers.start(server)
    assert set(servers.pids()) == set(Server)
    await write(servers.urls, server, "after the crash")
    assert (await read(servers.urls, server))[-1] == "after the crash"
    held.terminate()


async def test_a_second_run_shares_the_servers_and_owns_none(
    servers: EmbeddedServers, data_dir: Path
) -> None:
    lines: list[str] = []
    with run_servers(data_dir, report=lines.append) as second:
        assert second.urls == servers.urls
        assert (servers.owned, second.owned, second.pids()) == (True, False, {})
        assert len(lines) == 1
        with pytest.raises(EmbeddedServerError, match="belongs to another process"):
            second.stop(Server.REDIS)
        with pytest.raises(EmbeddedServerError, match="belongs to another process"):
            second.start(Server.REDIS)
    assert set(servers.pids()) == set(Server)
    async with redis.asyncio.from_url(second.urls.redis) as client:
        assert await client.ping()
