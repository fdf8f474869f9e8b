"""The runner: up, down, up again, at the same time as others, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from datasources.core.errors import ServiceUnavailable
from datasources.core.migrations import (
    LOCK,
    NoMigrations,
    UnknownRevision,
    current_revision,
    head_revision,
    migrate,
)
from tests.migrations.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

LATER_STEPS = {
    "users": ("0003_identities",),
    "inventory": ("0003_operations",),
    "payments": ("0003_providers",),
    "carts": ("0003_whole_copies",),
}
ALL_STEPS = {
    service: ("0001_initial", "0002_events", *more)
    for service, more in (dict.fromkeys(SERVICES, ()) | LATER_STEPS).items()
}

# An order of three units of one warehouse and of four of another, and the return of five to the other.
SHIPPED_AND_RETURNED = """
INSERT INTO warehouses (id, code, name) VALUES
    ('00000000-0000-0000-0000-000000000001', 'A', 'A'), ('00000000-0000-0000-0000-000000000002', 'B', 'B');
INSERT INTO inventory_items (id, product_variant_id, product_id, sku)
    VALUES ('00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'p', 's');
INSERT INTO inventory_reservations
    (inventory_item_id, warehouse_id, order_id, quantity_reserved, expires_at, status)
SELECT '00000000-0000-0000-0000-00000000000a', ('00000000-0000-0000-0000-00000000000' || place)::uuid,
    '00000000-0000-0000-0000-0000000000ff', units, now(), 'committed'
FROM (VALUES (1, 3), (2, 4)) AS line (place, units);
INSERT INTO inventory_transactions (inventory_item_id, warehouse_id, transaction_type, quantity_change,
    committed_change, previous_stock, new_stock, reference_type, reference_id)
SELECT '00000000-0000-0000-0000-00000000000a', ('00000000-0000-0000-0000-00000000000' || place)::uuid,
    kind, back, sent, 0, back, 'order', '00000000-0000-0000-0000-0000000000ff'
FROM (VALUES (1, 'sale', 0, -3), (2, 'sale', 0, -4), (2, 'return', 5, 0)) AS moved (place, kind, back, sent);
"""

every_service = pytest.mark.parametrize("service", SERVICES)


@every_service
async def test_goes_up_down_to_nothing_and_up_again(service: str, empty_dsn: str) -> None:
    assert await current_revision(empty_dsn, service=service) is None

    up = await migrate(empty_dsn, service=service)
    assert (up.before, up.after, up.steps) == (None, head_revision(service), ALL_STEPS[service])
    assert await current_revision(empty_dsn, service=service) == head_revision(service)
    assert await leftovers(empty_dsn) != LEFT_BY_NOTHING

    down = await migrate(empty_dsn, service=service, revision="base")
    assert (down.before, down.after, down.steps) == (head_revision(service), None, ALL_STEPS[service][::-1])
    assert await leftovers(empty_dsn) == LEFT_BY_NOTHING

    assert (await migrate(empty_dsn, service=service)).steps == ALL_STEPS[service]
    assert (await migrate(empty_dsn, service=service)).steps == ()


async def test_stops_at_the_wanted_revision_from_either_side(empty_dsn: str) -> None:
    lines: list[str] = []
    for revision in ("0001_initial", "head", "0001_initial"):
        await migrate(empty_dsn, service="carts", revision=revision, report=lines.append)
    assert lines == [
        "carts: 0001_initial applied",
        "carts: 0002_events applied",
        "carts: 0003_whole_copies applied",
        "carts: 0003_whole_copies undone",
        "carts: 0002_events undone",
    ]
    assert await current_revision(empty_dsn, service="carts") == "0001_initial"


@every_service
async def test_two_at_once_migrate_once(service: str, empty_dsn: str) -> None:
    results = await asyncio.gather(*(migrate(empty_dsn, service=service) for _ in range(2)))
    assert sorted(result.steps for result in results) == [(), ALL_STEPS[service]]


async def test_waits_for_whoever_holds_the_lock_and_says_so(empty_dsn: str) -> None:
    lines: list[str] = []
    holder = await asyncpg.connect(empty_dsn)
    await holder.execute("SELECT pg_advisory_lock($1)", LOCK)
    waiting = asyncio.create_task(migrate(empty_dsn, service="carts", report=lines.append))
    async with asyncio.timeout(10):
        while not lines:  # noqa: ASYNC110  # the line is the event
            await asyncio.sleep(0.01)
    assert lines == ["carts: waiting for another migration to end"]
    await migrate_as_another_program_would(holder)
    await holder.close()
    assert (await waiting).steps == ()
    assert lines[-1] == "carts: already at 0003_whole_copies"


async def test_services_migrate_side_by_side(postgres_dsn: Callable[[str], str]) -> None:
    server = await asyncpg.connect(postgres_dsn("postgres"))
    names = {service: f"side_{service}" for service in SERVICES}
    for name in names.values():
        await server.execute(f"CREATE DATABASE {name}")
    try:
        results = await asyncio.gather(
            *(migrate(postgres_dsn(name), service=service) for service, name in names.items())
        )
        assert {result.service: result.steps for result in results} == ALL_STEPS
    finally:
        for name in names.values():
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


async def test_a_failing_step_leaves_nothing_behind(empty_dsn: str) -> None:
    in_the_way = await asyncpg.connect(empty_dsn)
    await in_the_way.execute("CREATE TABLE consumed_events (mine int)")  # made by the last step
    with pytest.raises(Exception, match=r"consumed_events.*already exists"):
        await migrate(empty_dsn, service="orders")
    assert await current_revision(empty_dsn, service="orders") is None
    assert await leftovers(empty_dsn) == {"consumed_events"}
    await in_the_way.execute("DROP TABLE consumed_events")
    await in_the_way.close()
    assert (await migrate(empty_dsn, service="orders")).steps == ALL_STEPS["orders"]


async def test_refuses_a_revision_that_does_not_exist(empty_dsn: str) -> None:
    with pytest.raises(UnknownRevision) as wanted:
        await migrate(empty_dsn, service="carts", revision="0009_never")
    assert (wanted.value.service, wanted.value.revision) == ("carts", "0009_never")


async def test_refuses_a_database_that_is_newer_than_the_program(empty_dsn: str) -> None:
    await migrate(empty_dsn, service="carts")
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute("UPDATE alembic_version SET version_num = '0999_later'")
    await connection.close()
    with pytest.raises(UnknownRevision) as found:
        await migrate(empty_dsn, service="carts")
    assert found.value.revision == "0999_later"
    assert await current_revision(empty_dsn, service="carts") == "0999_later"


@pytest.mark.parametrize("service", ["products", "no_such_service", "core"])
def test_refuses_a_service_without_migrations(service: str) -> None:
    with pytest.raises(NoMigrations, match=service):
        head_revision(service)


async def test_names_the_service_whose_database_is_missing(postgres_dsn: Callable[[str], str]) -> None:
    with pytest.raises(ServiceUnavailable) as missing:
        await migrate(postgres_dsn("no_such_database"), service="orders")
    assert missing.value.service == "orders"


LEFT_BY_NOTHING = {"alembic_version"}


async def test_what_was_shipped_and_came_back_is_read_off_the_journal(empty_dsn: str) -> None:
    await migrate(empty_dsn, service="inventory", revision="0002_events")
    connection = await asyncpg.connect(empty_dsn)
    try:
        await connection.execute(SHIPPED_AND_RETURNED)
        await migrate(empty_dsn, service="inventory")
        lines = await connection.fetch(
            "SELECT quantity_shipped, quantity_returned FROM inventory_reservations ORDER BY warehouse_id"
        )
        kinds = await connection.fetch(
            "SELECT transaction_type FROM inventory_transactions ORDER BY sequence"
        )
    finally:
        await connection.close()
    # Of five that came back to the second warehouse the first one's line had sent three.
    assert [tuple(line) for line in lines] == [(3, 3), (4, 2)]
    assert [kind[0] for kind in kinds] == ["sale", "sale", "return"]


async def leftovers(dsn: str) -> set[str]:
    """The names of all tables, sequences, views, functions and enumerations in a database."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
        """
    )
    await connection.close()
    return {row["relname"] for row in rows}


async def migrate_as_another_program_would(connection: asyncpg.Connection) -> None:
    """What another process leaves when it migrated the carts: enough for the waiting one to find it done."""
    await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    await connection.execute("INSERT INTO alembic_version VALUES ('0003_whole_copies')")
