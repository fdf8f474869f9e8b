"""Shares amounts of money so that the parts add up to the whole."""

from __future__ import annotations

from decimal import ROUND_DOWN
from typing import TYPE_CHECKING

from datasources.core.money import HUNDREDTH, NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Parts of an amount in proportion to weights, in hundredths, which add up to it exactly.

    What is left after rounding down goes to the parts that lost most by it, the first of equals first. Where all
    weights are zero the first part gets everything.
    """
    if not weights:
        return ()
    whole = sum(weights)
    if not whole:
        return (amount, *(NOTHING for _ in weights[1:]))
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(HUNDREDTH, ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts)) / HUNDREDTH)
    by_loss = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_loss[:left]:
        parts[place] += HUNDREDTH
    return tuple(parts)
