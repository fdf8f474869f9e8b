"""Whether each service's database answers, how fast, and which version it is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
from pymongo.errors import OperationFailure, PyMongoError
from redis.exceptions import RedisError

from datasources.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.core.documents import DocumentDatabase
    from datasources.core.keyvalues import KeyValueStore

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one database answered; `name` is that of its URL in DatabaseUrls.

    `latency` is one round trip on an open connection, in seconds.
    """

    name: str
    reachable: bool
    version: str | None = None
    latency: float | None = None
    problem: str | None = None


async def check_services(connections: Connections, *, seconds: float) -> tuple[Check, ...]:
    """One check per database, all at once, none longer than `seconds`."""
    checks = [
        *(_check(database.service, _ask_sql(database), seconds) for database in connections.sql()),
        _check("carts_redis", _ask_redis(connections.carts), seconds),
        _check("products", _ask_mongo(connections.products), seconds),
        _check("notifications", _ask_mongo(connections.notifications), seconds),
    ]
    return tuple(sorted(await asyncio.gather(*checks), key=lambda check: check.name))


def short_reason(error: BaseException) -> str:
    """What a driver's error says, in one line of at most LONGEST_REASON characters.

    MongoDB's driver adds what it knows of every server, and the server's whole answer.
    """
    text = str(error)
    if isinstance(error, OperationFailure):
        text = str((error.details or {}).get("errmsg", text))
    for addition in (", Timeout: ", " (configured timeouts: ", ", full error: "):
        text = text.partition(addition)[0]
    text = " ".join(text.split()) or ("no answer in time" if isinstance(error, TimeoutError) else "")
    text = text or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 3]}..."


async def _check(name: str, ask: Callable[[], Awaitable[tuple[str, float]]], seconds: float) -> Check:
    try:
        async with asyncio.timeout(seconds):
            version, latency = await ask()
    except ServiceUnavailable as error:
        return Check(name=name, reachable=False, problem=short_reason(error.__cause__ or error))
    except TimeoutError:
        return Check(name=name, reachable=False, problem=f"no answer within {seconds:g} s")
    except (OSError, RedisError, PyMongoError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return Check(name=name, reachable=False, problem=short_reason(error))
    return Check(name=name, reachable=True, version=version, latency=latency)


def _ask_sql(database: Database) -> Callable[[], Awaitable[tuple[str, float]]]:
    async def ask() -> tuple[str, float]:
        async with database.connection() as connection:
            began = time.perf_counter()
            version = await connection.fetchval("SHOW server_version")
            return f"PostgreSQL {version.split()[0]}", time.perf_counter() - began

    return ask


def _ask_mongo(database: DocumentDatabase) -> Callable[[], Awaitable[tuple[str, float]]]:
    async def ask() -> tuple[str, float]:
        version = (await database.database.command("buildInfo"))["version"]
        began = time.perf_counter()
        await database.database.command("ping")
        return f"MongoDB {version}", time.perf_counter() - began

    return ask


def _ask_redis(store: KeyValueStore) -> Callable[[], Awaitable[tuple[str, float]]]:
    async def ask() -> tuple[str, float]:
        server = await store.client.info("server")
        began = time.perf_counter()
        await store.client.ping()
        latency = time.perf_counter() - began
        if "valkey_version" in server:
            return f"Valkey {server['valkey_version']}", latency
        return f"Redis {server['redis_version']}", latency

    return ask
