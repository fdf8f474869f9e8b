"""The order service's reads as SQL, each compiled once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Numeric, String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.databases import compile_statement
from datasources.core.listings import RowList
from datasources.core.narrowing import MOST_READS, narrowed
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_decimal, parse_time, parse_uuid
from datasources.orders.records import Order
from datasources.orders.tables import (
    coupons,
    order_discounts,
    order_items,
    order_status_history,
    orders,
    shipping_info,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from datasources.core.databases import Statement

_KEYS = bindparam("keys", type_=ARRAY(UUID))

_ORDER_ALWAYS = frozenset({"id", "number", "user_id", "status", "total", "currency", "placed_at"})
_ORDER_BEHIND = {"shipping_address": "shipping_snapshot", "billing_address": "billing_snapshot"}
ORDER = (
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
    orders.c.refunded_amount,
    orders.c.coupon_code,
    orders.c.shipping_address.label("shipping_snapshot"),
    orders.c.billing_address.label("billing_snapshot"),
    orders.c.shipping_method,
    orders.c.customer_notes,
    orders.c.admin_notes,
    orders.c.created_at.label("placed_at"),
    orders.c.updated_at,
    orders.c.shipped_at,
    orders.c.delivered_at,
    orders.c.cancelled_at,
    orders.c.cancellation_reason,
    orders.c.completed_at,
    orders.c.version,
)

_ITEM_ALWAYS = frozenset({"id", "order_id", "product_id", "variant_id"})
_ITEM_BEHIND = {"attributes": "attributes_snapshot"}
_ITEM = (
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
    order_items.c.returned_quantity,
    order_items.c.refunded_quantity,
    order_items.c.refunded_amount,
)


@lru_cache(MOST_READS)
def by_id(read: frozenset[str] | None) -> Statement:
    """Orders by their ids."""
    return compile_statement(select(*_order(read)).where(orders.c.id == any_(_KEYS)))


@lru_cache(MOST_READS)
def by_number(read: frozenset[str] | None) -> Statement:
    """Orders by their numbers."""
    numbers = bindparam("keys", type_=ARRAY(String))
    return compile_statement(select(*_order(read)).where(orders.c.order_number == any_(numbers)))


@lru_cache(MOST_READS)
def by_guest_token(read: frozenset[str] | None) -> Statement:
    """Guests' orders by the hashes of their tokens, with the hash of each."""
    hashes = bindparam("keys", type_=ARRAY(String))
    columns = (orders.c.guest_token_hash, *_order(read))
    return compile_statement(select(*columns).where(orders.c.guest_token_hash == any_(hashes)))


@lru_cache(MOST_READS)
def items_by_order(read: frozenset[str] | None) -> Statement:
    """Orders' lines, in the order in which they were added."""
    columns = narrowed(_ITEM, read, always=_ITEM_ALWAYS, behind=_ITEM_BEHIND)
    items = select(*columns).where(order_items.c.order_id == any_(_KEYS))
    return compile_statement(items.order_by(order_items.c.order_id, order_items.c.position))


def _order(read: frozenset[str] | None) -> tuple[ColumnElement[Any], ...]:
    return narrowed(ORDER, read, always=_ORDER_ALWAYS, behind=_ORDER_BEHIND)


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

DISCOUNTS_BY_ORDER = compile_statement(
    select(
        order_discounts.c.id,
        order_discounts.c.order_id,
        order_discounts.c.discount_type.label("kind"),
        order_discounts.c.discount_code.label("code"),
        order_discounts.c.discount_name.label("name"),
        order_discounts.c.discount_amount.label("amount"),
        order_discounts.c.currency,
    )
    .where(order_discounts.c.order_id == any_(_KEYS))
    .order_by(order_discounts.c.order_id, order_discounts.c.created_at, order_discounts.c.id)
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

COUPON = (
    coupons.c.id,
    coupons.c.code,
    coupons.c.description,
    coupons.c.discount_type.label("kind"),
    coupons.c.discount_value.label("value"),
    coupons.c.currency,
    coupons.c.min_order_amount,
    coupons.c.max_discount_amount,
    coupons.c.usage_limit,
    coupons.c.usage_count,
    coupons.c.per_user_limit,
    coupons.c.is_active,
    coupons.c.valid_from,
    coupons.c.valid_until,
    coupons.c.version,
    coupons.c.created_at,
    coupons.c.updated_at,
)

COUPON_BY_ID = compile_statement(select(*COUPON).where(coupons.c.id == any_(_KEYS)))

COUPON_BY_CODE = compile_statement(
    select(*COUPON).where(coupons.c.code == any_(bindparam("keys", type_=ARRAY(String))))
)

_PLACED = SortKey(column="created_at", parse=parse_time, value=attrgetter("placed_at"))
_TOTAL = SortKey(column="total", parse=parse_decimal, value=attrgetter("total"))
_ID = SortKey(column="id", parse=parse_uuid, value=attrgetter("id"))

NEWEST = ListOrder(name="newest", keys=(_PLACED, _ID), descending=True)
OLDEST = ListOrder(name="oldest", keys=(_PLACED, _ID), descending=False)
TOTAL_DESC = ListOrder(name="total_desc", keys=(_TOTAL, _ID), descending=True)
TOTAL_ASC = ListOrder(name="total_asc", keys=(_TOTAL, _ID), descending=False)
ORDERS = {order.name: order for order in (NEWEST, OLDEST, TOTAL_DESC, TOTAL_ASC)}

LISTED = RowList(
    record=Order,
    table=orders,
    columns=ORDER,
    conditions={
        "statuses": orders.c.status == any_(bindparam("statuses", type_=ARRAY(String))),
        "payment_statuses": orders.c.payment_status
        == any_(bindparam("payment_statuses", type_=ARRAY(String))),
        "placed_from": orders.c.created_at >= bindparam("placed_from", type_=DateTime(timezone=True)),
        "placed_before": orders.c.created_at < bindparam("placed_before", type_=DateTime(timezone=True)),
        "total_from": orders.c.total >= bindparam("total_from", type_=Numeric()),
        "total_to": orders.c.total <= bindparam("total_to", type_=Numeric()),
        "user_id": orders.c.user_id == bindparam("user_id", type_=UUID),
        "number": orders.c.order_number == bindparam("number", type_=String),
        # As idx_orders_email has it.
        "email": func.lower(orders.c.email) == func.lower(bindparam("email", type_=String)),
        "sources": orders.c.source == any_(bindparam("sources", type_=ARRAY(String))),
    },
)


@lru_cache(MOST_READS)
def listed(read: frozenset[str] | None) -> RowList[Order]:
    """Lists of orders of which just these attributes will be read."""
    return replace(LISTED, columns=_order(read))
