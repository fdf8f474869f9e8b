"""Moves a service's PostgreSQL database to a revision of its schema, once, whoever else tries at the same time."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datasources.core.databases import unavailable_when_unreachable
from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

BASE = "base"
HEAD = "head"

CONNECT_SECONDS = 10.0

# Session advisory locks count per database, so one number serves every service.
LOCK = 4_711_001

_ENVIRONMENT = Path(__file__).parent / "migration_environment"

# Alembic keeps the migration it runs in module globals: one at a time per process, whatever the event loop.
_ALEMBIC = threading.Lock()


class UnknownRevision(DatasourceError):
    """A revision that this version of the program has no migration for, wanted or found in the database."""

    def __init__(self, service: str, revision: str) -> None:
        super().__init__(
            f"The {service} service has no migration {revision!r}. Is the database newer than the program?"
        )
        self.service = service
        self.revision = revision


class NoMigrations(DatasourceError):
    """A service that has no migrations: it keeps nothing in PostgreSQL, or does not exist."""

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service has no migrations.")
        self.service = service


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationResult:
    """Where a database was, where it is, and the revisions applied or undone in between, in that order."""

    service: str
    before: str | None
    after: str | None
    steps: tuple[str, ...]


def head_revision(service: str) -> str:
    """The newest revision of a service's schema.

    Raises:
        NoMigrations: the service has none.
    """
    return _revisions(service)[-1]


async def current_revision(dsn: str, *, service: str) -> str | None:
    """The revision a database is at; None when it is empty.

    Raises:
        ServiceUnavailable: the database cannot be reached.
    """
    async with _connect(dsn, service) as connection:
        return await connection.run_sync(_read_revision)


async def migrate(
    dsn: str, *, service: str, revision: str = HEAD, report: Callable[[str], None] = lambda _line: None
) -> MigrationResult:
    """Move a database up or down to `revision`: "head", "base" or a revision's name, all in one transaction.

    Of several callers one works and the others wait for it, then find nothing to do. `dsn` is one that asyncpg
    accepts; `report` gets one line per step, once it is committed.

    Raises:
        ServiceUnavailable: the database cannot be reached.
        NoMigrations: the service has none.
        UnknownRevision: `revision` does not exist, or the database is at one that does not.
    """
    known = _revisions(service)
    wanted = {HEAD: known[-1], BASE: None}.get(revision, revision)
    goal = _steps_taken(service, known, wanted)
    async with _connect(dsn, service) as connection:
        await _wait_for_the_lock(connection, service, report)
        before = await connection.run_sync(_read_revision)
        start = _steps_taken(service, known, before)
        if goal != start:
            async with _alembic_to_itself():
                await connection.run_sync(_run, service, wanted, up=goal > start)
            await connection.commit()
    steps = known[start:goal] if goal > start else known[goal:start][::-1]
    for step in steps:
        report(f"{service}: {step} {'applied' if goal > start else 'undone'}")
    if not steps:
        report(f"{service}: already at {wanted or BASE}")
    return MigrationResult(service=service, before=before, after=wanted, steps=steps)


def _revisions(service: str) -> tuple[str, ...]:
    """Every revision of a service, the first one first. The history is a line, without branches."""
    newest_first = ScriptDirectory.from_config(_config(service)).walk_revisions()
    known = tuple(script.revision for script in newest_first)[::-1]
    if not known:
        raise NoMigrations(service)
    return known


def _steps_taken(service: str, known: tuple[str, ...], revision: str | None) -> int:
    if revision is None:
        return 0
    if revision not in known:
        raise UnknownRevision(service, revision)
    return known.index(revision) + 1


async def _wait_for_the_lock(
    connection: AsyncConnection, service: str, report: Callable[[str], None]
) -> None:
    """Take the database's migration lock, before anything is read; it is held until the connection closes."""
    taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK})
    if not taken:
        report(f"{service}: waiting for another migration to end")
        await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    await connection.commit()


@asynccontextmanager
async def _connect(dsn: str, service: str) -> AsyncIterator[AsyncConnection]:
    """A connection of its own, without a time limit on statements: a migration may take long."""

    async def open_connection() -> asyncpg.Connection[asyncpg.Record]:
        with unavailable_when_unreachable(service):
            return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=open_connection, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alembic_to_itself() -> AsyncIterator[None]:
    # Polled, because the holder may be another thread's event loop, and waiting must stay cancellable.
    while not _ALEMBIC.acquire(blocking=False):  # noqa: ASYNC110  # an Event belongs to one loop
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        _ALEMBIC.release()


def _run(connection: Connection, service: str, wanted: str | None, *, up: bool) -> None:
    config = _config(service)
    config.attributes["connection"] = connection
    move = command.upgrade if up else command.downgrade
    move(config, wanted or BASE)


def _read_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(service: str) -> Config:
    """Alembic's settings: the environment is shared, the revisions are the service's own."""
    package = find_spec(f"datasources.{service}")
    folders = (package and package.submodule_search_locations) or ()
    versions = [path for folder in folders if (path := Path(folder) / "migrations" / "versions").is_dir()]
    if not versions:
        raise NoMigrations(service)
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _escaped(_ENVIRONMENT))
    config.set_main_option("version_locations", _escaped(versions[0]))
    return config


def _escaped(path: Path) -> str:
    """A path as Alembic's settings take it, where a percent sign starts an interpolation."""
    return str(path).replace("%", "%%")
