"""The demo shop's coupons, and who has used them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import chance, money, share, uuid_for
from datasources.seeds.people import ORDERS_SINCE

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from datasources.orders.bulk import CouponRow

_SHARE_OF_ORDERS = 22
_YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon; sums are in cents."""

    id: UUID
    code: str
    description: str
    percent: Decimal | None = None
    fixed: int | None = None
    min_order: int | None = None
    max_discount: int | None = None
    usage_limit: int | None = None
    per_user_limit: int | None = 1
    is_active: bool = True
    valid_from: datetime
    valid_until: datetime

    def discount_on(self, subtotal: int) -> int:
        """What it takes off, in cents."""
        if self.percent is None:
            return min(self.fixed or 0, subtotal)
        off = share(subtotal, self.percent)
        return off if self.max_discount is None else min(off, self.max_discount)


class CouponBook:
    """A block's coupons and how often each was used, so that no limit is passed."""

    def __init__(self, block: int, now: datetime) -> None:
        self.coupons: Final = _make_coupons(block, now)
        self._used: Counter[UUID] = Counter()
        self._used_by: Counter[tuple[UUID, str]] = Counter()

    def offer(self, rng: Random, *, email: str, subtotal: int, at: datetime, kept: bool) -> Coupon | None:
        """Perhaps a coupon that this customer may use then; `kept` says that the order will not be cancelled."""
        if not chance(rng, _SHARE_OF_ORDERS):
            return None
        coupon = rng.choice(self.coupons)
        if not self._may_use(coupon, email=email, subtotal=subtotal, at=at):
            return None
        if kept:
            self._used[coupon.id] += 1
            self._used_by[coupon.id, email] += 1
        return coupon

    def make_rows(self) -> list[CouponRow]:
        """The coupons as they are after all these orders."""
        return [self._make_row(coupon) for coupon in self.coupons]

    def _may_use(self, coupon: Coupon, *, email: str, subtotal: int, at: datetime) -> bool:
        return (
            coupon.valid_from <= at <= coupon.valid_until
            and subtotal >= (coupon.min_order or 0)
            and subtotal > coupon.discount_on(subtotal)
            and (coupon.usage_limit is None or self._used[coupon.id] < coupon.usage_limit)
            and (coupon.per_user_limit is None or self._used_by[coupon.id, email] < coupon.per_user_limit)
        )

    def _make_row(self, coupon: Coupon) -> CouponRow:
        made = coupon.valid_from - timedelta(days=3)
        return {
            "id": coupon.id,
            "code": coupon.code,
            "description": coupon.description,
            "discount_type": "fixed" if coupon.percent is None else "percentage",
            "discount_value": money(coupon.fixed or 0) if coupon.percent is None else coupon.percent,
            "min_order_amount": None if coupon.min_order is None else money(coupon.min_order),
            "max_discount_amount": None if coupon.max_discount is None else money(coupon.max_discount),
            "currency": "USD",
            "usage_limit": coupon.usage_limit,
            "usage_count": self._used[coupon.id],
            "per_user_limit": coupon.per_user_limit,
            "is_active": coupon.is_active,
            "valid_from": coupon.valid_from,
            "valid_until": coupon.valid_until,
            "created_at": made,
            "updated_at": made,
        }


def _make_coupons(block: int, now: datetime) -> tuple[Coupon, ...]:
    """Valid, past, used up and switched off ones. A block has its own, so that their counts are its own, too."""

    def code(word: str) -> str:
        return word if block == 0 else f"{word}-{block + 1}"

    def key(word: str) -> UUID:
        return uuid_for("coupon", block, word)

    opened, later = now - ORDERS_SINCE, now + _YEARS

    def days_ago(days: int) -> datetime:
        return now - timedelta(days=days)

    return (
        Coupon(
            id=key("welcome"), code=code("WELCOME10"), description="10 % off the first order", percent=Decimal(10),
            valid_from=opened, valid_until=later,
        ),
        Coupon(
            id=key("save"), code=code("SAVE20"), description="20 dollars off orders from 150 dollars", fixed=2000,
            min_order=15000, per_user_limit=3, valid_from=opened, valid_until=later,
        ),
        Coupon(
            id=key("five"), code=code("FIVE"), description="5 dollars off orders from 30 dollars", fixed=500,
            min_order=3000, per_user_limit=None, valid_from=opened, valid_until=later,
        ),
        Coupon(
            id=key("vip"), code=code("VIP15"), description="15 % off, at most 60 dollars", percent=Decimal(15),
            min_order=10000, max_discount=6000, per_user_limit=5, valid_from=days_ago(365), valid_until=later,
        ),
        Coupon(
            id=key("summer"), code=code("SUMMER25"), description="Summer sale", percent=Decimal(25), max_discount=8000,
            valid_from=days_ago(240), valid_until=days_ago(180),
        ),
        Coupon(
            id=key("holiday"), code=code("HOLIDAY30"), description="Holiday sale", percent=Decimal(30),
            max_discount=9000, valid_from=days_ago(70), valid_until=days_ago(25),
        ),
        Coupon(
            id=key("first"), code=code("FIRST20"), description="For the first twenty", percent=Decimal(20),
            usage_limit=20, valid_from=opened, valid_until=later,
        ),
        Coupon(
            id=key("launch"), code=code("LAUNCH50"), description="Opening offer, withdrawn", percent=Decimal(50),
            max_discount=5000, is_active=False, valid_from=opened, valid_until=days_ago(500),
        ),
    )  # fmt: skip
