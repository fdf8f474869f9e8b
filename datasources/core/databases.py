"""One service's PostgreSQL database: pooled reads on asyncpg, transactions through SQLAlchemy."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from datasources.core.calls import note_call
from datasources.core.errors import InvalidText, ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from asyncpg.pool import PoolConnectionProxy
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from sqlalchemy.sql import Executable

CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 10.0

# What the driver raises when the server is gone, refuses connections, or is shutting down. The connection
# classes come from PostgreSQL's error codes 08*, 53300, 57P01 to 57P03, 3D000 and 55000 (connections not allowed).
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InternalClientError,
)

# What it raises when a connection has ended under it. asyncpg calls it an internal error of its client when the
# server's farewell arrives at the very moment in which a statement is sent.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A SQLAlchemy Core statement compiled once to PostgreSQL's text, with its parameters' names in order."""

    text: str
    parameters: tuple[str, ...]


def compile_statement(statement: Executable) -> Statement:
    """Compile for asyncpg. Parameters are the statement's `bindparam`s; literal values are refused.

    Compiling costs about as much as a small query, so a hot statement is compiled once, at import.
    """
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every Core statement has it
    names = tuple(compiled.positiontup or ())
    unbound = {name for name in names if compiled.params.get(name) is not None}
    if unbound:
        message = f"The statement holds literal values ({', '.join(sorted(unbound))}): use bindparam."
        raise ValueError(message)
    return Statement(text=str(compiled), parameters=names)


class Database:
    """A service's PostgreSQL database.

    Nothing connects before the first call, so that a database which is down at start costs only its own fields.
    Reads run on asyncpg directly: SQLAlchemy's own execution costs half as much again per row.
    """

    def __init__(self, service: str, url: str, *, pool_size: int = 10) -> None:
        """Hold the address; `url` is a `postgresql://` URL that asyncpg accepts."""
        self.service = service
        self.url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._ready: list[PoolConnectionProxy[asyncpg.Record]] = []
        """Connections of the pool that are between two reads: going through the pool costs as much as a small read."""
        self._waiting = 0
        self._engine: AsyncEngine | None = None

    async def fetch(self, statement: Statement, **parameters: Any) -> list[asyncpg.Record]:
        """Run one read and give its rows.

        Raises:
            ServiceUnavailable: the database cannot be reached or does not answer in time.
            InvalidText: a parameter holds a character that PostgreSQL cannot.
        """
        note_call(self.service, statement.text)
        arguments = [parameters[name] for name in statement.parameters]
        with unavailable_when_unreachable(self.service):
            try:
                return await self._read(statement.text, arguments)
            except _LOST:
                # The server closed this connection while it lay in the pool; a read may simply be sent again.
                return await self._read(statement.text, arguments)

    async def change(self, statement: Statement, **parameters: Any) -> list[asyncpg.Record]:
        """Run one statement that changes rows, a transaction of its own, and give the rows that it returns.

        It has to do nothing when it runs again, being guarded by what it changes or by a key: it is sent once more when
        its connection turns out to have ended, and nobody knows whether that was before it ran.

        Raises:
            ServiceUnavailable: the database cannot be reached or does not answer in time.
            InvalidText: a parameter holds a character that PostgreSQL cannot.
            asyncpg.IntegrityConstraintViolationError: a constraint refuses the change.
        """
        return await self.fetch(statement, **parameters)

    async def _read(self, text: str, arguments: list[Any]) -> list[asyncpg.Record]:
        connection = self._take_ready() or await self._take()
        try:
            rows = await connection.fetch(text, *arguments)
        except BaseException as error:
            if isinstance(error, _LOST):
                connection.terminate()
            # The others have most likely ended with it, and the pool finds that out. It also waits for what a cancelled
            # read has left under way.
            ended, self._ready = self._ready, []
            for idle in (connection, *ended):
                await self._give_back(idle)
            raise
        if self._waiting:
            await self._give_back(connection)
        else:
            self._ready.append(connection)
        return rows

    def _take_ready(self) -> PoolConnectionProxy[asyncpg.Record] | None:
        while self._ready:
            connection = self._ready.pop()
            with suppress(asyncpg.InterfaceError):  # it has ended, and the pool has taken it back already
                if not connection.is_closed():
                    return connection
        return None

    async def _take(self) -> PoolConnectionProxy[asyncpg.Record]:
        pool = await self._connections()
        self._waiting += 1
        try:
            return await pool.acquire(timeout=CONNECT_SECONDS)
        finally:
            self._waiting -= 1

    async def _give_back(self, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
        if self._pool is not None:
            await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            ServiceUnavailable: the database cannot be reached or does not answer in time.
        """
        with unavailable_when_unreachable(self.service):
            async with self._transactions().begin() as connection:
                yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A bare asyncpg connection outside any pool, for bulk loading and health checks.

        Raises:
            ServiceUnavailable: the database cannot be reached or does not answer in time.
        """
        with unavailable_when_unreachable(self.service):
            connection = await asyncpg.connect(self.url, timeout=CONNECT_SECONDS)
            try:
                await _read_json_as_objects(connection)
                yield connection
            finally:
                await connection.close(timeout=CONNECT_SECONDS)

    async def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        self._ready.clear()
        pool, self._pool = self._pool, None
        engine, self._engine = self._engine, None
        if pool is not None:
            pool.terminate()
        if engine is not None:
            await engine.dispose()

    async def _connections(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            # Without connections to begin with this does not wait, so that no two tasks make a pool each.
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=self._pool_size,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                init=_read_json_as_objects,
                reset=_leave_as_it_is,
            )
        return self._pool

    def _transactions(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = create_async_engine(
                "postgresql+asyncpg://",
                async_creator=lambda: asyncpg.connect(
                    self.url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS
                ),
                pool_size=self._pool_size,
                pool_pre_ping=True,
                # What is written is not for logs: e-mail addresses, providers' tokens.
                hide_parameters=True,
            )
            event.listen(self._engine.sync_engine, "before_cursor_execute", self._note_statement)
        return self._engine

    def _note_statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        note_call(self.service, statement)


@contextmanager
def unavailable_when_unreachable(service: str) -> Iterator[None]:
    """Raise ServiceUnavailable for whatever the driver raises when the service's server is gone.

    Raises:
        InvalidText: a parameter holds a character that PostgreSQL cannot.
    """
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        raise InvalidText from error  # PostgreSQL's text knows no NUL
    except _UNREACHABLE as error:
        if isinstance(error, ValueError):
            raise  # asyncpg's complaint about an argument is an InterfaceError, too, but a bug of ours
        raise ServiceUnavailable(service) from error
    except DBAPIError as error:
        cause = _cause(error)
        if isinstance(cause, asyncpg.CharacterNotInRepertoireError):
            raise InvalidText from error
        # A connection that was refused is not one that was invalidated.
        if error.connection_invalidated or (
            isinstance(cause, _UNREACHABLE) and not isinstance(cause, ValueError)
        ):
            raise ServiceUnavailable(service) from error
        raise


def violated_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint, or of the unique index, that refused a change."""
    return getattr(_cause(error), "constraint_name", None)


def _cause(error: DBAPIError) -> BaseException | None:
    """The driver's own error, which SQLAlchemy wraps in its adapter's and that in its own."""
    return None if error.orig is None else error.orig.__cause__


_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


async def _read_json_as_objects(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),  # the first byte is jsonb's format version
        format="binary",
    )


async def _leave_as_it_is(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Reads leave no state behind, and asyncpg's own reset would cost every read a second round trip."""
