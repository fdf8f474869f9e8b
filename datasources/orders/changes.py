"""What callers want done with orders and coupons: how an order is shipped, and new or changed coupons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from datasources.orders.records import CouponKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipment:
    """How an order is handed to its carrier.

    Where there is no `shipping_method` or no `estimated_delivery`, those are taken that the order was placed with.
    """

    carrier: str
    tracking_number: str
    tracking_url: str | None = None
    shipping_method: str | None = None
    estimated_delivery: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """A coupon to be given out.

    `value` is per cent for `percentage` and an amount in `currency` for `fixed`; so are the other amounts. A limit that
    is None does not bind. It counts from `valid_from` on, and no more at `valid_until`.
    """

    code: str
    description: str | None = None
    kind: CouponKind
    value: Decimal
    currency: str = "USD"
    min_order_amount: Decimal | None = None
    max_discount_amount: Decimal | None = None
    usage_limit: int | None = None
    per_user_limit: int | None = 1
    is_active: bool = True
    valid_from: datetime
    valid_until: datetime


class CouponChanges(TypedDict, total=False):
    """What of a coupon is to change. What is left out stays.

    Its code and currency stay for good: carts and orders know it by its code.
    """

    description: str | None
    kind: CouponKind
    value: Decimal
    min_order_amount: Decimal | None
    max_discount_amount: Decimal | None
    usage_limit: int | None
    per_user_limit: int | None
    is_active: bool
    valid_from: datetime
    valid_until: datetime
