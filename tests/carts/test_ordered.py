"""What was ordered leaves the cart once, whatever breaks in between, and nothing else leaves it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import event

from datasources.carts import keys
from datasources.carts.commands.checkouts import set_checkout
from datasources.carts.commands.coupons import add_coupon
from datasources.carts.commands.lines import clear_cart
from datasources.carts.records import NO_DETAILS, CheckoutDetails
from datasources.core.calls import record_calls
from datasources.core.errors import ServiceUnavailable
from datasources.core.money import NOTHING
from tests.carts.baskets import DESK, LAMP, MUG, NOW, a_customer, a_guest, new_line, plain, quantities

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasources.carts.owners import CartOwner
    from tests.carts.baskets import Baskets

both = pytest.mark.parametrize("someone", [a_customer, a_guest])


@both
async def test_the_order_leaves_and_the_rest_stays(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner, order = someone(), uuid4()
    await baskets.add(owner, lines=[new_line(MUG, 2), new_line(LAMP), new_line(DESK)])
    await add_coupon(*baskets.kept, owner, code="A", now=NOW)
    await set_checkout(*baskets.kept, owner, details=CheckoutDetails(email="a@example.org"), now=NOW)
    await baskets.add(owner, MUG)  # meanwhile
    for _ in range(3):
        await baskets.take(owner, order, units={MUG: 2, LAMP: 1, uuid4(): 4})
    cart = await baskets.in_redis(owner)
    assert cart is not None
    assert quantities(cart) == {MUG: 1, DESK: 1}
    assert (cart.coupon_codes, cart.discount, cart.checkout, cart.version) == ((), NOTHING, NO_DETAILS, 5)
    seconds = await baskets.store.client.ttl(keys.ordered(order))
    assert keys.ORDERED_SECONDS - 5 < seconds <= keys.ORDERED_SECONDS
    if owner.user_id is not None:
        assert plain(await baskets.in_cart_db(owner)) == plain(cart)
        assert not await baskets.is_marked(owner)
        query = "SELECT consumer FROM consumed_events WHERE event_id = $1"
        assert [row["consumer"] for row in await baskets.rows(query, order)] == ["cart.ordered"]


@both
async def test_ten_at_once_take_it_once_and_what_is_added_beside_stays(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    for _ in range(5):
        owner, order = someone(), uuid4()
        await baskets.add(owner, MUG, 20)
        await asyncio.gather(
            *(baskets.take(owner, order, units={MUG: 2}) for _ in range(10)),
            *(baskets.add(owner, LAMP) for _ in range(5)),
            baskets.take(owner, uuid4(), units={MUG: 3}),
        )
        assert quantities(await baskets.in_redis(owner)) == {MUG: 15, LAMP: 5}
        if owner.user_id is not None:
            assert plain(await baskets.in_cart_db(owner)) == plain(await baskets.in_redis(owner))


async def test_a_cart_that_redis_has_let_go_loses_its_order_once(baskets: Baskets) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, MUG, 5)
    await baskets.lose(owner)
    await asyncio.gather(*(baskets.take(owner, order) for _ in range(10)))
    assert quantities(await baskets.in_redis(owner)) == {MUG: 4}
    # Redis loses all that it knew, and the customer goes on.
    await baskets.lose(owner, order)
    await baskets.add(owner, MUG)
    await asyncio.gather(*(baskets.take(owner, order) for _ in range(10)))
    assert quantities(await baskets.in_redis(owner)) == {MUG: 5}
    assert quantities(await baskets.in_cart_db(owner)) == {MUG: 5}


@pytest.mark.parametrize("redis_is_lost", [False, True])
async def test_cut_short_between_redis_and_cart_db_it_is_finished_later(
    baskets: Baskets, redis_is_lost: bool
) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, MUG, 5)
    engine = baskets.copies._transactions().sync_engine

    def fail(*_: object) -> None:
        raise ServiceUnavailable("carts")

    event.listen(engine, "commit", fail)
    try:
        with pytest.raises(ServiceUnavailable):
            await baskets.take(owner, order)
    finally:
        event.remove(engine, "commit", fail)
    assert quantities(await baskets.in_redis(owner)) == {MUG: 4}
    assert quantities(await baskets.in_cart_db(owner)) == {MUG: 5}
    if redis_is_lost:
        await baskets.lose(owner, order)
    for _ in range(2):
        await baskets.take(owner, order)
        assert quantities(await baskets.in_redis(owner)) == {MUG: 4}
        assert plain(await baskets.in_cart_db(owner)) == plain(await baskets.in_redis(owner))
        assert not await baskets.is_marked(owner)


@both
async def test_without_a_cart_there_is_nothing_to_take_then_or_later(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    owner, order = someone(), uuid4()
    await baskets.take(owner, order)
    assert await baskets.find(owner) is None
    if owner.user_id is not None:
        await baskets.add(owner, MUG)
        await baskets.take(owner, order)
        assert quantities(await baskets.find(owner)) == {MUG: 1}


async def test_how_many_statements_it_takes(baskets: Baskets) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, lines=[new_line(MUG), new_line(LAMP), new_line(DESK)])

    async def statements(who: CartOwner) -> int:
        with record_calls() as log:
            await baskets.take(who, order)
        return sum(not call.text.startswith(("pipeline", "script")) for call in log.calls)

    assert await statements(owner) == 2
    assert await statements(owner) == 1
    other, order = a_customer(), uuid4()
    await baskets.add(other)
    await baskets.lose(other)
    assert await statements(other) == 3  # the cart has to be read first
    guest = a_guest()
    await baskets.add(guest)
    assert await statements(guest) == 0


async def test_a_cart_that_was_left_behind_is_come_back_to(baskets: Baskets) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner)
    await baskets.rows(
        "INSERT INTO abandoned_carts (cart_id, user_id, cart_data)"
        " SELECT id, user_id, '{}' FROM shopping_carts WHERE user_id = $1",
        owner.user_id,
    )
    await baskets.take(owner, order)
    query = "SELECT recovered_at, recovered_order_id FROM abandoned_carts WHERE user_id = $1"
    [row] = await baskets.rows(query, owner.user_id)
    assert tuple(row) == (NOW, order)
    await baskets.take(owner, uuid4())
    assert [tuple(row) for row in await baskets.rows(query, owner.user_id)] == [(NOW, order)]


async def test_an_order_of_an_emptied_cart_takes_nothing(baskets: Baskets) -> None:
    owner = a_customer()
    await baskets.add(owner)
    await clear_cart(*baskets.kept, owner, now=NOW)
    await baskets.take(owner, uuid4())
    assert quantities(await baskets.in_redis(owner)) == {}
