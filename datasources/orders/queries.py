"""Lists of orders across all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.filters import conditions_set
from datasources.core.paging import page, shape, window_parameters
from datasources.core.records import from_rows
from datasources.orders import statements
from datasources.orders.records import Order

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.orders.records import OrderFilter


async def page_of_orders(
    database: Database, *, wanted: OrderFilter, order: ListOrder, window: Window
) -> Page[Order]:
    """A window of the orders that pass the filter.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the order database is down.
    """
    conditions = conditions_set(wanted)
    statement = statements.page_of_orders(order, frozenset(conditions), shape(window))
    rows = await database.fetch(statement, **conditions, **window_parameters(order, window))
    return page(from_rows(Order, rows), window, order)


async def count_orders(database: Database, *, wanted: OrderFilter) -> int:
    """How many orders pass the filter.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    conditions = conditions_set(wanted)
    rows = await database.fetch(statements.count_of_orders(frozenset(conditions)), **conditions)
    return int(rows[0]["count"])
