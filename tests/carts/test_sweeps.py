"""What a worker does with carts that were left behind, and with copies that have expired."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from datasources.carts.commands.abandonments import customers_who_left, note_abandoned_carts
from datasources.carts.commands.copies import purge_expired_carts
from datasources.carts.commands.lines import clear_cart
from datasources.carts.limits import COPY_LIFETIME
from datasources.carts.owners import CartOwner
from datasources.core.calls import record_calls
from datasources.users.queries import find_by_email
from datasources.workflows.abandoned_carts import sweep_abandoned_carts
from tests.carts.baskets import LAMP, MUG, NOW, a_customer, new_line, quantities

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from tests.carts.baskets import Baskets

DAY = timedelta(days=1)


def user(owner: CartOwner) -> UUID:
    """A customer's id."""
    assert owner.user_id is not None
    return owner.user_id


async def note(baskets: Baskets, *owners: CartOwner, now: datetime = NOW) -> set[UUID]:
    """Whose carts are noted as untouched for a day."""
    emails = {user(owner): f"{user(owner)}@example.org" for owner in owners}
    noted = await note_abandoned_carts(baskets.copies, emails=emails, before=now - DAY, now=now)
    return {each.user_id for each in noted}


async def test_a_cart_that_was_left_is_noted_once(baskets: Baskets) -> None:
    left, empty, fresh = a_customer(), a_customer(), a_customer()
    for owner in (left, empty):
        await baskets.add(owner, lines=[new_line(MUG, 2), new_line(LAMP)], now=NOW - 2 * DAY)
    await clear_cart(*baskets.kept, empty, now=NOW - 2 * DAY)
    await baskets.add(fresh)
    assert user(left) in await customers_who_left(baskets.copies, before=NOW - DAY)
    found = await asyncio.gather(*(note(baskets, left, empty, fresh) for _ in range(8)))
    assert sorted(map(len, found)) == [0] * 7 + [1]
    assert await note(baskets, left, empty, fresh) == set()
    assert user(left) not in await customers_who_left(baskets.copies, before=NOW - DAY)
    [row] = await baskets.rows("SELECT * FROM abandoned_carts WHERE user_id = $1", left.user_id)
    assert (row["email"], row["abandoned_at"], row["recovery_email_sent"]) == (
        f"{left.user_id}@example.org", NOW, False,
    )  # fmt: skip
    items = row["cart_data"]["items"]
    assert [(item["name"], item["price"], item["quantity"], item["subtotal"]) for item in items] == [
        ("Thing 1", "9.99", 2, "19.98"), ("Thing 2", "49.50", 1, "49.50"),
    ]  # fmt: skip
    events = await baskets.rows(
        "SELECT event_type, event_data, version FROM domain_events WHERE aggregate_id = $1",
        str(row["cart_id"]),
    )
    told = {"user_id": str(left.user_id), "abandoned_cart_id": str(row["id"])}
    assert [tuple(event) for event in events] == [("CartAbandoned", told, 1)]


async def test_who_orders_and_leaves_again_is_noted_again(baskets: Baskets) -> None:
    owner, order = a_customer(), uuid4()
    await baskets.add(owner, MUG, 2, now=NOW - 3 * DAY)
    assert await note(baskets, owner) == {user(owner)}
    await baskets.take(owner, order, now=NOW - 2 * DAY)  # one mug, and the other stays
    assert await note(baskets, owner) == {user(owner)}
    rows = await baskets.rows(
        "SELECT recovered_order_id FROM abandoned_carts WHERE user_id = $1", owner.user_id
    )
    assert {row["recovered_order_id"] for row in rows} == {order, None}


async def test_a_sweep_takes_the_longest_untouched_first_and_as_many_calls_for_many(baskets: Baskets) -> None:
    owners = [a_customer() for _ in range(6)]
    for days, owner in enumerate(reversed(owners), start=40):
        await baskets.add(owner, now=NOW - days * DAY)
    wanted = await customers_who_left(baskets.copies, before=NOW - 39 * DAY, most=4)
    assert wanted == tuple(user(owner) for owner in owners[:4])
    costs = []
    for some in (owners[:1], owners[1:]):
        with record_calls() as log:
            await note(baskets, *some)
        costs.append(log.by_service())
    assert costs[0] == costs[1] == {"carts": 4}


async def test_expired_copies_go_with_their_lines_and_leave_notes_behind(baskets: Baskets) -> None:
    old, young = a_customer(), a_customer()
    await baskets.add(old, now=NOW - COPY_LIFETIME - DAY)
    await baskets.lose(old)
    await baskets.add(young)
    await note(baskets, old)
    assert await purge_expired_carts(baskets.copies, now=NOW, most=0) == 0
    assert await purge_expired_carts(baskets.copies, now=NOW) == 1
    assert await purge_expired_carts(baskets.copies, now=NOW) == 0
    assert await baskets.find(old) is None
    assert quantities(await baskets.in_cart_db(young)) == {MUG: 1}
    [row] = await baskets.rows("SELECT cart_id FROM abandoned_carts WHERE user_id = $1", old.user_id)
    assert row["cart_id"] is None
    again = await baskets.add(old, LAMP)
    assert (quantities(again), again.version) == ({LAMP: 1}, 1)


async def test_an_expired_copy_is_begun_anew(baskets: Baskets) -> None:
    owner = a_customer()
    await baskets.add(owner, now=NOW - COPY_LIFETIME - DAY)
    await baskets.lose(owner)
    cart = await baskets.add(owner, LAMP)
    assert (quantities(cart), cart.version) == ({LAMP: 1}, 1)
    assert quantities(await baskets.in_cart_db(owner)) == {LAMP: 1}


async def test_a_sweep_finds_the_addresses_to_write_to(baskets: Baskets, connections: Connections) -> None:
    account = await find_by_email(connections.users, "customer@example.com")
    assert account is not None
    async with baskets.copies.transaction() as transaction:
        await transaction.exec_driver_sql("DELETE FROM shopping_carts")
    customer, gone = CartOwner(user_id=account.id), a_customer()
    in_redis: Any = await baskets.fields(customer)
    await baskets.lose(customer)
    for owner in (customer, gone):
        await baskets.add(owner, now=NOW - 2 * DAY)
    shop = replace(connections, cart_copies=baskets.copies)
    noted = await sweep_abandoned_carts(shop, before=NOW - DAY, now=NOW)
    assert {each.user_id for each in noted} == {user(customer), user(gone)}
    rows = await baskets.rows(
        "SELECT user_id, email FROM abandoned_carts WHERE recovered_at IS NULL AND cart_id IS NOT NULL"
    )
    assert {row["user_id"]: row["email"] for row in rows} == {
        user(customer): "customer@example.com", user(gone): None,
    }  # fmt: skip
    await baskets.lose(customer)
    await baskets.store.client.hset(customer.key, mapping=in_redis)
    await baskets.store.client.expire(customer.key, customer.seconds)
