"""Orders that are about to be placed, with everything that they will keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.money import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from uuid import UUID

    from datasources.orders.records import OrderSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line with its snapshots; `discount` is the line's part of the order's."""

    product_id: str
    variant_id: UUID
    sku: str
    name: str
    variant_name: str | None
    image_url: str | None
    unit_price: Decimal
    quantity: int
    discount: Decimal
    attributes: Mapping[str, str]

    @property
    def subtotal(self) -> Decimal:
        """The price of all units."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponUse:
    """A coupon that the order redeems, and what it takes off."""

    coupon_id: UUID
    code: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order to be placed; amounts are in `currency`. Addresses hold the fields of `records.PostalAddress`.

    A guest has an `email` and no `user_id`; whoever shows the token with `guest_token_hash` may see the order.
    """

    id: UUID
    user_id: UUID | None
    email: str
    guest_token_hash: str | None
    source: OrderSource
    currency: str
    lines: tuple[LineDraft, ...]
    coupons: tuple[CouponUse, ...]
    tax: Decimal
    shipping_cost: Decimal
    shipping_method: str
    shipping_address: Mapping[str, str | None]
    billing_address: Mapping[str, str | None]
    customer_notes: str | None
    payment_id: UUID | None
    payment_method: str | None

    @property
    def subtotal(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.subtotal for line in self.lines), NOTHING)

    @property
    def discount(self) -> Decimal:
        """What the coupons take off."""
        return sum((use.amount for use in self.coupons), NOTHING)

    @property
    def total(self) -> Decimal:
        """The amount to pay."""
        return self.subtotal - self.discount + self.tax + self.shipping_cost
