"""The order service's reads as SQL, each compiled once per shape."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Numeric, String, any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.databases import Statement, compile_statement
from datasources.core.filters import clauses
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, Window, limit_to_window, parse_decimal, parse_time, parse_uuid
from datasources.orders.tables import order_items, order_status_history, orders, shipping_info

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_KEYS = bindparam("keys", type_=ARRAY(UUID))

_ORDER = (
    orders.c.id,
    orders.c.order_number.label("number"),
    orders.c.user_id,
    orders.c.email,
    orders.c.status,
    orders.c.payment_status,
    orders.c.source,
    orders.c.currency,
    orders.c.subtotal,
    orders.c.discount,
    orders.c.tax,
    orders.c.shipping_cost,
    orders.c.total,
    orders.c.coupon_code,
    orders.c.shipping_address.label("shipping_snapshot"),
    orders.c.billing_address.label("billing_snapshot"),
    orders.c.shipping_method,
    orders.c.customer_notes,
    orders.c.created_at.label("placed_at"),
    orders.c.updated_at,
    orders.c.cancelled_at,
    orders.c.cancellation_reason,
    orders.c.completed_at,
)

BY_ID = compile_statement(select(*_ORDER).where(orders.c.id == any_(_KEYS)))

BY_NUMBER = compile_statement(
    select(*_ORDER).where(orders.c.order_number == any_(bindparam("keys", type_=ARRAY(String))))
)

ITEMS_BY_ORDER = compile_statement(
    select(
        order_items.c.id,
        order_items.c.order_id,
        order_items.c.product_id,
        order_items.c.product_variant_id.label("variant_id"),
        order_items.c.sku,
        order_items.c.product_name.label("name"),
        order_items.c.variant_name,
        order_items.c.product_image.label("image_url"),
        order_items.c.currency,
        order_items.c.price.label("unit_price"),
        order_items.c.quantity,
        order_items.c.subtotal,
        order_items.c.discount,
        order_items.c.total,
        order_items.c.attributes.label("attributes_snapshot"),
    )
    .where(order_items.c.order_id == any_(_KEYS))
    .order_by(order_items.c.order_id, order_items.c.position)
)

HISTORY_BY_ORDER = compile_statement(
    select(
        order_status_history.c.id,
        order_status_history.c.order_id,
        order_status_history.c.old_status,
        order_status_history.c.new_status,
        order_status_history.c.notes,
        order_status_history.c.changed_by,
        order_status_history.c.changed_at,
    )
    .where(order_status_history.c.order_id == any_(_KEYS))
    .order_by(order_status_history.c.order_id, order_status_history.c.changed_at, order_status_history.c.id)
)

SHIPMENT_BY_ORDER = compile_statement(
    select(
        shipping_info.c.id,
        shipping_info.c.order_id,
        shipping_info.c.carrier,
        shipping_info.c.tracking_number,
        shipping_info.c.tracking_url,
        shipping_info.c.shipping_method,
        shipping_info.c.shipped_at,
        shipping_info.c.estimated_delivery,
        shipping_info.c.actual_delivery,
        shipping_info.c.tracking_updates.label("tracking_snapshot"),
    ).where(shipping_info.c.order_id == any_(_KEYS))
)

_PLACED = SortKey(column="created_at", parse=parse_time, value=attrgetter("placed_at"))
_TOTAL = SortKey(column="total", parse=parse_decimal, value=attrgetter("total"))
_ID = SortKey(column="id", parse=parse_uuid, value=attrgetter("id"))

NEWEST = ListOrder(name="newest", keys=(_PLACED, _ID), descending=True)
OLDEST = ListOrder(name="oldest", keys=(_PLACED, _ID), descending=False)
TOTAL_DESC = ListOrder(name="total_desc", keys=(_TOTAL, _ID), descending=True)
TOTAL_ASC = ListOrder(name="total_asc", keys=(_TOTAL, _ID), descending=False)
ORDERS = {order.name: order for order in (NEWEST, OLDEST, TOTAL_DESC, TOTAL_ASC)}

_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "statuses": orders.c.status == any_(bindparam("statuses", type_=ARRAY(String))),
    "payment_statuses": orders.c.payment_status == any_(bindparam("payment_statuses", type_=ARRAY(String))),
    "placed_from": orders.c.created_at >= bindparam("placed_from", type_=DateTime(timezone=True)),
    "placed_before": orders.c.created_at < bindparam("placed_before", type_=DateTime(timezone=True)),
    "total_from": orders.c.total >= bindparam("total_from", type_=Numeric()),
    "total_to": orders.c.total <= bindparam("total_to", type_=Numeric()),
    "user_id": orders.c.user_id == bindparam("user_id", type_=UUID),
}


@lru_cache(maxsize=256)
def page_of_orders(order: ListOrder, conditions: frozenset[str], shape: Window) -> Statement:
    """One window of all orders that meet the conditions."""
    statement = select(*_ORDER).where(*clauses(conditions, _CONDITIONS))
    return compile_statement(limit_to_window(statement, _columns(order), order, shape))


@lru_cache(maxsize=256)
def pages_by_user(order: ListOrder, conditions: frozenset[str], shape: Window) -> Statement:
    """The same window of each user's orders, by an index scan per user that stops at the window's end."""
    users = func.unnest(_KEYS).table_valued("key", name="users").render_derived()
    statement = select(*_ORDER).where(orders.c.user_id == users.c.key, *clauses(conditions, _CONDITIONS))
    window = limit_to_window(statement, _columns(order), order, shape).lateral("page")
    return compile_statement(select(window).select_from(users).join(window, true()))


@lru_cache(maxsize=256)
def count_of_orders(conditions: frozenset[str]) -> Statement:
    """How many orders meet the conditions."""
    return compile_statement(
        select(func.count().label("count")).select_from(orders).where(*clauses(conditions, _CONDITIONS))
    )


@lru_cache(maxsize=256)
def counts_by_user(conditions: frozenset[str]) -> Statement:
    """How many orders of each user meet the conditions."""
    return compile_statement(
        select(orders.c.user_id, func.count().label("count"))
        .where(orders.c.user_id == any_(_KEYS), *clauses(conditions, _CONDITIONS))
        .group_by(orders.c.user_id)
    )


def _columns(order: ListOrder) -> tuple[ColumnElement[Any], ...]:
    return tuple(orders.c[key.column] for key in order.keys)
