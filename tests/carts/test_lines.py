"""What commands make of carts: lines, coupons, checkout details; their limits, versions, lifetimes and copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from datasources.carts import keys
from datasources.carts.commands.checkouts import set_checkout
from datasources.carts.commands.coupons import add_coupon, remove_coupon
from datasources.carts.commands.lines import change_quantities, clear_cart, remove_lines
from datasources.carts.errors import (
    InvalidCouponCode,
    OtherCurrency,
    TooManyCoupons,
    TooManyLines,
    TooManyOfOne,
    UnknownCart,
    UnknownLine,
)
from datasources.carts.limits import COPY_LIFETIME, MOST_LINES, MOST_OF_ONE
from datasources.carts.owners import CartOwner
from datasources.carts.records import NO_DETAILS, CheckoutDetails
from datasources.core.calls import record_calls
from datasources.core.errors import VersionConflict
from tests.carts.baskets import DESK, LAMP, MUG, NOW, a_customer, a_guest, new_line, plain, quantities

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.carts.baskets import Baskets

both = pytest.mark.parametrize("someone", [a_customer, a_guest])
ADDRESS = {
    "recipient_name": "Zoë",
    "street_address": "1 Way",
    "city": "Reno",
    "postal_code": "1",
    "country": "US",
}


def test_a_cart_belongs_to_exactly_one() -> None:
    with pytest.raises(ValueError, match="either"):
        CartOwner()
    with pytest.raises(ValueError, match="either"):
        CartOwner(user_id=uuid4(), token_hash="x")


@both
async def test_what_is_added_is_there_and_more_of_it_adds_up(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner = someone()
    await baskets.add(owner, MUG, 2)
    await baskets.add(owner, LAMP)
    later = NOW + timedelta(minutes=5)
    dearer = new_line(MUG, 3, unit_price=Decimal("10.5"), name="Bigger Mug")
    cart = await baskets.add(owner, lines=[dearer, new_line(DESK)], now=later)
    assert quantities(cart) == {MUG: 5, LAMP: 1, DESK: 1}
    assert (cart.version, cart.created_at, cart.updated_at) == (3, NOW, later)
    mug = cart.lines[0]
    # The customer sees today's price when adding more; the line stays where it is.
    assert (mug.name, str(mug.unit_price), mug.added_at) == ("Bigger Mug", "10.50", NOW)
    assert str(cart.subtotal) == "402.00"
    assert plain(await baskets.in_redis(owner)) == plain(cart)
    if owner.user_id is not None:
        assert await baskets.in_cart_db(owner) == replace(cart, expires_at=later + COPY_LIFETIME)
        assert not await baskets.is_marked(owner)


async def test_a_hash_has_what_the_key_layout_says(baskets: Baskets) -> None:
    owner = a_customer()
    await baskets.add(owner, MUG, 3)
    await add_coupon(*baskets.kept, owner, code="save20", discount=Decimal("6.00"), now=NOW)
    fields = await baskets.store.client.hgetall(f"cart:{owner.user_id}")
    assert {name: fields[name] for name in ("subtotal", "discount", "total", "coupon_code", "currency", "version")} == {
        "subtotal": "29.97", "discount": "6.00", "total": "23.97", "coupon_code": "SAVE20", "currency": "USD",
        "version": "2",
    }  # fmt: skip


@both
async def test_quantities_change_and_lines_go(baskets: Baskets, someone: Callable[[], CartOwner]) -> None:
    owner = someone()
    await baskets.add(owner, lines=[new_line(MUG, 2), new_line(LAMP), new_line(DESK)])
    changed = await change_quantities(*baskets.kept, owner, quantities={MUG: 7, LAMP: 0, uuid4(): 0}, now=NOW)
    assert quantities(changed) == {MUG: 7, DESK: 1}
    with pytest.raises(UnknownLine) as unknown:
        await change_quantities(*baskets.kept, owner, quantities={MUG: 1, LAMP: 1}, now=NOW)
    assert unknown.value.variant_id == LAMP
    removed = await remove_lines(*baskets.kept, owner, variant_ids=[DESK, uuid4()], now=NOW)
    assert (quantities(removed), removed.version) == ({MUG: 7}, 3)
    await add_coupon(*baskets.kept, owner, code="A", now=NOW)
    await set_checkout(*baskets.kept, owner, details=CheckoutDetails(email="a@example.org"), now=NOW)
    cleared = await clear_cart(*baskets.kept, owner, now=NOW)
    assert (cleared.lines, cleared.coupon_codes, cleared.checkout, cleared.version) == ((), (), NO_DETAILS, 6)
    assert plain(await baskets.in_redis(owner)) == plain(cleared)


@both
async def test_without_a_cart_there_is_nothing_to_change(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner = someone()
    for attempt in (
        change_quantities(*baskets.kept, owner, quantities={MUG: 0}, now=NOW),
        remove_lines(*baskets.kept, owner, variant_ids=[MUG], now=NOW),
        clear_cart(*baskets.kept, owner, now=NOW),
        add_coupon(*baskets.kept, owner, code="A", now=NOW),
        set_checkout(*baskets.kept, owner, details=NO_DETAILS, now=NOW),
        baskets.add(owner, begins=False),
    ):
        with pytest.raises(UnknownCart):
            await attempt
    assert await baskets.find(owner) is None


async def test_a_line_has_at_most_a_hundred_units(baskets: Baskets) -> None:
    owner = a_guest()
    full = await baskets.add(owner, MUG, MOST_OF_ONE)
    for attempt in (
        baskets.add(owner, MUG),
        baskets.add(owner, lines=[new_line(LAMP), new_line(DESK, MOST_OF_ONE + 1)]),
        change_quantities(*baskets.kept, owner, quantities={MUG: MOST_OF_ONE + 1}, now=NOW),
    ):
        with pytest.raises(TooManyOfOne) as refused:
            await attempt
        assert refused.value.most == MOST_OF_ONE
    assert plain(await baskets.in_redis(owner)) == plain(full)


async def test_a_cart_has_at_most_a_hundred_lines(baskets: Baskets) -> None:
    owner = a_customer()
    many = [new_line(UUID(int=100 + number)) for number in range(MOST_LINES)]
    full = await baskets.add(owner, lines=many)
    assert list(quantities(full)) == [line.variant_id for line in many]
    assert quantities(await baskets.in_cart_db(owner)) == quantities(full)
    with pytest.raises(TooManyLines) as refused:
        await baskets.add(owner, MUG)
    assert refused.value.most == MOST_LINES
    await baskets.add(owner, many[0].variant_id)


async def test_a_cart_has_one_currency_until_it_is_empty(baskets: Baskets) -> None:
    owner = a_customer()
    await baskets.add(owner, MUG)
    with pytest.raises(OtherCurrency) as refused:
        await baskets.add(owner, LAMP, currency="EUR")
    assert (refused.value.currency, refused.value.cart_currency) == ("EUR", "USD")
    await clear_cart(*baskets.kept, owner, now=NOW)
    cart = await baskets.add(owner, LAMP, currency="EUR")
    assert (cart.currency, cart.lines[0].currency) == ("EUR", "EUR")


async def test_nothing_is_no_quantity_to_add(baskets: Baskets) -> None:
    with pytest.raises(ValueError, match="0"):
        await baskets.add(a_guest(), MUG, 0)


@both
async def test_coupons_are_kept_in_capitals_once_and_up_to_three(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner = someone()
    await baskets.add(owner, MUG)
    for code in (" first", "SECOND", "First", "third"):
        cart = await add_coupon(*baskets.kept, owner, code=code, discount=Decimal("2.50"), now=NOW)
    assert (cart.coupon_codes, cart.version) == (("FIRST", "SECOND", "THIRD"), 5)
    assert str(cart.discount) == "2.50"
    with pytest.raises(TooManyCoupons):
        await add_coupon(*baskets.kept, owner, code="FOURTH", now=NOW)
    for wrong in ("", " ", "A,B", "x" * 51):
        with pytest.raises(InvalidCouponCode):
            await add_coupon(*baskets.kept, owner, code=wrong, now=NOW)
    cart = await remove_coupon(*baskets.kept, owner, code="second", now=NOW)
    assert (cart.coupon_codes, str(cart.discount)) == (("FIRST", "THIRD"), "0.00")
    again = await remove_coupon(*baskets.kept, owner, code="second", now=NOW)
    assert (again.coupon_codes, again.version) == (cart.coupon_codes, cart.version + 1)
    assert plain(await baskets.in_redis(owner)) == plain(again)


async def test_a_discount_never_exceeds_what_is_in_the_cart(baskets: Baskets) -> None:
    owner = a_guest()
    await baskets.add(owner, lines=[new_line(MUG), new_line(LAMP)])
    cart = await add_coupon(*baskets.kept, owner, code="A", discount=Decimal("20.00"), now=NOW)
    assert str(cart.discount) == "20.00"
    cart = await remove_lines(*baskets.kept, owner, variant_ids=[LAMP], now=NOW)
    assert str(cart.discount) == "9.99"


@both
async def test_what_is_said_of_the_order_joins_what_is_known(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner = someone()
    await baskets.add(owner, MUG)
    first = CheckoutDetails(
        email="a@example.org", shipping_address=ADDRESS, notes='Ring\nthe bell, "please".'
    )
    await set_checkout(*baskets.kept, owner, details=first, now=NOW)
    cart = await set_checkout(
        *baskets.kept,
        owner,
        details=CheckoutDetails(email="b@example.org", shipping_method="express"),
        now=NOW,
    )
    assert cart.checkout == replace(first, email="b@example.org", shipping_method="express")
    assert plain(await baskets.in_redis(owner)) == plain(cart)
    if owner.user_id is not None:
        await baskets.lose(owner)
        found = await baskets.find(owner)
        assert found is not None
        assert found.checkout == cart.checkout


@both
async def test_a_change_meant_for_another_version_changes_nothing(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner = someone()
    with pytest.raises(VersionConflict) as conflict:
        await baskets.add(owner, expected_version=1)
    assert conflict.value.current_version == 0
    await baskets.add(owner, expected_version=0)
    cart = await baskets.add(owner, expected_version=1)
    with pytest.raises(VersionConflict) as conflict:
        await clear_cart(*baskets.kept, owner, expected_version=1, now=NOW)
    assert conflict.value.current_version == 2
    assert plain(await baskets.in_redis(owner)) == plain(cart)


@pytest.mark.parametrize(
    ("someone", "seconds"), [(a_customer, keys.CART_SECONDS), (a_guest, keys.GUEST_CART_SECONDS)]
)
async def test_a_change_makes_a_cart_live_on(
    baskets: Baskets, someone: Callable[[], CartOwner], seconds: int
) -> None:
    owner = someone()
    await baskets.add(owner)
    await baskets.store.client.expire(owner.key, 60)
    cart = await baskets.add(owner)
    assert seconds - 5 < await baskets.store.client.ttl(owner.key) <= seconds
    assert cart.expires_at is not None


async def test_looking_at_a_guests_cart_makes_it_live_on_and_at_a_customers_does_not(
    baskets: Baskets,
) -> None:
    owners = [a_guest(), a_customer()]
    for owner in owners:
        await baskets.add(owner)
        await baskets.store.client.expire(owner.key, 60)
        await baskets.in_redis(owner)
    left = [await baskets.store.client.ttl(owner.key) for owner in owners]
    assert left[0] > keys.GUEST_CART_SECONDS - 5
    assert 0 < left[1] <= 60


async def test_times_of_changes_grow_even_where_clocks_do_not(baskets: Baskets) -> None:
    owner = a_customer()
    first = await baskets.add(owner, now=NOW)
    second = await baskets.add(owner, now=NOW - timedelta(hours=1))
    assert second.updated_at > first.updated_at
    assert quantities(await baskets.in_cart_db(owner)) == {MUG: 2}


async def test_a_change_costs_the_same_for_one_line_and_for_fifty(baskets: Baskets) -> None:
    costs = []
    for number in (1, 50):
        owner = a_customer()
        await baskets.add(owner)
        with record_calls() as log:
            await baskets.add(owner, lines=[new_line(UUID(int=500 + place)) for place in range(number)])
        texts = [call.text for call in log.calls if not call.text.startswith(("pipeline", "script"))]
        assert len(texts) == 2  # the copy is held, and written with its lines
        costs.append(log.by_service())
    assert costs[0] == costs[1] == {"carts": 5}  # read, change, two statements, and the mark comes off


async def test_a_guests_change_never_asks_cart_db(baskets: Baskets) -> None:
    owner = a_guest()
    with record_calls() as log:
        await baskets.add(owner)
    assert log.by_service() == {"carts": 2}
    assert await baskets.rows("SELECT FROM shopping_carts WHERE session_id = $1", owner.token_hash) == []


async def test_the_server_is_sent_a_script_it_does_not_know(baskets: Baskets) -> None:
    owner = a_guest()
    await baskets.store.client.script_flush()
    with record_calls() as log:
        await baskets.add(owner)
        await baskets.add(owner)
    assert [call.text for call in log.calls] == [
        "pipeline of 3", "script", "script, whole", "pipeline of 3", "script",
    ]  # fmt: skip
    assert quantities(await baskets.in_redis(owner)) == {MUG: 2}
