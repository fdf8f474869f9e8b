"""Ships an order: its units leave the warehouses, and the order says so.

Two databases, and the process may die between them, so each step can be repeated and the order of the steps matters:

1. OrderDb takes the paid order to `processing` (`begin_shipment`).
2. InventoryDb sends its units out, under the key `<order id>:ship`.
3. OrderDb says that it is shipped (`ship_order`).

Whoever repeats the mutation after a failure goes through the steps that are done without doing anything, and finishes.
In between the order is being processed, and at worst its goods have left: nothing is lost, and nothing leaves twice.

A cancellation cannot come between in such a way that a cancelled order is shipped, if it keeps its half of this rule:

- An order that is `pending`, `confirmed` or `paid` is cancelled by one guarded UPDATE of its status. That and step 1
  change the same row: either the cancellation finds it `processing`, or the shipment finds it cancelled.
- An order that is `processing` may be cancelled only after its units have been released. That and step 2 lock the
  same items: either the release finds the units shipped (AlreadyShipped) and the order goes out, or step 2 finds none
  (NothingReserved) and the order does not.

A refund that comes between does not bring the goods back: once they have left, the order becomes shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.paging import Window
from datasources.inventory.commands.shipments import ship
from datasources.inventory.errors import NothingReserved
from datasources.inventory.movements import ORDER
from datasources.inventory.queries import MOVEMENTS
from datasources.inventory.records import MovementFilter
from datasources.orders.commands.fulfilment import begin_shipment, ship_order
from datasources.orders.errors import NotPaid

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.orders.changes import NewShipment
    from datasources.orders.records import Order


async def send_order(
    connections: Connections, *, order_id: UUID, shipment: NewShipment, actor_id: UUID | None, now: datetime
) -> Order:
    """Send a paid order's units out of the warehouses and say that it has been handed to its carrier.

    Asked for again, of the same parcel, it changes nothing, or finishes what a process has left. If the units cannot
    leave then the order stays `processing`. One that the inventory never heard of (it was imported) ships without it.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not paid or being processed, or has been shipped otherwise.
        NotPaid: its payment is not settled, and its goods are here.
        NotShippable: some of its units are not committed to it, or not there yet.
        NothingReserved: its units were given back.
        ServiceUnavailable: the order or the inventory database is down.
    """
    inventory = connections.inventory
    try:
        begun = await begin_shipment(connections.orders, order_id=order_id, actor_id=actor_id, now=now)
    except NotPaid:
        # It was refunded after its goods had left, and before anybody could say so.
        goods_left = await _moved(inventory, order_id, "sale")
        if not goods_left:
            raise
    else:
        goods_left = begun.status == "processing" and await _send_units(
            inventory, order_id, actor_id=actor_id, now=now
        )
    return await ship_order(
        connections.orders,
        order_id=order_id,
        shipment=shipment,
        goods_left=goods_left,
        actor_id=actor_id,
        now=now,
    )


async def _send_units(inventory: Database, order_id: UUID, *, actor_id: UUID | None, now: datetime) -> bool:
    """Send what the order holds; tell whether the inventory knows of anything."""
    try:
        await ship(
            inventory, order_id=order_id, idempotency_key=f"{order_id}:ship", actor_id=actor_id, now=now
        )
    except NothingReserved:
        # Of an order that held something once, somebody has taken it back: a cancellation that is under way.
        if await _moved(inventory, order_id, "reservation"):
            raise
        return False
    return True


async def _moved(inventory: Database, order_id: UUID, kind: str) -> bool:
    """Whether the inventory has moved anything in this way for the order."""
    wanted = MovementFilter(kinds=(kind,), reference_type=ORDER, reference_id=str(order_id))
    page = await MOVEMENTS.page(inventory, wanted=wanted, window=Window(size=1))
    return bool(page.items)
