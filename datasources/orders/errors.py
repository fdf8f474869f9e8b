"""What commands on orders and coupons refuse, each as an error that carries its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from datasources.orders.records import OrderStatus, PaymentStatus


class UnknownOrder(DatasourceError):
    """There is no order with this id."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__("There is no such order.")
        self.order_id = order_id


class WrongStatus(DatasourceError):
    """The order is not in a status from which this can be done; `status` is its own, `wanted` are those."""

    def __init__(self, status: OrderStatus, wanted: Sequence[OrderStatus]) -> None:
        super().__init__(f"This can be done to an order that is {' or '.join(wanted)}; this one is {status}.")
        self.status = status
        self.wanted = tuple(wanted)


class NotPaid(DatasourceError):
    """Goods go out for money alone; `payment_status` says how the order's payment stands."""

    def __init__(self, payment_status: PaymentStatus) -> None:
        super().__init__(f"An order is shipped when it is paid; the payment of this one is {payment_status}.")
        self.payment_status = payment_status


class TooManyTrackingUpdates(DatasourceError):
    """The order's shipment has as many messages of its carrier as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A shipment can have at most {most} tracking updates.")
        self.most = most


class UnknownCoupon(DatasourceError):
    """There is no coupon with this id."""

    def __init__(self, coupon_id: UUID) -> None:
        super().__init__("There is no such coupon.")
        self.coupon_id = coupon_id


class CouponCodeTaken(DatasourceError):
    """The code belongs to another coupon, or to one that is not given out any more."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is another coupon with the code {code}.")
        self.coupon_code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponProblem:
    """What is wrong with a value of a coupon; `at` is the value's name."""

    at: str
    message: str


class InvalidCoupon(DatasourceError):
    """The coupon would be none that the shop can give out: everything that is wrong with it is in `problems`."""

    def __init__(self, problems: Iterable[CouponProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.at}: {problem.message}" for problem in self.problems))
