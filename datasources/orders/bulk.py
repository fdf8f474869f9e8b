"""Loads many orders and coupons into OrderDb at once; those that are already there are left as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from datasources.core.bulk import copy_missing, copy_rows, those_missing
from datasources.orders import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]


class OrderRow(TypedDict):
    """A row of orders."""

    id: UUID
    order_number: str
    user_id: UUID | None
    email: str
    guest_token_hash: str | None
    status: str
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping_cost: Decimal
    total: Decimal
    refunded_amount: Decimal
    currency: str
    coupon_code: str | None
    coupon_discount: Decimal
    shipping_address: dict[str, str | None]
    billing_address: dict[str, str | None]
    shipping_method: str
    tracking_number: str | None
    carrier: str | None
    estimated_delivery_date: date
    actual_delivery_date: date | None
    payment_method: str
    payment_status: str
    payment_id: UUID
    customer_notes: str | None
    source: str
    cancellation_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    completed_at: datetime | None


class OrderItemRow(TypedDict):
    """A row of order_items."""

    id: UUID
    order_id: UUID
    position: int
    product_id: str
    product_variant_id: UUID
    sku: str
    product_name: str
    variant_name: str | None
    product_image: str
    price: Decimal
    quantity: int
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    currency: str
    attributes: dict[str, str]
    returned_quantity: int
    refunded_quantity: int
    refunded_amount: Decimal
    created_at: datetime


class StatusRow(TypedDict):
    """A row of order_status_history."""

    order_id: UUID
    old_status: str | None
    new_status: str
    notes: str | None
    changed_by: UUID | None
    changed_at: datetime


class ShippingRow(TypedDict):
    """A row of shipping_info."""

    id: UUID
    order_id: UUID
    carrier: str
    tracking_number: str
    shipping_method: str
    shipped_at: datetime
    estimated_delivery: datetime
    actual_delivery: datetime | None
    tracking_url: str
    tracking_updates: list[dict[str, str]]
    created_at: datetime
    updated_at: datetime


class DiscountRow(TypedDict):
    """A row of order_discounts."""

    id: UUID
    order_id: UUID
    discount_type: str
    discount_code: str | None
    discount_name: str
    discount_amount: Decimal
    currency: str
    created_at: datetime


class RedemptionRow(TypedDict):
    """A row of coupon_redemptions."""

    id: UUID
    coupon_id: UUID
    order_id: UUID
    user_id: UUID | None
    email: str
    amount: Decimal
    currency: str
    created_at: datetime
    released_at: datetime | None


class CouponRow(TypedDict):
    """A row of coupons."""

    id: UUID
    code: str
    description: str
    discount_type: str
    discount_value: Decimal
    min_order_amount: Decimal | None
    max_discount_amount: Decimal | None
    currency: str
    usage_limit: int | None
    usage_count: int
    per_user_limit: int | None
    is_active: bool
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """An order with all that belongs to it."""

    order: OrderRow
    items: Sequence[OrderItemRow]
    history: Sequence[StatusRow]
    shipping: ShippingRow | None
    discounts: Sequence[DiscountRow]
    redemption: RedemptionRow | None


async def copy_coupons(connection: Connection, coupons: Sequence[CouponRow]) -> int:
    """Add the coupons that are missing, in one transaction; tell how many they were.

    Raises:
        asyncpg.UniqueViolationError: the code of one belongs to another coupon.
    """
    return await copy_missing(connection, tables.coupons, coupons)


async def copy_orders(connection: Connection, orders: Sequence[BulkOrder]) -> int:
    """Add the orders that are missing, in one transaction; tell how many they were.

    Their coupons must be there. The coupons' usage counts are not touched.

    Raises:
        asyncpg.UniqueViolationError: the number of one belongs to another order.
    """
    async with connection.transaction():
        missing = await those_missing(connection, tables.orders, orders, lambda each: each.order["id"])
        await copy_rows(connection, tables.orders, [each.order for each in missing])
        await copy_rows(connection, tables.order_items, [row for each in missing for row in each.items])
        await copy_rows(
            connection, tables.order_status_history, [row for each in missing for row in each.history]
        )
        await copy_rows(
            connection, tables.shipping_info, [each.shipping for each in missing if each.shipping]
        )
        await copy_rows(
            connection, tables.order_discounts, [row for each in missing for row in each.discounts]
        )
        await copy_rows(
            connection, tables.coupon_redemptions, [each.redemption for each in missing if each.redemption]
        )
    return len(missing)


async def reserve_order_numbers(connection: Connection, *, below: int) -> None:
    """Let numbers of new orders start at `below` or later; they never go back."""
    await connection.execute(
        "SELECT setval('order_numbers', $1, false) FROM order_numbers WHERE last_value < $1", below
    )
