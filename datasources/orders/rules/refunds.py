"""How much of an order is paid back for some of its units, so that all refunds together give exactly what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.money import NOTHING, rounded
from datasources.orders.rules.amounts import allocate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundableLine:
    """A line of an order: `total` is after its discount and without tax; what was paid back contains the tax."""

    item_id: UUID
    variant_id: UUID
    quantity: int
    total: Decimal
    refunded_quantity: int
    refunded_amount: Decimal

    @property
    def refundable(self) -> int:
        """The units that have not been paid back."""
        return self.quantity - self.refunded_quantity


def refund_amounts(
    lines: Sequence[RefundableLine], *, tax: Decimal, units: Mapping[UUID, int]
) -> dict[UUID, Decimal]:
    """What is paid back for so many units of each line, no more than are refundable.

    A line's share of the order's tax comes back with it. Whoever gets the last units of a line gets all that is left of
    it, so that nothing is lost to rounding.
    """
    amounts = {}
    taxes = allocate(tax, [line.total for line in lines])
    for line, share in zip(lines, taxes, strict=True):
        wanted = units.get(line.item_id, 0)
        if not wanted:
            continue
        whole = line.total + share
        left = max(whole - line.refunded_amount, NOTHING)
        part = left if wanted == line.refundable else min(rounded(whole * wanted / line.quantity), left)
        amounts[line.item_id] = part
    return amounts
