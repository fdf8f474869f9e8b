"""The demo shop's inventory keeps the promises that commands keep, and an older one is completed to the same."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from tests.inventory.shelves import PROMISES

if TYPE_CHECKING:
    from datasources.core.connections import Connections

SHIPPED = """
SELECT id, quantity_shipped, quantity_returned FROM inventory_reservations ORDER BY id
"""
FORGET = "UPDATE inventory_reservations SET quantity_shipped = 0, quantity_returned = 0"


@pytest.mark.parametrize("promise", PROMISES)
async def test_it_keeps_every_promise(connections: Connections, promise: str) -> None:
    async with connections.inventory.connection() as sql:
        assert await sql.fetch(promise) == []


async def test_what_was_shipped_is_known_from_the_journal(connections: Connections) -> None:
    operations = importlib.import_module("datasources.inventory.migrations.versions.0003_operations")
    async with connections.inventory.connection() as sql:
        known = await sql.fetch(SHIPPED)
        assert any(row["quantity_shipped"] for row in known)
        assert any(row["quantity_returned"] for row in known)
        transaction = sql.transaction()
        await transaction.start()
        await sql.execute(FORGET)
        await sql.execute(operations.FILL_IN)
        filled_in = await sql.fetch(SHIPPED)
        await transaction.rollback()
    assert filled_in == known
