"""What commands on carts and wishlists refuse, each as an error that carries its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from uuid import UUID


class UnknownCart(DatasourceError):
    """There is no cart to change: nothing was ever put into it, or it has expired."""

    def __init__(self) -> None:
        super().__init__("There is no such cart. Put something into it first.")


class UnknownLine(DatasourceError):
    """The cart has no line of this variant."""

    def __init__(self, variant_id: UUID) -> None:
        super().__init__("This is not in the cart.")
        self.variant_id = variant_id


class TooManyLines(DatasourceError):
    """The cart would have more than `most` lines."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A cart can have at most {most} lines.")
        self.most = most


class TooManyOfOne(DatasourceError):
    """A line would have more than `most` units."""

    def __init__(self, sku: str, most: int) -> None:
        super().__init__(f"A cart can hold at most {most} of {sku}.")
        self.sku = sku
        self.most = most


class OtherCurrency(DatasourceError):
    """What was to be added has its price in another currency than the cart."""

    def __init__(self, currency: str, cart_currency: str) -> None:
        super().__init__(f"The cart is in {cart_currency}, and this is sold in {currency}.")
        self.currency = currency
        self.cart_currency = cart_currency


class InvalidCouponCode(DatasourceError):
    """This is no coupon's code, whatever coupons there are."""

    def __init__(self, coupon_code: str) -> None:
        super().__init__("This is not a coupon's code.")
        self.coupon_code = coupon_code


class TooManyCoupons(DatasourceError):
    """The cart would have more than `most` coupons."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A cart can have at most {most} coupons.")
        self.most = most


class UnknownVariant(DatasourceError):
    """What was to be added is not in the catalogue; `line` is its place among the lines given, from 0."""

    def __init__(self, line: int) -> None:
        super().__init__("There is no such variant.")
        self.line = line


class VariantNotSold(DatasourceError):
    """What was to be added is not on sale; `line` is its place among the lines given, from 0."""

    def __init__(self, line: int, sku: str) -> None:
        super().__init__(f"{sku} is not sold.")
        self.line = line
        self.sku = sku


class TooManyWished(DatasourceError):
    """The wishlist would have more than `most` products."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A wishlist can have at most {most} products.")
        self.most = most
