"""What the order service gives out: orders with the snapshots they were placed with, their history and shipment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from uuid import UUID

OrderStatus = Literal[
    "pending", "confirmed", "paid", "processing", "shipped", "delivered", "cancelled", "refunded"
]
PaymentStatus = Literal[
    "pending", "authorized", "paid", "partially_refunded", "refunded", "failed", "cancelled"
]
OrderSource = Literal["web", "mobile", "admin"]
CouponKind = Literal["percentage", "fixed"]
DiscountKind = Literal["coupon", "promotion", "loyalty"]


@row_record
class PostalAddress:
    """An address as it was when the order was placed."""

    recipient_name: str | None
    phone: str | None
    street_address: str
    apartment: str | None
    city: str
    state_province: str | None
    postal_code: str
    country: str


@row_record
class Order:
    """An order. Amounts are in `currency`; the addresses are snapshots, parsed when they are read."""

    id: UUID
    number: str
    user_id: UUID | None
    email: str | None
    status: OrderStatus
    payment_status: PaymentStatus
    source: OrderSource
    currency: str
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping_cost: Decimal
    total: Decimal
    refunded_amount: Decimal
    coupon_code: str | None
    shipping_snapshot: Mapping[str, Any]
    billing_snapshot: Mapping[str, Any]
    shipping_method: str | None
    customer_notes: str | None
    admin_notes: str | None
    placed_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    completed_at: datetime | None
    version: int

    @property
    def shipping_address(self) -> PostalAddress:
        """Where the goods go."""
        return _postal_address(self.shipping_snapshot)

    @property
    def billing_address(self) -> PostalAddress:
        """Where the invoice goes."""
        return _postal_address(self.billing_snapshot)


@row_record
class ItemAttribute:
    """A quality of a product as it was when it was ordered, such as its colour."""

    name: str
    value: str


@row_record
class OrderItem:
    """One line of an order, with name, price and attributes as they were (000: order_items)."""

    id: UUID
    order_id: UUID
    product_id: str
    variant_id: UUID
    sku: str
    name: str
    variant_name: str | None
    image_url: str | None
    currency: str
    unit_price: Decimal
    quantity: int
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    attributes_snapshot: Mapping[str, str] | None
    returned_quantity: int
    refunded_quantity: int
    refunded_amount: Decimal

    @property
    def attributes(self) -> tuple[ItemAttribute, ...]:
        """The chosen qualities, such as size and colour."""
        return tuple(
            ItemAttribute(name=name, value=value) for name, value in (self.attributes_snapshot or {}).items()
        )


@row_record
class OrderStatusChange:
    """One step of an order's life."""

    id: int
    order_id: UUID
    old_status: OrderStatus | None
    new_status: OrderStatus
    notes: str | None
    changed_by: UUID | None
    changed_at: datetime


@row_record
class TrackingUpdate:
    """One message of the carrier."""

    status: str
    location: str | None
    message: str | None
    occurred_at: datetime


@row_record
class Shipment:
    """How an order travels (000: shipping_info)."""

    id: UUID
    order_id: UUID
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    shipping_method: str | None
    shipped_at: datetime | None
    estimated_delivery: datetime | None
    actual_delivery: datetime | None
    tracking_snapshot: tuple[Mapping[str, Any], ...] | None

    @property
    def tracking_updates(self) -> tuple[TrackingUpdate, ...]:
        """The carrier's messages, oldest first."""
        return tuple(tracking_update_from(update) for update in self.tracking_snapshot or ())


@row_record
class OrderDiscount:
    """A part of an order's discount, and what gave it (000: order_discounts)."""

    id: UUID
    order_id: UUID
    kind: DiscountKind
    code: str | None
    name: str
    amount: Decimal
    currency: str


@row_record
class Coupon:
    """A code that takes something off an order (000: coupons).

    `value` is per cent for `percentage` and an amount in `currency` for `fixed`. A limit that is None does not bind;
    `usage_count` is of orders that still use it.
    """

    id: UUID
    code: str
    description: str | None
    kind: CouponKind
    value: Decimal
    currency: str
    min_order_amount: Decimal | None
    max_discount_amount: Decimal | None
    usage_limit: int | None
    usage_count: int
    per_user_limit: int | None
    is_active: bool
    valid_from: datetime
    valid_until: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def percent(self) -> Decimal | None:
        """How much per cent it takes off, if it takes off a share."""
        return self.value if self.kind == "percentage" else None

    @property
    def amount(self) -> Decimal | None:
        """How much it takes off in `currency`, if that is the same for every order."""
        return self.value if self.kind == "fixed" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders a list holds; what is None does not matter."""

    statuses: tuple[str, ...] | None = None
    payment_statuses: tuple[str, ...] | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    user_id: UUID | None = None
    number: str | None = None
    email: str | None = None
    """In any case."""
    sources: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFilter:
    """Which coupons a list holds; what is None does not matter."""

    is_active: bool | None = None
    kinds: tuple[str, ...] | None = None
    valid_at: datetime | None = None
    code: str | None = None


def tracking_update_from(snapshot: Mapping[str, Any]) -> TrackingUpdate:
    """The carrier's message that `shipping_info.tracking_updates` keeps like this."""
    return TrackingUpdate(
        status=snapshot["status"],
        location=snapshot.get("location"),
        message=snapshot.get("message"),
        occurred_at=datetime.fromisoformat(snapshot["occurred_at"]),
    )


def _postal_address(snapshot: Mapping[str, Any]) -> PostalAddress:
    return PostalAddress(
        recipient_name=snapshot.get("recipient_name"),
        phone=snapshot.get("phone"),
        street_address=snapshot["street_address"],
        apartment=snapshot.get("apartment"),
        city=snapshot["city"],
        state_province=snapshot.get("state_province"),
        postal_code=snapshot["postal_code"],
        country=snapshot["country"],
    )
