"""Which sums can be paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from datasources.payments.errors import InvalidAmount

if TYPE_CHECKING:
    from datasources.core.money import Money

# As the columns have it.
MOST: Final = Decimal("99999999.99")
_CENT: Final = Decimal("0.01")


def require_payable(sum_: Money) -> None:
    """Check that a sum is more than nothing, and of no smaller parts than the columns keep.

    Raises:
        InvalidAmount: it is not.
    """
    amount = sum_.amount
    if not amount.is_finite() or not 0 < amount <= MOST or amount != amount.quantize(_CENT):
        raise InvalidAmount(amount)
