"""Lists of orders across all customers, and of coupons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as SQLUUID

from datasources.core.databases import compile_statement
from datasources.core.listings import count_of_rows, page_of_rows
from datasources.orders import coupon_lists, statements
from datasources.orders.tables import order_items, orders

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.orders.records import Coupon, CouponFilter, Order, OrderFilter

_DELIVERED_WITH_PRODUCT = compile_statement(
    select(orders.c.id)
    .join(order_items, order_items.c.order_id == orders.c.id)
    .where(
        orders.c.user_id == bindparam("user_id", type_=SQLUUID),
        order_items.c.product_id == bindparam("product_id", type_=String),
        orders.c.delivered_at.is_not(None),
    )
    .order_by(orders.c.delivered_at, orders.c.id)
    .limit(literal_column("1"))
)


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


async def page_of_coupons(database: Database, *, wanted: CouponFilter, window: Window) -> Page[Coupon]:
    """A window of the coupons that pass the filter, the newest first.

    Raises:
        InvalidCursor: the cursor is not of this list.
        ServiceUnavailable: the order database is down.
    """
    rows, order = coupon_lists.COUPONS, coupon_lists.NEWEST_COUPONS
    return await page_of_rows(database, rows, wanted=wanted, order=order, window=window)


async def count_coupons(database: Database, *, wanted: CouponFilter) -> int:
    """How many coupons pass the filter.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    return await count_of_rows(database, coupon_lists.COUPONS, wanted=wanted)


async def find_delivered_order(database: Database, *, user_id: UUID, product_id: str) -> UUID | None:
    """The first order of the user with this product that was delivered; a later refund does not undo the purchase.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    rows = await database.fetch(_DELIVERED_WITH_PRODUCT, user_id=user_id, product_id=product_id)
    return rows[0]["id"] if rows else None
