"""What commands on payments refuse, each as an error that carries its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from datasources.core.money import Money
    from datasources.payments.records import PaymentState, RefundStatus


class InvalidAmount(DatasourceError):
    """A sum that cannot be paid: nothing or less, too much, or of smaller parts than two decimal places."""

    def __init__(self, amount: Decimal) -> None:
        super().__init__(f"{amount} is not a sum that can be paid.")
        self.amount = amount


class UnknownPayment(DatasourceError):
    """There is no payment with this id."""

    def __init__(self, payment_id: UUID) -> None:
        super().__init__("There is no such payment.")
        self.payment_id = payment_id


class PaymentNotAuthorized(DatasourceError):
    """A payment was to be captured that nobody has authorised yet; `status` is what it is in."""

    def __init__(self, status: PaymentState) -> None:
        super().__init__(f"A payment that is {status} cannot be captured.")
        self.status = status


class AnswerMismatch(DatasourceError):
    """A provider speaks of another sum than it was asked for, so nothing was recorded: somebody has to look at it."""

    def __init__(self, payment_id: UUID, *, expected: Money, told: Money) -> None:
        super().__init__(
            f"The payment {payment_id} is of {expected.amount} {expected.currency_code}, "
            f"but its provider says {told.amount} {told.currency_code}."
        )
        self.payment_id = payment_id
        self.expected = expected
        self.told = told


class PaymentNotRefundable(DatasourceError):
    """Nothing was captured that could be paid back; `status` is what the payment is in."""

    def __init__(self, status: PaymentState) -> None:
        super().__init__(f"A payment that is {status} cannot be refunded.")
        self.status = status


class RefundTooLarge(DatasourceError):
    """More was to be paid back than was captured and is not on its way back already; `refundable` says how much may."""

    def __init__(self, refundable: Money) -> None:
        super().__init__(
            f"At most {refundable.amount} {refundable.currency_code} of this payment can still be refunded."
        )
        self.refundable = refundable


class WrongCurrency(DatasourceError):
    """A payment is paid back in the currency that it was made in, which `currency` names."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"This payment was made in {currency}.")
        self.currency = currency


class UnknownRefund(DatasourceError):
    """There is no refund with this id."""

    def __init__(self, refund_id: UUID) -> None:
        super().__init__("There is no such refund.")
        self.refund_id = refund_id


class RefundNotPending(DatasourceError):
    """A refund was decided on already; `status` is what it is in."""

    def __init__(self, status: RefundStatus) -> None:
        super().__init__(f"This refund is {status} already.")
        self.status = status


class RefundNotApproved(DatasourceError):
    """A refund was to be carried out that nobody has approved."""

    def __init__(self, status: RefundStatus) -> None:
        super().__init__(f"A refund that is {status} cannot be carried out.")
        self.status = status


class UnknownPaymentMethod(DatasourceError):
    """The user has no such saved method: there is none with this id, or it was removed, or it is somebody else's."""

    def __init__(self, method_id: UUID) -> None:
        super().__init__("There is no such payment method.")
        self.method_id = method_id


class TooManyPaymentMethods(DatasourceError):
    """The user has saved as many methods as one may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You can save at most {most} payment methods. Remove one first.")
        self.most = most


class PaymentMethodRefused(DatasourceError):
    """The provider does not know the token, or does not take what it stands for; `refusal` is its reason in a word."""

    def __init__(self, refusal: str, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.reason = reason
