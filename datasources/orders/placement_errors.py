"""What can stand in the way of placing an order, as far as the order service knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError
from datasources.orders.rules.coupons import WORDS

if TYPE_CHECKING:
    from datasources.orders.rules.coupons import CouponRefusal


class CouponRefused(DatasourceError):
    """A coupon does not count for this order; `reason` says why."""

    def __init__(self, code: str, reason: CouponRefusal) -> None:
        super().__init__(WORDS[reason])
        self.coupon_code = code
        self.reason = reason
