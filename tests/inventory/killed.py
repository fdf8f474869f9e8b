"""Reserves, commits and releases two variants without end, many at a time, until somebody kills it.

Run as `python -m tests.inventory.killed URL VARIANT VARIANT`. It says a word when the first order is through.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from datasources.core.databases import Database
from datasources.inventory.changes import Units
from datasources.inventory.commands.reservations import commit, release, reserve

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)


async def shop(database: Database, variants: list[UUID]) -> None:
    """One order after another, each given up in the end, most of them only after they were placed."""
    while True:
        order = uuid4()
        units = [Units(variant_id=variant, quantity=2) for variant in variants]
        await reserve(
            database,
            order_id=order,
            units=units,
            expires_at=NOW + timedelta(minutes=5),
            idempotency_key=f"{order}:reserve",
            now=NOW,
        )
        if order.int % 3:
            await commit(database, order_id=order, idempotency_key=f"{order}:commit", now=NOW)
        await release(database, order_id=order, idempotency_key=f"{order}:release", now=NOW)
        sys.stdout.write("working\n")
        sys.stdout.flush()


async def main(url: str, variants: list[UUID]) -> None:
    """Several shoppers at once, in both orders."""
    database = Database("inventory", url)
    await asyncio.gather(*(shop(database, variants[:: 1 if number % 2 else -1]) for number in range(6)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [UUID(variant) for variant in sys.argv[2:]]))
