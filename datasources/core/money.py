"""Exact amounts of money, in hundredths and in a currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

NOTHING: Final = Decimal("0.00")
HUNDREDTH: Final = Decimal("0.01")

# As every column of an amount has it.
MOST_AMOUNT: Final = Decimal("99999999.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount in the currency's major unit (19.99 US dollars), never a float.

    `currency_code` is an ISO 4217 alphabetic code.
    """

    amount: Decimal
    currency_code: str


def rounded(amount: Decimal) -> Decimal:
    """An amount in hundredths; half of one is rounded up."""
    return amount.quantize(HUNDREDTH, ROUND_HALF_UP)


def is_storable(amount: Decimal) -> bool:
    """Whether columns keep it as it is: in whole hundredths, and no more of them than there is room for."""
    return amount.is_finite() and abs(amount) <= MOST_AMOUNT and amount == amount.quantize(HUNDREDTH)
