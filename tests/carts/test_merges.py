"""A guest's cart becomes a customer's: added up to the limits, once, whoever does it how often and at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from datasources.carts.commands.checkouts import set_checkout
from datasources.carts.commands.coupons import add_coupon
from datasources.carts.limits import MOST_LINES, MOST_OF_ONE
from datasources.carts.records import CheckoutDetails
from tests.carts.baskets import DESK, LAMP, MUG, NOW, a_customer, a_guest, new_line, plain, quantities

if TYPE_CHECKING:
    from tests.carts.baskets import Baskets

ROUNDS = 20


async def test_quantities_add_up_and_everything_else_joins(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    await baskets.add(customer, lines=[new_line(MUG, 2), new_line(LAMP)])
    for code in ("A", "B"):
        await add_coupon(*baskets.kept, customer, code=code, now=NOW)
    own = CheckoutDetails(email="old@example.org", shipping_method="standard")
    await set_checkout(*baskets.kept, customer, details=own, now=NOW)
    await baskets.add(guest, lines=[new_line(DESK), new_line(MUG, 3, unit_price=Decimal("10.49"))])
    for code in ("C", "A", "D"):
        await add_coupon(*baskets.kept, guest, code=code, now=NOW)
    said = CheckoutDetails(email="new@example.org")
    await set_checkout(*baskets.kept, guest, details=said, now=NOW)
    cart = await baskets.merge(guest, customer)
    assert cart is not None
    assert quantities(cart) == {MUG: 5, LAMP: 1, DESK: 1}
    assert str(cart.lines[0].unit_price) == "10.49"  # what was seen last
    assert (cart.coupon_codes, cart.version) == (("A", "B", "C"), 5)
    assert cart.checkout == replace(own, email="new@example.org")
    assert await baskets.in_redis(guest) is None
    assert plain(await baskets.in_redis(customer)) == plain(await baskets.in_cart_db(customer)) == plain(cart)
    [row] = await baskets.rows("SELECT session_id FROM shopping_carts WHERE user_id = $1", customer.user_id)
    assert row["session_id"] == guest.token_hash


async def test_a_customer_without_a_cart_gets_the_guests(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    await baskets.add(guest, MUG, 3, currency="EUR")
    cart = await baskets.merge(guest, customer)
    assert cart is not None
    assert (quantities(cart), cart.version, cart.user_id, cart.currency) == (
        {MUG: 3}, 1, customer.user_id, "EUR",
    )  # fmt: skip
    assert cart.id == str(customer.user_id)


async def test_merging_what_is_not_there_changes_nothing(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    assert await baskets.merge(guest, customer) is None
    there = await baskets.add(customer)
    assert await baskets.merge(guest, customer) == there
    await baskets.add(guest)
    merged = await baskets.merge(guest, customer)
    assert quantities(merged) == {MUG: 2}
    assert await baskets.merge(guest, customer) == merged


async def test_limits_hold(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    own = [new_line(UUID(int=1000 + number)) for number in range(MOST_LINES - 1)]
    await baskets.add(customer, lines=[*own, new_line(MUG, 60)])
    await baskets.add(guest, lines=[new_line(LAMP), new_line(MUG, 60)])
    cart = await baskets.merge(guest, customer)
    assert cart is not None
    assert len(cart.lines) == MOST_LINES
    assert quantities(cart)[MUG] == MOST_OF_ONE
    assert LAMP not in quantities(cart)


async def test_another_currency_is_left_out(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    await baskets.add(customer, MUG)
    await baskets.add(guest, LAMP, currency="EUR")
    assert quantities(await baskets.merge(guest, customer)) == {MUG: 1}


async def test_a_cart_that_redis_has_let_go_is_merged_into_as_cart_db_has_it(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    await baskets.add(customer, MUG, 2)
    await baskets.lose(customer)
    await baskets.add(guest, LAMP)
    cart = await baskets.merge(guest, customer)
    assert (quantities(cart), cart and cart.version) == ({MUG: 2, LAMP: 1}, 2)


async def test_a_guests_cart_that_comes_back_with_an_old_redis_is_not_merged_again(baskets: Baskets) -> None:
    guest, customer = a_guest(), a_customer()
    await baskets.add(guest, MUG, 2)
    old: Any = await baskets.fields(guest)
    await baskets.merge(guest, customer)
    await baskets.lose(customer)
    await baskets.store.client.hset(guest.key, mapping=old)
    cart = await baskets.merge(guest, customer)
    assert quantities(cart) == {MUG: 2}
    assert await baskets.in_redis(guest) is None


async def test_of_two_sign_ins_with_one_guests_cart_nothing_is_lost_or_doubled(baskets: Baskets) -> None:
    for number in range(ROUNDS):
        guest, customer = a_guest(), a_customer()
        await baskets.add(guest, lines=[new_line(MUG, 2), new_line(LAMP)])
        if number % 2:
            await baskets.add(customer, MUG)
        if number % 4 == 3:
            await baskets.lose(customer)
        await asyncio.gather(*(baskets.merge(guest, customer) for _ in range(3)))
        expected = {MUG: 2 + number % 2, LAMP: 1}
        assert quantities(await baskets.in_redis(customer)) == expected
        assert quantities(await baskets.in_cart_db(customer)) == expected


async def test_sign_ins_on_two_devices_with_a_cart_each_lose_nothing(baskets: Baskets) -> None:
    for _ in range(ROUNDS):
        phone, laptop, customer = a_guest(), a_guest(), a_customer()
        await baskets.add(phone, lines=[new_line(MUG, 2), new_line(LAMP)])
        await baskets.add(laptop, lines=[new_line(MUG), new_line(DESK)])
        await asyncio.gather(
            baskets.merge(phone, customer),
            baskets.merge(laptop, customer),
            baskets.merge(phone, customer),
            baskets.add(customer, MUG),
        )
        expected = {MUG: 4, LAMP: 1, DESK: 1}
        assert quantities(await baskets.in_redis(customer)) == expected
        assert quantities(await baskets.in_cart_db(customer)) == expected


async def test_one_guests_cart_goes_to_one_of_two_customers(baskets: Baskets) -> None:
    for _ in range(ROUNDS):
        guest, customers = a_guest(), [a_customer(), a_customer()]
        await baskets.add(guest, MUG, 2)
        await asyncio.gather(*(baskets.merge(guest, customer) for customer in customers))
        found = [quantities(await baskets.in_redis(customer)) for customer in customers]
        assert sorted(found, key=len) == [{}, {MUG: 2}]


async def test_what_a_guest_adds_while_signing_in_is_merged_or_stays(baskets: Baskets) -> None:
    for _ in range(ROUNDS):
        guest, customer = a_guest(), a_customer()
        await baskets.add(guest, MUG)
        added, _ = await asyncio.gather(
            baskets.add(guest, LAMP, begins=False), baskets.merge(guest, customer), return_exceptions=True
        )
        expected = {MUG: 1} if isinstance(added, Exception) else {MUG: 1, LAMP: 1}
        assert quantities(await baskets.in_redis(customer)) == expected
        assert await baskets.in_redis(guest) is None
