"""Relays the inventory's events until they are told of, and waits there, before they are marked, to be killed.

Run as `python -m tests.inventory.killed_relay INVENTORY_URL PRODUCTS_URL`. It says a word when it is there.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.core.relays import relay_events
from datasources.inventory.tables import domain_events
from datasources.workflows.availability import project_availability
from tests.inventory.shelves import NOW
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from datasources.core.relays import OutboxEvent


async def main(inventory: str, products: str) -> None:
    """Tell of everything, and then nothing more."""
    urls = DatabaseUrls(
        users=NOWHERE_SQL,
        products=products,
        inventory=inventory,
        carts=NOWHERE_SQL,
        carts_redis="unix:///nonexistent",
        orders=NOWHERE_SQL,
        payments=NOWHERE_SQL,
        notifications=NOWHERE_MONGO,
    )
    async with open_connections(urls) as connections:

        async def tell(events: Sequence[OutboxEvent]) -> Mapping[UUID, Exception]:
            told = {event.event_data["product_id"] for event in events if "product_id" in event.event_data}
            await project_availability(connections, sorted(told))
            sys.stdout.write("told\n")
            sys.stdout.flush()
            return await asyncio.Future()

        await relay_events(connections.inventory, domain_events, tell, now=NOW)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
