"""What can stand in the way of cancelling an order, of returning its goods and of paying money back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.money import Money
    from datasources.orders.records import OrderStatus


class OrderNotCancellable(DatasourceError):
    """The order is at a stage, `status`, at which it cannot be cancelled, or not by whoever asks."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__(f"An order that is {status} cannot be cancelled.")
        self.status = status


class OrderNotRefundable(DatasourceError):
    """Nothing of the order can be paid back: it was not paid, or is at a stage at which it is not."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__(f"An order that is {status} cannot be refunded.")
        self.status = status


class ReturnWindowClosed(DatasourceError):
    """The goods were delivered too long ago to be sent back; `days` is how long one may."""

    def __init__(self, days: int) -> None:
        super().__init__(f"Goods can be sent back within {days} days after they were delivered.")
        self.days = days


class UnknownOrderItem(DatasourceError):
    """The order has no such line."""

    def __init__(self, item_id: UUID) -> None:
        super().__init__("The order has no such line.")
        self.item_id = item_id


class TooManyRefunded(DatasourceError):
    """More units of a line are to be paid back than are left; `refundable` says how many are."""

    def __init__(self, item_id: UUID, refundable: int) -> None:
        super().__init__(f"At most {refundable} units of this line can still be refunded.")
        self.item_id = item_id
        self.refundable = refundable


class RefundExceedsOrder(DatasourceError):
    """More money is to be paid back than is left; `refundable` says how much is."""

    def __init__(self, refundable: Money) -> None:
        super().__init__(f"At most {refundable.amount} {refundable.currency_code} can still be refunded.")
        self.refundable = refundable
