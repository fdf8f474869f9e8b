"""Carts while CartDb or Redis is down: what counts, what is refused, and that nothing is behind for good."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from datasources.carts import keys
from datasources.carts.commands.copies import GRACE, copy_uncopied_carts
from datasources.carts.commands.lines import clear_cart
from datasources.carts.commands.lists import add_to_wishlist
from datasources.carts.loaders import CartLoaders
from datasources.core.errors import ServiceUnavailable
from gateway.embedded import Server
from tests.carts.baskets import DESK, LAMP, MUG, NOW, a_customer, a_guest, plain, quantities
from tests.outages.stopping import closed, stopped

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from gateway.embedded import EmbeddedServers
    from tests.carts.baskets import Baskets

LATER = NOW + GRACE + timedelta(seconds=1)


@pytest.fixture(autouse=True)
async def without_marks(baskets: Baskets) -> None:
    """No marks of other tests: those of all CartDbs are in one Redis."""
    await baskets.store.client.delete(keys.UNCOPIED)


def without_cart_db(baskets: Baskets, servers: EmbeddedServers) -> AbstractAsyncContextManager[None]:
    """CartDb is down."""
    return closed(servers, urlsplit(baskets.copies.url).path.removeprefix("/"))


async def copied(baskets: Baskets, **options: Any) -> int:
    """What a worker makes up for."""
    return await copy_uncopied_carts(*baskets.kept, now=LATER, **options)


async def test_a_change_counts_without_cart_db_and_is_made_up_for(
    baskets: Baskets, servers: EmbeddedServers, caplog: pytest.LogCaptureFixture
) -> None:
    owner = a_customer()
    await baskets.add(owner, MUG)
    async with without_cart_db(baskets, servers):
        changed = await baskets.add(owner, LAMP)
        assert f"cart of user {owner.user_id} is out of date" in caplog.text
        assert await baskets.is_marked(owner)
        with pytest.raises(ServiceUnavailable):
            await copied(baskets)
    assert quantities(await baskets.in_cart_db(owner)) == {MUG: 1}
    assert await copied(baskets) == 1
    assert plain(await baskets.in_cart_db(owner)) == plain(changed)
    assert not await baskets.is_marked(owner)
    assert await copied(baskets) == 0


async def test_the_next_change_makes_up_for_those_before(baskets: Baskets, servers: EmbeddedServers) -> None:
    owner = a_customer()
    await baskets.add(owner, MUG)
    async with without_cart_db(baskets, servers):
        await baskets.add(owner, LAMP)
    last = await baskets.add(owner, DESK)
    assert plain(await baskets.in_cart_db(owner)) == plain(last)
    assert not await baskets.is_marked(owner)


async def test_what_is_being_copied_is_left_to_whoever_does(
    baskets: Baskets, servers: EmbeddedServers
) -> None:
    owner = a_customer()
    await baskets.add(owner, MUG)
    async with without_cart_db(baskets, servers):
        await baskets.add(owner, MUG)
    assert await copy_uncopied_carts(*baskets.kept, now=NOW) == 0
    assert await copied(baskets) == 1


async def test_carts_are_made_up_for_in_portions_and_the_longest_waiting_first(
    baskets: Baskets, servers: EmbeddedServers
) -> None:
    owners = [a_customer() for _ in range(5)]
    for owner in owners:
        await baskets.add(owner, MUG)
    async with without_cart_db(baskets, servers):
        for place, owner in enumerate(owners):
            await baskets.add(owner, LAMP, now=NOW + timedelta(milliseconds=place))
    await baskets.lose(owners[0])  # only its mark is left, and goes
    assert await copied(baskets, most=2) == 2
    assert [await baskets.is_marked(owner) for owner in owners] == [False, False, True, True, True]
    assert await copied(baskets) == 3
    for owner in owners[1:]:
        assert plain(await baskets.in_cart_db(owner)) == plain(await baskets.in_redis(owner))
    assert quantities(await baskets.in_cart_db(owners[0])) == {MUG: 1}


async def test_a_cart_that_only_cart_db_may_have_is_not_begun_anew(
    baskets: Baskets, servers: EmbeddedServers
) -> None:
    owner, guest = a_customer(), a_guest()
    there = await baskets.add(owner, MUG)
    await baskets.lose(owner)
    await baskets.add(guest, LAMP)
    async with without_cart_db(baskets, servers):
        for attempt in (
            baskets.add(owner, LAMP),
            baskets.add(a_customer(), LAMP),
            clear_cart(*baskets.kept, owner, now=NOW),
            baskets.merge(guest, owner),
            baskets.take(owner, uuid4()),
        ):
            with pytest.raises(ServiceUnavailable) as down:
                await attempt
            assert down.value.service == "carts"
        assert quantities(await baskets.add(guest, LAMP)) == {LAMP: 2}  # a guest needs no CartDb
    assert plain(await baskets.find(owner)) == plain(there)
    assert quantities(await baskets.merge(guest, owner)) == {MUG: 1, LAMP: 2}


async def test_an_order_waits_for_cart_db_and_leaves_the_cart_then(
    baskets: Baskets, servers: EmbeddedServers
) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, MUG, 3)
    async with without_cart_db(baskets, servers):
        with pytest.raises(ServiceUnavailable):
            await baskets.take(owner, order)
        assert quantities(await baskets.in_redis(owner)) == {MUG: 3}
    await baskets.take(owner, order)
    assert quantities(await baskets.in_redis(owner)) == {MUG: 2}


async def test_merging_counts_without_cart_db_where_redis_has_both(
    baskets: Baskets, servers: EmbeddedServers
) -> None:
    guest, owner = a_guest(), a_customer()
    await baskets.add(owner, MUG)
    await baskets.add(guest, MUG)
    async with without_cart_db(baskets, servers):
        assert quantities(await baskets.merge(guest, owner)) == {MUG: 2}
    assert await copied(baskets) == 1
    assert quantities(await baskets.in_cart_db(owner)) == {MUG: 2}


async def test_without_redis_nothing_is_done(baskets: Baskets, servers: EmbeddedServers) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, MUG, 2)
    before = await baskets.in_cart_db(owner)
    assert owner.user_id is not None
    with stopped(servers, Server.REDIS):
        for attempt in (
            baskets.add(owner, LAMP),
            baskets.add(a_guest(), LAMP),
            baskets.merge(a_guest(), owner),
            baskets.take(owner, order),
            add_to_wishlist(baskets.store, user_id=owner.user_id, product_id="p", now=NOW),
            copied(baskets),
        ):
            with pytest.raises(ServiceUnavailable) as down:
                await attempt
            assert down.value.service == "carts"
    assert await baskets.in_cart_db(owner) == before
    assert await baskets.rows("SELECT FROM consumed_events WHERE event_id = $1", order) == []
    await baskets.take(owner, order)
    assert quantities(await baskets.find(owner)) == {MUG: 1}


async def test_reading_fills_redis_again_with_everything_there_was(baskets: Baskets) -> None:
    owners = [a_customer() for _ in range(3)]
    carts = [await baskets.add(owner, MUG, place + 1) for place, owner in enumerate(owners)]
    for owner in owners:
        await baskets.lose(owner)
    users = [owner.user_id for owner in owners if owner.user_id is not None]
    found = await CartLoaders(*baskets.kept).by_user.load_many([*users, uuid4()])
    assert [plain(cart) for cart in found] == [*map(plain, carts), None]
    for owner, cart in zip(owners, found, strict=False):
        assert await baskets.in_redis(owner) == cart
        assert 0 < await baskets.store.client.ttl(owner.key) <= keys.CART_SECONDS


async def test_what_is_filled_in_never_replaces_what_is_there(baskets: Baskets) -> None:
    """Somebody has changed the cart between a reader's two questions."""
    owner = a_customer()
    await baskets.add(owner, MUG)
    changed: list[object] = []

    class Slow(CartLoaders):
        async def _fill(self, restored: object) -> dict[UUID, object]:  # type: ignore[override]
            changed.append(await baskets.add(owner, LAMP))
            return await super()._fill(restored)  # type: ignore[arg-type,return-value]

    await baskets.lose(owner)
    assert owner.user_id is not None
    await Slow(*baskets.kept).by_user.load(owner.user_id)
    assert plain(await baskets.in_redis(owner)) == plain(changed[0])  # type: ignore[arg-type]
