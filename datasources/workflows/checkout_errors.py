"""What can stand in the way of a checkout: before it begins, and, kept by its saga to be told again, after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from datasources.core.errors import DatasourceError
from datasources.inventory.errors import NotEnoughStock, Shortage
from datasources.orders.placement_errors import CouponRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from datasources.core.money import Money
    from datasources.workflows.cart_views import CartProblem

Missing = Literal["email", "shipping_address", "payment_method"]


class CartIsEmpty(DatasourceError):
    """There is nothing in the cart, or no such cart."""

    def __init__(self) -> None:
        super().__init__("There is nothing in the cart.")


class CartHasProblems(DatasourceError):
    """Something of the cart cannot be bought as it is."""

    def __init__(self, problems: Sequence[CartProblem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class TotalChanged(DatasourceError):
    """The order costs something else than the customer has agreed to pay."""

    def __init__(self, expected: Decimal, actual: Money) -> None:
        super().__init__(f"The total is {actual.amount} {actual.currency_code} now, and not {expected}.")
        self.expected = expected
        self.actual = actual


class OrderTooLarge(DatasourceError):
    """The order comes to more than one order, or one payment, can be for."""

    def __init__(self, most: Money) -> None:
        super().__init__(f"One order can be for {most.amount} {most.currency_code} at most.")
        self.most = most


class DetailsMissing(DatasourceError):
    """Something has not been said that the order needs."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(f"Before the order is placed, its {missing.replace('_', ' ')} has to be known.")
        self.missing = missing


class UnknownAddress(DatasourceError):
    """The account has no such address."""

    def __init__(self) -> None:
        super().__init__("Your account has no such address.")


class NotDeliverable(DatasourceError):
    """The goods cannot be sent there, or not in the way that was chosen."""

    def __init__(self, method: str | None) -> None:
        super().__init__(
            "The shop does not deliver there."
            if method is None
            else f"There is no shipping method {method!r} for this address."
        )
        self.method = method


class PaymentDeclined(DatasourceError):
    """The payment was refused; `decline_code` says why in a word, in the provider's vocabulary."""

    def __init__(self, decline_code: str, reason: str) -> None:
        super().__init__(reason)
        self.decline_code = decline_code


class PaymentExpired(DatasourceError):
    """What the customer had to do for the payment was not done in time, or before the order was cancelled."""

    def __init__(self, *, was_given_up: bool = False) -> None:
        super().__init__(
            "The order was cancelled before it was paid. Nothing was charged."
            if was_given_up
            else "The payment was not completed in time. Nothing was charged."
        )
        self.was_given_up = was_given_up


class StockNoLongerHeld(DatasourceError):
    """The checkout took so long that its goods were given to others."""

    def __init__(self) -> None:
        super().__init__("The goods are no longer held for this order. Nothing was charged.")


def failure_of(error: DatasourceError) -> dict[str, Any]:
    """What a saga keeps of an error that ends its checkout.

    Raises:
        TypeError: this error ends none.
    """
    match error:
        case NotEnoughStock():
            shortages = [
                {
                    "variant_id": str(it.variant_id),
                    "sku": it.sku,
                    "wanted": it.wanted,
                    "available": it.available,
                }
                for it in error.shortages
            ]
            return {"kind": "not_enough_stock", "shortages": shortages}
        case CouponRefused():
            return {"kind": "coupon_refused", "code": error.coupon_code, "reason": error.reason}
        case PaymentDeclined():
            return {"kind": "payment_declined", "code": error.decline_code, "reason": str(error)}
        case PaymentExpired():
            return {"kind": "payment_expired", "was_given_up": error.was_given_up}
        case StockNoLongerHeld():
            return {"kind": "stock_no_longer_held"}
        case _:
            message = f"{type(error).__name__} ends no checkout."
            raise TypeError(message)


def error_of(failure: Mapping[str, Any]) -> DatasourceError:
    """The error that a saga has kept."""
    match failure["kind"]:
        case "not_enough_stock":
            return NotEnoughStock(
                [Shortage(**{**it, "variant_id": UUID(it["variant_id"])}) for it in failure["shortages"]]
            )
        case "coupon_refused":
            return CouponRefused(failure["code"], failure["reason"])
        case "payment_declined":
            return PaymentDeclined(failure["code"], failure["reason"])
        case "payment_expired":
            return PaymentExpired(was_given_up=failure.get("was_given_up", False))
        case _:
            return StockNoLongerHeld()
