"""Ships orders, many at a time, until somebody kills it.

Run as `python -m tests.orders.killed ORDERS_URL INVENTORY_URL ORDER...`. It says a word when the first units are out.
"""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.workflows.shipments import send_order
from tests.orders.placed import NOW, PARCEL, STAFF
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

AT_ONCE = 4


async def main(orders_url: str, inventory_url: str, orders: list[UUID]) -> None:
    """Ship the orders, several at once."""
    urls = DatabaseUrls(
        users=NOWHERE_SQL,
        products=NOWHERE_MONGO,
        inventory=inventory_url,
        carts=NOWHERE_SQL,
        carts_redis="redis://127.0.0.1:1",
        orders=orders_url,
        payments=NOWHERE_SQL,
        notifications=NOWHERE_MONGO,
    )
    turns = asyncio.Semaphore(AT_ONCE)
    async with open_connections(urls) as connections:

        async def send(order: UUID) -> None:
            async with turns:
                await send_order(connections, order_id=order, shipment=PARCEL, actor_id=STAFF, now=NOW)
            sys.stdout.write("working\n")
            sys.stdout.flush()

        await asyncio.gather(*map(send, orders))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], [UUID(order) for order in sys.argv[3:]]))
