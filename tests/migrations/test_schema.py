"""What the migrations build is what the tables declare, and every schema keeps the rules they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from tests.migrations.services import METADATA, SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg
    from sqlalchemy import Connection, MetaData

pytestmark = pytest.mark.parametrize("service", SERVICES)


async def test_migrations_build_what_the_tables_declare(
    service: str, migrated_dsns: Mapping[str, str]
) -> None:
    def differences(connection: Connection, declared: MetaData) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), declared))

    url = migrated_dsns[service].replace("postgresql:", "postgresql+asyncpg:")
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, METADATA[service]) == []
    await engine.dispose()


async def test_constraints_and_indexes_are_built_as_declared(
    service: str, connection: asyncpg.Connection
) -> None:
    """Alembic compares no checks, predicates or directions: what is declared is built again, beside."""
    built = await definitions(connection, "public")
    await connection.execute("CREATE SCHEMA again; SET LOCAL search_path = again")
    for statement in declared_statements(METADATA[service]):
        await connection.execute(statement)
    assert await definitions(connection, "again") == built


async def test_sequences_are_those_declared(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i'))
        """
    )
    assert {row["relname"] for row in rows} == set(METADATA[service]._sequences)


async def test_every_time_has_a_zone(service: str, connection: asyncpg.Connection) -> None:
    assert await columns_of_type(connection, "timestamp without time zone", "time without time zone") == set()
    assert ("domain_events", "occurred_at") in await columns_of_type(connection, "timestamp with time zone")


async def test_no_number_is_inexact(service: str, connection: asyncpg.Connection) -> None:
    assert await columns_of_type(connection, "real", "double precision", "money") == set()


async def test_every_row_with_money_has_its_currency(service: str, connection: asyncpg.Connection) -> None:
    with_money = {table for table, _ in await columns_of_type(connection, "numeric")}
    rows = await connection.fetch(
        """
        SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'
        AND column_name = 'currency' AND is_nullable = 'NO' AND column_default LIKE '''USD''%'
        """
    )
    with_currency = {row["table_name"] for row in rows}
    assert with_money <= with_currency
    for table in with_currency:
        assert await connection.fetchval(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = $1::text::regclass AND conname = 'currency_format'",
            table,
        ), table


async def test_columns_with_a_default_are_never_null(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND is_nullable = 'YES'
        AND (column_default IS NOT NULL OR data_type = 'boolean')
        """
    )
    without_limit = {("coupons", "per_user_limit")}  # null means: as often as wanted
    assert {tuple(row) for row in rows} <= without_limit


async def test_no_token_is_kept_in_the_clear(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name LIKE '%token%' AND column_name NOT LIKE '%\\_hash'
        """
    )
    sent_to_the_provider = {
        ("payment_methods", "card_token"),
        ("payments", "method_token"),
        ("sandbox_payments", "token"),
    }
    assert {tuple(row) for row in rows} <= sent_to_the_provider


async def test_every_foreign_key_has_an_index(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT conrelid::regclass::text AS table, attname AS column
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1]
        )
        """
    )
    assert {tuple(row) for row in rows} == set()


async def test_no_index_repeats_another(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT array_agg(indexrelid::regclass::text) AS indexes FROM pg_index
        JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace
        GROUP BY indrelid, indkey, indoption::text, pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)
        HAVING count(*) > 1
        """
    )
    assert [row["indexes"] for row in rows] == []


async def columns_of_type(connection: asyncpg.Connection, *types: str) -> set[tuple[str, str]]:
    """The (table, column) pairs of these types."""
    rows = await connection.fetch(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = ANY($1)
        """,
        types,
    )
    return {(row["table_name"], row["column_name"]) for row in rows}


async def definitions(connection: asyncpg.Connection, schema: str) -> set[tuple[str, str, str]]:
    """The (table, name, definition) of every constraint and index, as PostgreSQL writes them."""
    rows = await connection.fetch(
        """
        SELECT table_of.relname, conname, pg_get_constraintdef(pg_constraint.oid, true)
        FROM pg_constraint JOIN pg_class table_of ON table_of.oid = conrelid
        WHERE connamespace = $1::text::regnamespace
        UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = $1
        """,
        schema,
    )
    return {
        (table, name, definition.replace(f" {schema}.", " "))
        for table, name, definition in rows
        if table != "alembic_version"
    }


def declared_statements(metadata: MetaData) -> list[str]:
    """The declared tables and indexes as SQL."""
    dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    tables = metadata.sorted_tables
    constructs = [CreateTable(table) for table in tables] + [
        CreateIndex(index) for table in tables for index in table.indexes
    ]
    return [str(construct.compile(dialect=dialect)) for construct in constructs]
