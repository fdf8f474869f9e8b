"""Lists of payments across all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.filters import conditions_set
from datasources.core.paging import page, shape, window_parameters
from datasources.core.records import from_rows
from datasources.payments import statements
from datasources.payments.records import Payment

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.payments.records import PaymentFilter


async def page_of_payments(
    database: Database, *, wanted: PaymentFilter, order: ListOrder, window: Window
) -> Page[Payment]:
    """A window of the payments that pass the filter.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the payment database is down.
    """
    conditions = conditions_set(wanted)
    statement = statements.page_of_payments(order, frozenset(conditions), shape(window))
    rows = await database.fetch(statement, **conditions, **window_parameters(order, window))
    return page(from_rows(Payment, rows), window, order)


async def count_payments(database: Database, *, wanted: PaymentFilter) -> int:
    """How many payments pass the filter.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    conditions = conditions_set(wanted)
    rows = await database.fetch(statements.count_of_payments(frozenset(conditions)), **conditions)
    return int(rows[0]["count"])
