"""Coupons in carts over HTTP: which count, at what prices, and why the others do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.carts.shopping import CART, Shopper, Ware
from tests.outages.stopping import closed
from tests.people import codes, operation

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers
    from tests.client import GraphQLClient


# Coupons beside the demo shop's: their code, currency, how often they may be used, and since when, in days.
COUPONS = (("LATER", "USD", None, 1), ("EUROS", "EUR", None, -1), ("GONE", "USD", 0, -1))


async def test_coupons_count_at_todays_prices_and_as_long_as_they_may(
    client: GraphQLClient, connections: Connections, guest: Shopper, goods: list[Ware]
) -> None:
    ware = max(goods, key=lambda it: it.price)
    await guest.add(ware, 4)
    four = 4 * ware.price
    applied = await guest.do("applyCoupon", code=" welcome10 ")
    assert codes(applied) == []
    assert (applied["cart"]["couponCodes"], applied["cart"]["couponProblems"]) == (["WELCOME10"], [])
    ten = (four / 10).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert Decimal(applied["cart"]["discount"]["amount"]) == ten
    both = (await guest.do("applyCoupon", code="save20"))["cart"]
    assert Decimal(both["total"]["amount"]) == four - ten - 20
    fewer = (await guest.do("updateCartLines", lines=[{"variantId": ware.id, "quantity": 1}]))["cart"]
    if ware.price < 150:
        assert fewer["couponProblems"] == [
            {
                "code": "SAVE20", "reason": "MINIMUM_NOT_MET",
                "message": "The cart is worth less than this coupon asks for.",
            }
        ]  # fmt: skip
    assert fewer["couponCodes"] == ["WELCOME10", "SAVE20"]
    # The shop withdraws a coupon: it stays in the cart and takes nothing off.
    async with connections.orders.connection() as sql:
        await sql.execute("UPDATE coupons SET is_active = false WHERE code = 'WELCOME10'")
    try:
        withdrawn = await guest.cart()
    finally:
        async with connections.orders.connection() as sql:
            await sql.execute("UPDATE coupons SET is_active = true WHERE code = 'WELCOME10'")
    assert {"WELCOME10": "INACTIVE"}.items() <= {
        it["code"]: it["reason"] for it in withdrawn["couponProblems"]
    }.items()
    assert (await guest.cart())["discount"] == fewer["discount"]
    removed = (await guest.do("removeCoupon", code="Welcome10"))["cart"]
    assert removed["couponCodes"] == ["SAVE20"]
    assert codes(await guest.do("removeCoupon", code="welcome10")) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("NO-SUCH", "UNKNOWN"),
        ("A,B", "UNKNOWN"),
        ("SUMMER25", "EXPIRED"),
        ("LAUNCH50", "INACTIVE"),
        ("SAVE20", "MINIMUM_NOT_MET"),
        ("LATER", "NOT_YET_VALID"),
        ("EUROS", "OTHER_CURRENCY"),
        ("GONE", "USED_UP"),
    ],
)
async def test_a_coupon_that_does_not_count_is_refused_and_told_why(
    connections: Connections, guest: Shopper, goods: list[Ware], code: str, reason: str
) -> None:
    async with connections.orders.connection() as sql:
        for name, currency, limit, days in COUPONS:
            await sql.execute(
                "INSERT INTO coupons"
                " (code, discount_type, discount_value, currency, usage_limit, valid_from, valid_until)"
                " VALUES ($1, 'percentage', 5, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                name, currency, limit, datetime.now(UTC) + timedelta(days=days), datetime.now(UTC) + timedelta(days=9),
            )  # fmt: skip
    await guest.add(min(goods, key=lambda it: it.price))
    select = f"{CART} userErrors {{ ... on CouponNotApplicableError {{ couponCode reason }} }}"
    payload = await guest.do("applyCoupon", select, code=code.lower())
    [error] = payload["userErrors"]
    assert (error["code"], error["field"], error["couponCode"].upper(), error["reason"]) == (
        "COUPON_NOT_APPLICABLE", ["code"], code, reason,
    )  # fmt: skip
    assert (await guest.cart())["couponCodes"] == []


async def test_a_fourth_coupon_is_refused(
    connections: Connections, guest: Shopper, goods: list[Ware]
) -> None:
    await guest.add(max(goods, key=lambda it: it.price), 5)
    for code in ("WELCOME10", "FIVE", "VIP15"):
        assert codes(await guest.do("applyCoupon", code=code)) == []
    payload = await guest.do("applyCoupon", code="SAVE20")
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [("TOO_MANY_COUPONS", ["code"])]


async def test_without_the_order_database_coupons_take_off_what_was_last_known(
    client: GraphQLClient, servers: EmbeddedServers, guest: Shopper, goods: list[Ware]
) -> None:
    await guest.add(goods[0], 2)
    known = (await guest.do("applyCoupon", code="WELCOME10"))["cart"]
    assert Decimal(known["discount"]["amount"]) > 0
    async with closed(servers, "OrderDb"):
        seen = await guest.cart()
        query, variables = operation("applyCoupon", {"code": "FIVE", "cartToken": guest.cart_token})
        answer = await client.ask(query, variables)
    assert (seen["discount"], seen["total"], seen["couponProblems"]) == (
        known["discount"],
        known["total"],
        [],
    )
    assert [error["extensions"]["service"] for error in answer.errors] == ["orders"]
    assert (await guest.cart())["couponCodes"] == ["WELCOME10"]
