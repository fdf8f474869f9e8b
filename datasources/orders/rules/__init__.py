"""What an order costs: coupons, taxes and shipping, worked out exactly and without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datasources.orders.rules.shipping import FlatRates
from datasources.orders.rules.taxes import RateTable

if TYPE_CHECKING:
    from datasources.orders.rules.shipping import ShippingCalculator
    from datasources.orders.rules.taxes import TaxCalculator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The shop's own calculators; others take their places by being handed to the application."""

    taxes: TaxCalculator = field(default_factory=RateTable)
    shipping: ShippingCalculator = field(default_factory=FlatRates)


SHOP_RULES = Rules()
