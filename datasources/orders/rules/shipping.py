"""Shipping: what a calculator is asked, and one with flat rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from datasources.core.money import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where goods go, as far as it decides on what that costs; `country` is ISO 3166-1 alpha-2."""

    country: str
    state_province: str | None
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingOption:
    """A way to send an order there, with its cost; it takes from `least_days` to `most_days`."""

    code: str
    name: str
    cost: Decimal
    least_days: int
    most_days: int


class ShippingCalculator(Protocol):
    """Says how an order can be sent. It is asked often, so it answers from what it knows."""

    def options(self, goods: Decimal, quantity: int, to: Destination) -> Sequence[ShippingOption]:
        """The ways to send so many units, worth `goods` after discounts, there; the first unless another is named.

        None at all means that the shop does not deliver there.
        """
        ...


_HOME: Final = "US"
_FREE_FROM: Final = Decimal("50.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRates:
    """Standard and express at a price for at home and one for abroad; standard is free at home for larger orders."""

    home: str = _HOME
    free_from: Decimal = _FREE_FROM
    standard: tuple[Decimal, Decimal] = (Decimal("5.99"), Decimal("14.99"))
    express: tuple[Decimal, Decimal] = (Decimal("14.99"), Decimal("29.99"))

    def options(self, goods: Decimal, quantity: int, to: Destination) -> tuple[ShippingOption, ...]:  # noqa: ARG002  # flat
        """Standard, then express."""
        abroad = to.country != self.home
        standard = NOTHING if not abroad and goods >= self.free_from else self.standard[abroad]
        days = ((3, 5), (1, 2)) if not abroad else ((7, 14), (3, 5))
        return (
            ShippingOption(
                code="standard", name="Standard", cost=standard, least_days=days[0][0], most_days=days[0][1]
            ),
            ShippingOption(
                code="express",
                name="Express",
                cost=self.express[abroad],
                least_days=days[1][0],
                most_days=days[1][1],
            ),
        )
