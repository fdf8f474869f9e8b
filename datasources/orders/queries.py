"""Lists of orders across all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.listings import count_of_rows, page_of_rows
from datasources.orders import statements

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.orders.records import Order, OrderFilter


async def page_of_orders(
    database: Database,
    *,
    wanted: OrderFilter,
    order: ListOrder,
    window: Window,
    read: frozenset[str] | None = None,
) -> Page[Order]:
    """A window of the orders that pass the filter; only the attributes in `read` will be read, where it is given.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the order database is down.
    """
    return await page_of_rows(database, statements.listed(read), wanted=wanted, order=order, window=window)


async def count_orders(database: Database, *, wanted: OrderFilter) -> int:
    """How many orders pass the filter.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    return await count_of_rows(database, statements.LISTED, wanted=wanted)
