"""Sums in the smallest unit of their currency, as Stripe counts them (https://docs.stripe.com/currencies)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from datasources.core.money import HUNDREDTH, Money
from datasources.payments.errors import InvalidAmount

# Their smallest unit is the whole one. UGX and ISK have no smaller one either, but are still sent in hundredths.
_ZERO_DECIMAL: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_SENT_IN_HUNDREDTHS: Final = frozenset({"ISK", "UGX"})

# In thousandths, of which cards know tens alone; two decimal places are all that we have.
_THREE_DECIMAL: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_minor_units(sum_: Money) -> int:
    """How many of the smallest unit it is.

    Raises:
        InvalidAmount: it is of smaller parts than the currency has.
    """
    amount, currency = sum_.amount, sum_.currency_code
    whole_only = currency in _ZERO_DECIMAL or currency in _SENT_IN_HUNDREDTHS
    if whole_only and amount != amount.to_integral_value():
        raise InvalidAmount(amount)
    units = amount * _units_in_one(currency)
    if units != units.to_integral_value():
        raise InvalidAmount(amount)
    return int(units)


def from_minor_units(units: int, currency: str) -> Money:
    """The sum that so many of the smallest unit are; `currency` in either case."""
    code = currency.upper()
    return Money(amount=(Decimal(units) / _units_in_one(code)).quantize(HUNDREDTH), currency_code=code)


def _units_in_one(currency: str) -> int:
    if currency in _ZERO_DECIMAL:
        return 1
    return 1_000 if currency in _THREE_DECIMAL else 100
