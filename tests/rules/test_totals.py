"""What orders cost: every amount to the cent, and parts that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.orders.records import Coupon
from datasources.orders.rules import Rules
from datasources.orders.rules.amounts import allocate
from datasources.orders.rules.coupons import WORDS, discount_of, discounts_of, refusal_of
from datasources.orders.rules.shipping import Destination, FlatRates
from datasources.orders.rules.taxes import RateTable
from datasources.orders.rules.totals import Priced, add_up

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
NEW_YORK = Destination(country="US", state_province="NY", postal_code="10001")
BERLIN = Destination(country="DE", state_province=None, postal_code="10115")

amounts = st.decimals(min_value=0, max_value=99_999_999, places=2)


def coupon(**changes: Any) -> Coupon:
    """Ten per cent for everybody, with these changes."""
    ten = Coupon(
        id=UUID(int=1),
        code="TEN",
        description=None,
        kind="percentage",
        value=Decimal(10),
        currency="USD",
        min_order_amount=None,
        max_discount_amount=None,
        usage_limit=None,
        usage_count=0,
        per_user_limit=1,
        is_active=True,
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(ten, **changes)


FIVE_OFF = coupon(code="FIVE", kind="fixed", value=Decimal("5.00"))


@given(amount=amounts, weights=st.lists(amounts, min_size=1, max_size=20))
def test_parts_add_up_and_are_within_a_cent_of_their_share(amount: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    assert len(parts) == len(weights)
    if whole := sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - amount * weight / whole) < Decimal("0.01")
            assert part >= 0


def test_equal_parts_give_what_is_left_to_the_first() -> None:
    assert allocate(Decimal("1.00"), [Decimal(1)] * 3) == (Decimal("0.34"), Decimal("0.33"), Decimal("0.33"))


@pytest.mark.parametrize(
    ("changes", "subtotal", "off"),
    [
        ({}, "19.99", "2.00"),
        ({"value": Decimal("12.5")}, "0.04", "0.01"),  # half a cent is rounded up
        ({"max_discount_amount": Decimal("1.50")}, "19.99", "1.50"),
        ({"kind": "fixed", "value": Decimal("5.00")}, "19.99", "5.00"),
        ({"kind": "fixed", "value": Decimal("5.00")}, "3.00", "3.00"),
        ({"value": Decimal(100)}, "3.00", "3.00"),
    ],
)
def test_what_a_coupon_takes_off(changes: dict[str, Any], subtotal: str, off: str) -> None:
    assert discount_of(coupon(**changes), Decimal(subtotal)) == Decimal(off)


def test_each_coupon_takes_of_what_the_others_left() -> None:
    assert discounts_of([FIVE_OFF, coupon()], Decimal("25.00")) == (Decimal("5.00"), Decimal("2.00"))
    assert discounts_of([coupon(), FIVE_OFF], Decimal("5.00")) == (Decimal("0.50"), Decimal("4.50"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"is_active": False}, "inactive"),
        ({"valid_from": NOW + timedelta(seconds=1)}, "not_yet_valid"),
        ({"valid_until": NOW}, "expired"),
        ({"currency": "EUR"}, "other_currency"),
        ({"min_order_amount": Decimal("20.01")}, "minimum_not_met"),
        ({"min_order_amount": Decimal("20.00")}, None),
        ({"usage_limit": 3, "usage_count": 3}, "used_up"),
        ({"usage_limit": 3, "usage_count": 2}, None),
    ],
)
def test_why_a_coupon_does_not_count(changes: dict[str, Any], refusal: str | None) -> None:
    found = refusal_of(coupon(**changes), subtotal=Decimal("20.00"), currency="USD", now=NOW)
    assert found == refusal
    assert found is None or WORDS[found]


def test_an_unknown_coupon_does_not_count() -> None:
    assert refusal_of(None, subtotal=Decimal(1), currency="USD", now=NOW) == "unknown"


def test_an_order_adds_up_with_coupon_tax_and_shipping() -> None:
    lines = [Priced(unit_price=Decimal("19.99"), quantity=2), Priced(unit_price=Decimal("3.33"), quantity=1)]
    totals = add_up(lines, [coupon()], rules=Rules(), to=NEW_YORK)
    assert totals.subtotal == Decimal("43.31")
    assert totals.discount == Decimal("4.33")
    assert totals.line_discounts == (Decimal("4.00"), Decimal("0.33"))
    assert totals.tax == Decimal("1.56")  # 4 % of 38.98
    assert totals.shipping_cost == Decimal("5.99")
    assert totals.total == Decimal("46.53")


def test_before_it_is_known_where_the_goods_go_there_is_no_tax_and_no_shipping() -> None:
    totals = add_up([Priced(unit_price=Decimal(10), quantity=1)], [], rules=Rules())
    assert (totals.total, totals.shipping, totals.shipping_options) == (Decimal(10), None, ())


def test_standard_is_free_at_home_for_larger_orders_only() -> None:
    rates = FlatRates()
    assert [option.cost for option in rates.options(Decimal("49.99"), 1, NEW_YORK)] == [
        Decimal("5.99"),
        Decimal("14.99"),
    ]
    assert rates.options(Decimal("50.00"), 1, NEW_YORK)[0].cost == 0
    assert rates.options(Decimal("50.00"), 1, BERLIN)[0].cost == Decimal("14.99")


def test_taxes_depend_on_country_and_state() -> None:
    table = RateTable()
    assert table.tax(Decimal("10.00"), Decimal(5), BERLIN) == Decimal("1.90")
    assert table.tax(Decimal("10.00"), Decimal(5), replace(NEW_YORK, state_province="OR")) == 0
    assert table.tax(Decimal("10.00"), Decimal(5), replace(BERLIN, country="JP")) == 0


def test_a_way_to_send_it_that_there_is_not_leaves_it_open() -> None:
    priced = [Priced(unit_price=Decimal(10), quantity=1)]
    assert add_up(priced, [], rules=Rules(), to=BERLIN, shipping_code="drone").shipping is None
    chosen = add_up(priced, [], rules=Rules(), to=BERLIN, shipping_code="express")
    assert chosen.shipping_cost == Decimal("29.99")
