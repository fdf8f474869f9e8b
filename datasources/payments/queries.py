"""Lists of payments and refunds across all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.listings import count_of_rows, page_of_rows
from datasources.payments import statements

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.payments.records import Payment, PaymentFilter, Refund, RefundFilter


async def page_of_payments(
    database: Database,
    *,
    wanted: PaymentFilter,
    order: ListOrder,
    window: Window,
    read: frozenset[str] | None = None,
) -> Page[Payment]:
    """A window of the payments that pass the filter; only the attributes in `read` will be read, where it is given.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the payment database is down.
    """
    return await page_of_rows(database, statements.listed(read), wanted=wanted, order=order, window=window)


async def count_payments(database: Database, *, wanted: PaymentFilter) -> int:
    """How many payments pass the filter.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    return await count_of_rows(database, statements.LISTED, wanted=wanted)


async def page_of_refunds(
    database: Database,
    *,
    wanted: RefundFilter,
    order: ListOrder,
    window: Window,
    read: frozenset[str] | None = None,
) -> Page[Refund]:
    """A window of the refunds that pass the filter; only the attributes in `read` will be read, where it is given.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the payment database is down.
    """
    return await page_of_rows(
        database, statements.refunds_listed(read), wanted=wanted, order=order, window=window
    )


async def count_refunds(database: Database, *, wanted: RefundFilter) -> int:
    """How many refunds pass the filter.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    return await count_of_rows(database, statements.REFUNDS_LISTED, wanted=wanted)
