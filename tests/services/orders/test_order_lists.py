"""Lists of the demo shop's orders, held against plain SQL: every filter, every order, and windows without a gap."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from datasources.core.errors import InvalidCursor
from datasources.core.paging import Slice, Window
from datasources.orders.loaders import OrderLoaders
from datasources.orders.queries import count_orders, page_of_orders
from datasources.orders.records import OrderFilter
from datasources.orders.statements import NEWEST, OLDEST, TOTAL_ASC, TOTAL_DESC
from tests.services.walking import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.core.paging import Order, Page
    from datasources.orders import records

SPRING, SUMMER = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)

SORTED = [
    (NEWEST, "created_at DESC, id DESC"),
    (OLDEST, "created_at, id"),
    (TOTAL_DESC, "total DESC, id DESC"),
    (TOTAL_ASC, "total, id"),
]
FILTERED = [
    (OrderFilter(), "true"),
    (OrderFilter(statuses=("pending", "shipped")), "status IN ('pending', 'shipped')"),
    (OrderFilter(statuses=()), "false"),
    (OrderFilter(payment_statuses=("failed",)), "payment_status = 'failed'"),
    (
        OrderFilter(placed_from=SPRING, placed_before=SUMMER),
        f"created_at >= '{SPRING}' AND created_at < '{SUMMER}'",
    ),
    (OrderFilter(total_from=Decimal(100), total_to=Decimal("250.50")), "total BETWEEN 100 AND 250.50"),
    (OrderFilter(statuses=("delivered",), total_from=Decimal(500)), "status = 'delivered' AND total >= 500"),
]


async def selected(shop: Connections, where: str, sort: str = "id") -> list[UUID]:
    async with shop.orders.connection() as sql:
        rows = await sql.fetch(f"SELECT id FROM orders WHERE {where} ORDER BY {sort}")  # noqa: S608  # our own words
    return [row["id"] for row in rows]


async def customer(shop: Connections) -> UUID:
    """The customer with the most orders."""
    async with shop.orders.connection() as sql:
        owner: UUID = await sql.fetchval(
            "SELECT user_id FROM orders WHERE user_id IS NOT NULL GROUP BY user_id ORDER BY count(*) DESC LIMIT 1"
        )
    return owner


@pytest.mark.parametrize(("wanted", "where"), FILTERED, ids=str)
async def test_a_filter_leaves_and_counts_what_passes_it(
    connections: Connections, wanted: OrderFilter, where: str
) -> None:
    expected = await selected(connections, where, "created_at DESC, id DESC")
    found = await page_of_orders(connections.orders, wanted=wanted, order=NEWEST, window=Window(size=100))
    assert [order.id for order in found.items] == expected[:100]
    assert found.has_next_page == (len(expected) > 100)
    assert await count_orders(connections.orders, wanted=wanted) == len(expected)


@pytest.mark.parametrize(("order", "sort"), SORTED, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("backwards", [False, True])
async def test_windows_follow_each_other(
    connections: Connections, order: Order, sort: str, backwards: bool
) -> None:
    wanted = OrderFilter(statuses=("pending", "confirmed"))
    expected = await selected(connections, "status IN ('pending', 'confirmed')", sort)
    assert len(expected) > 14

    def fetch(window: Window) -> Awaitable[Page[records.Order]]:
        return page_of_orders(connections.orders, wanted=wanted, order=order, window=window)

    assert [each.id for each in await walk(fetch, size=7, backwards=backwards)] == expected


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_customers_windows_and_counts(connections: Connections, backwards: bool) -> None:
    owner = await customer(connections)
    wanted = OrderFilter(statuses=("delivered",))
    where = f"user_id = '{owner}' AND status = 'delivered'"
    expected = await selected(connections, where, "created_at DESC, id DESC")
    assert len(expected) > 5
    loaders = OrderLoaders(connections.orders)
    window = Window(size=5, backwards=backwards)
    found = await loaders.by_user.load(Slice(parent=owner, filter=wanted, window=window))
    assert [order.id for order in found.items] == (expected[-5:] if backwards else expected[:5])
    assert await loaders.count_by_user.load((owner, wanted)) == len(expected)


async def test_the_owner_is_a_filter_of_the_whole_list(connections: Connections) -> None:
    owner = await customer(connections)
    wanted = OrderFilter(user_id=owner)
    assert await count_orders(connections.orders, wanted=wanted) == len(
        await selected(connections, f"user_id = '{owner}'")
    )


async def test_a_cursor_of_another_order_is_refused(connections: Connections) -> None:
    found = await page_of_orders(
        connections.orders, wanted=OrderFilter(), order=NEWEST, window=Window(size=1)
    )
    window = Window(cursor=found.end_cursor)
    with pytest.raises(InvalidCursor):
        await page_of_orders(connections.orders, wanted=OrderFilter(), order=TOTAL_ASC, window=window)
