"""Which sums can be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.money import is_storable
from datasources.payments.errors import InvalidAmount

if TYPE_CHECKING:
    from datasources.core.money import Money


def require_payable(sum_: Money) -> None:
    """Check that a sum is more than nothing, and of no smaller parts than the columns keep.

    Raises:
        InvalidAmount: it is not.
    """
    if not is_storable(sum_.amount) or sum_.amount <= 0:
        raise InvalidAmount(sum_.amount)
