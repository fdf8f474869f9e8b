"""What a coupon takes off, and why it does not (seed 000: coupons)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from datasources.core.money import NOTHING, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from datasources.orders.records import Coupon

CouponRefusal = Literal[
    "unknown",
    "inactive",
    "not_yet_valid",
    "expired",
    "other_currency",
    "minimum_not_met",
    "used_up",
    "used_by_you",
]
"""Why a coupon does not count. That somebody has used it too often is known only where the order is written."""

WORDS: dict[CouponRefusal, str] = {
    "unknown": "There is no such coupon.",
    "inactive": "This coupon is no longer given out.",
    "not_yet_valid": "This coupon is not valid yet.",
    "expired": "This coupon has expired.",
    "other_currency": "This coupon is for another currency.",
    "minimum_not_met": "The cart is worth less than this coupon asks for.",
    "used_up": "This coupon has been used up.",
    "used_by_you": "You have used this coupon as often as you may.",
}


def refusal_of(
    coupon: Coupon | None, *, subtotal: Decimal, currency: str, now: datetime
) -> CouponRefusal | None:
    """Why a coupon does not count for goods worth `subtotal` before any discount; None if it does."""
    if coupon is None:
        return "unknown"
    checks: tuple[tuple[CouponRefusal, bool], ...] = (
        ("inactive", not coupon.is_active),
        ("not_yet_valid", now < coupon.valid_from),
        ("expired", now >= coupon.valid_until),
        ("other_currency", coupon.currency != currency),
        ("used_up", coupon.usage_limit is not None and coupon.usage_count >= coupon.usage_limit),
        ("minimum_not_met", subtotal < (coupon.min_order_amount or NOTHING)),
    )
    return next((refusal for refusal, holds in checks if holds), None)


def discount_of(coupon: Coupon, subtotal: Decimal) -> Decimal:
    """What a coupon takes off `subtotal`: never more than it, nor than the coupon's own maximum."""
    off = rounded(subtotal * coupon.value / Decimal(100)) if coupon.kind == "percentage" else coupon.value
    most = subtotal if coupon.max_discount_amount is None else min(subtotal, coupon.max_discount_amount)
    return min(off, most)


def discounts_of(coupons: Sequence[Coupon], subtotal: Decimal) -> tuple[Decimal, ...]:
    """What several coupons take off, each of what those before it have left."""
    left = subtotal
    taken = []
    for coupon in coupons:
        off = discount_of(coupon, left)
        taken.append(off)
        left -= off
    return tuple(taken)
