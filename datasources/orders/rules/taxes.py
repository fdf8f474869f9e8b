"""Taxes: what a calculator is asked, and one that knows a rate for each country and region."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from datasources.core.money import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.orders.rules.shipping import Destination

# Per cent, added to the price of goods. A shop that sells for real asks a service or its accountant: rates change, and
# depend on what is sold and on where the shop is registered.
_STATES_OF_US: Final = {
    "CA": Decimal("7.25"),
    "FL": Decimal("6.00"),
    "IL": Decimal("6.25"),
    "MA": Decimal("6.25"),
    "NJ": Decimal("6.625"),
    "NY": Decimal("4.00"),
    "PA": Decimal("6.00"),
    "TX": Decimal("6.25"),
    "WA": Decimal("6.50"),
}
_COUNTRIES: Final = {
    "AT": Decimal(20),
    "DE": Decimal(19),
    "ES": Decimal(21),
    "FR": Decimal(20),
    "GB": Decimal(20),
    "IE": Decimal(23),
    "IT": Decimal(22),
    "NL": Decimal(21),
}


class TaxCalculator(Protocol):
    """Says what tax is added to an order. It is asked often, so it answers from what it knows."""

    def tax(self, goods: Decimal, shipping: Decimal, to: Destination) -> Decimal:
        """The tax, in hundredths, on goods after their discounts and on shipping that are sent there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """A rate for each country (ISO 3166-1 alpha-2) and, in the United States, each state; elsewhere none.

    Goods are taxed after their discounts, shipping is not.
    """

    countries: Mapping[str, Decimal] = field(default_factory=lambda: _COUNTRIES)
    states_of_us: Mapping[str, Decimal] = field(default_factory=lambda: _STATES_OF_US)

    def tax(self, goods: Decimal, shipping: Decimal, to: Destination) -> Decimal:  # noqa: ARG002  # not taxed here
        """The tax on goods that are sent there."""
        state = (to.state_province or "").strip().upper()
        rate = self.states_of_us.get(state) if to.country == "US" else self.countries.get(to.country)
        return rounded(goods * (rate or Decimal(0)) / Decimal(100))
