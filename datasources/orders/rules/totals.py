"""Adds up an order: its lines, what coupons take off each, tax and shipping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.money import NOTHING
from datasources.orders.rules.amounts import allocate
from datasources.orders.rules.coupons import discounts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from datasources.orders.records import Coupon
    from datasources.orders.rules import Rules
    from datasources.orders.rules.shipping import Destination, ShippingOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """So many units at a price each."""

    unit_price: Decimal
    quantity: int

    @property
    def subtotal(self) -> Decimal:
        """The price of all units."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What an order costs: `total` is `subtotal` - `discount` + `tax` + `shipping_cost`.

    `line_discounts` are the parts of the discount by line, `coupon_discounts` by coupon, both in the order given. Tax
    and shipping are zero, and `shipping` None, as long as it is not known where the goods go or how.
    """

    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping_cost: Decimal
    line_discounts: tuple[Decimal, ...]
    coupon_discounts: tuple[Decimal, ...]
    shipping: ShippingOption | None
    shipping_options: tuple[ShippingOption, ...]

    @property
    def total(self) -> Decimal:
        """The amount to pay."""
        return self.subtotal - self.discount + self.tax + self.shipping_cost


def add_up(
    lines: Sequence[Priced],
    coupons: Sequence[Coupon],
    *,
    rules: Rules,
    to: Destination | None = None,
    shipping_code: str | None = None,
) -> Totals:
    """What these lines cost with coupons that count, sent there by the chosen way, or by the first one there is.

    A code that is not among the ways there are leaves `shipping` None, as if the goods could not be sent.
    """
    subtotal = sum((line.subtotal for line in lines), NOTHING)
    coupon_discounts = discounts_of(coupons, subtotal)
    discount = sum(coupon_discounts, NOTHING)
    goods = subtotal - discount
    options: tuple[ShippingOption, ...] = ()
    if to is not None:
        options = tuple(rules.shipping.options(goods, sum(line.quantity for line in lines), to))
    chosen = next((each for each in options if shipping_code in {None, each.code}), None)
    cost = NOTHING if chosen is None else chosen.cost
    return Totals(
        subtotal=subtotal,
        discount=discount,
        tax=NOTHING if to is None else rules.taxes.tax(goods, cost, to),
        shipping_cost=cost,
        line_discounts=allocate(discount, [line.subtotal for line in lines]),
        coupon_discounts=coupon_discounts,
        shipping=chosen,
        shipping_options=options,
    )
