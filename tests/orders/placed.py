"""Orders as a checkout leaves them, at any stage, and what must hold of their rows whatever is done to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from datasources.core.tokens import hash_of
from datasources.orders.changes import NewShipment
from datasources.orders.tables import order_items, order_status_history, orders
from resolvers.relay import global_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasources.core.databases import Database
    from datasources.orders.records import Order
    from tests.inventory.shelves import Shelves

PLACED = datetime(2026, 2, 1, 9, tzinfo=UTC)
NOW = PLACED + timedelta(days=1)
STAFF = UUID(int=7)
PARCEL = NewShipment(carrier="UPS", tracking_number="1Z999", tracking_url="https://track.example.com/1Z999")

# How an order comes to each status.
PATHS: dict[str, tuple[str, ...]] = {
    "pending": ("pending",),
    "confirmed": ("pending", "confirmed"),
    "paid": ("pending", "confirmed", "paid"),
    "processing": ("pending", "confirmed", "paid", "processing"),
    "shipped": ("pending", "confirmed", "paid", "processing", "shipped"),
    "delivered": ("pending", "confirmed", "paid", "processing", "shipped", "delivered"),
    "cancelled": ("pending", "cancelled"),
    "refunded": ("pending", "confirmed", "paid", "processing", "shipped", "delivered", "refunded"),
}
_SETTLED = {"paid", "processing", "shipped", "delivered"}

# Each order's history begins with nothing, each line goes on from the one before it, and the last is where it is.
_HISTORY_BREAKS = """
SELECT number FROM (
    SELECT orders.order_number AS number, orders.status, step.old_status, step.new_status,
        lag(step.new_status) OVER walk AS before, lead(step.new_status) OVER walk AS after
    FROM orders LEFT JOIN order_status_history AS step ON step.order_id = orders.id
    WINDOW walk AS (PARTITION BY orders.id ORDER BY step.changed_at, step.id)
) AS steps
WHERE old_status IS DISTINCT FROM before OR (after IS NULL AND new_status IS DISTINCT FROM status)
"""
# What has been shipped has a shipment and the times that go with it, and nothing else has.
_SHIPMENTS_DIFFER = """
SELECT orders.order_number FROM orders LEFT JOIN shipping_info AS sent ON sent.order_id = orders.id
WHERE orders.admin_notes IS DISTINCT FROM 'as it was imported' AND (
    (orders.status IN ('shipped', 'delivered')) <> (sent.shipped_at IS NOT NULL)
    OR (orders.shipped_at, orders.carrier, orders.tracking_number)
        IS DISTINCT FROM (sent.shipped_at, sent.carrier, sent.tracking_number)
    OR (orders.status = 'delivered') <> (orders.delivered_at IS NOT NULL)
    OR orders.delivered_at IS DISTINCT FROM sent.actual_delivery
    OR orders.completed_at IS DISTINCT FROM orders.delivered_at)
"""


async def place(
    database: Database,
    status: str = "paid",
    *,
    user_id: UUID | None = None,
    token: str | None = None,
    lines: int = 1,
    **values: Any,
) -> UUID:
    """An order of some lines that has come to this status."""
    order, subtotal = uuid4(), Decimal("10.00") * lines
    row = {
        "id": order,
        "order_number": f"TEST-{order.hex[:12]}",
        "user_id": user_id,
        "email": None if user_id else f"Guest-{order.hex[:8]}@Example.org",
        "guest_token_hash": None if token is None else hash_of(token),
        "status": status,
        "payment_status": "paid" if status in _SETTLED else "pending",
        "subtotal": subtotal,
        "total": subtotal,
        "shipping_address": _ADDRESS,
        "billing_address": _ADDRESS,
        "created_at": PLACED,
        "updated_at": PLACED,
        **values,
    }
    path = PATHS[status]
    async with database.transaction() as transaction:
        await transaction.execute(insert(orders), [row])
        await transaction.execute(insert(order_items), [_line(order, place) for place in range(lines)])
        await transaction.execute(
            insert(order_status_history),
            [
                {"order_id": order, "old_status": old, "new_status": new, "changed_at": PLACED}
                for old, new in zip((None, *path), path, strict=False)
            ],
        )
    return order


async def imported(database: Database, status: str) -> UUID:
    """An order at any status, of which nothing is known but that: no shipment, no times."""
    return await place(database, status, admin_notes="as it was imported")


async def bought(shelves: Shelves, database: Database, *, quantity: int = 2, stock: int = 10) -> UUID:
    """A paid order whose units are committed to it."""
    item = await shelves.count(east=stock, backorder=True)
    order = await place(database)
    await shelves.reserve((item, quantity), order=order)
    await shelves.commit(order)
    return order


async def row_of(database: Database, order: UUID, columns: str = "*") -> dict[str, Any]:
    """The order's row."""
    (row,) = await rows(database, f"SELECT {columns} FROM orders WHERE id = '{order}'")  # noqa: S608  # our own words
    return row


async def steps_of(database: Database, order: UUID) -> list[tuple[str | None, str]]:
    """The changes of the order's status, oldest first."""
    found = await rows(
        database,
        f"SELECT old_status, new_status FROM order_status_history WHERE order_id = '{order}' "  # noqa: S608  # our own
        "ORDER BY changed_at, id",
    )
    return [(it["old_status"], it["new_status"]) for it in found]


async def told_of(database: Database, key: UUID) -> list[str]:
    """The events of an order or a coupon, oldest first."""
    found = await rows(
        database,
        f"SELECT event_type FROM domain_events WHERE aggregate_id = '{key}' ORDER BY sequence",  # noqa: S608  # our own
    )
    return [it["event_type"] for it in found]


async def rows(database: Database, query: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    async with database.connection() as connection:
        return [dict(row) for row in await connection.fetch(query)]


async def check(database: Database) -> None:
    """What must hold of all orders."""
    for promise in (_HISTORY_BREAKS, _SHIPMENTS_DIFFER):
        assert await rows(database, promise) == [], promise


def ids(orders_: Iterable[UUID]) -> list[str]:
    """The orders' global ids."""
    return [global_id("Order", order) for order in orders_]


def facts(order: Order) -> tuple[str, int]:
    """What tells whether an order has changed."""
    return order.status, order.version


_ADDRESS = {"street_address": "1 Way", "city": "Reno", "postal_code": "89501", "country": "US"}


def _line(order: UUID, place: int) -> dict[str, Any]:
    return {
        "order_id": order,
        "position": place,
        "product_id": "0" * 24,
        "product_variant_id": uuid4(),
        "sku": f"SKU-{place}",
        "product_name": f"Thing {place}",
        "price": Decimal("5.00"),
        "quantity": 2,
        "subtotal": Decimal("10.00"),
        "total": Decimal("10.00"),
    }
