"""Stock for orders: where it is taken from, what becomes of it, and that everything asked twice is done once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.errors import IdempotencyConflict
from datasources.inventory.changes import ItemUnits, Units
from datasources.inventory.commands.deliveries import restock
from datasources.inventory.commands.expiries import expire_reservations
from datasources.inventory.commands.returns import return_to_stock
from datasources.inventory.commands.warehouses import deactivate_warehouse
from datasources.inventory.errors import (
    AlreadyReserved,
    AlreadyShipped,
    NotEnoughStock,
    NothingReserved,
    NotShippable,
    TooManyReturned,
    TooManyUnits,
    UnknownItem,
)
from tests.inventory.shelves import CLERK, NOW, SOON, Quantities

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from tests.inventory.shelves import Shelves


async def test_an_order_goes_from_reserved_to_shipped_and_back(shelves: Shelves, database: Database) -> None:
    mug = await shelves.count(east=5)
    order = uuid4()
    reserved = await shelves.reserve((mug, 3), order=order)
    assert [(it.quantity, it.status, it.warehouse_id) for it in reserved.lines] == [
        (3, "active", shelves.east)
    ]
    assert reserved.product_ids == (mug.product_id,)
    assert await shelves.quantities(mug) == Quantities(2, reserved=3)
    with pytest.raises(NotShippable):
        await shelves.ship(order)
    assert {it.status for it in (await shelves.commit(order)).lines} == {"committed"}
    assert await shelves.quantities(mug) == Quantities(2, committed=3)
    assert [it.shipped for it in (await shelves.ship(order)).lines] == [3]
    assert await shelves.quantities(mug) == Quantities(2)
    with pytest.raises(AlreadyShipped):
        await shelves.release(order)
    back = [Units(variant_id=mug.variant_id, quantity=2)]
    returned = await return_to_stock(database, order_id=order, units=back, idempotency_key="back", now=NOW)
    assert [it.returned for it in returned.lines] == [2]
    assert await shelves.quantities(mug) == Quantities(4)
    with pytest.raises(TooManyReturned) as refused:
        await return_to_stock(database, order_id=order, units=back, idempotency_key="again", now=NOW)
    assert refused.value.returnable == 1
    kinds = await shelves.rows(
        "SELECT transaction_type FROM inventory_transactions ORDER BY created_at, sequence"
    )
    assert [it[0] for it in kinds] == ["restock", "reservation", "commit", "sale", "return"]


async def test_what_was_not_sent_yet_can_be_sold_again_and_is_not_sent(
    shelves: Shelves, database: Database
) -> None:
    mug, desk = await shelves.count(east=4), await shelves.count(east=1, backorder=True)
    order = uuid4()
    await shelves.reserve((mug, 3), (desk, 3), order=order)
    await shelves.commit(order)

    async def take_back(key: str, **units: int) -> None:
        variants = {"mugs": mug.variant_id, "desks": desk.variant_id}
        back = [Units(variant_id=variants[name], quantity=count) for name, count in units.items()]
        await return_to_stock(database, order_id=order, units=back, idempotency_key=key, now=NOW)

    for _ in range(2):
        await take_back("some", mugs=2, desks=1)
    assert await shelves.quantities(mug) == Quantities(3, committed=1)
    # What is promised goes before what is there.
    assert await shelves.quantities(desk) == Quantities(0, committed=1, backordered=1)
    with pytest.raises(TooManyReturned) as refused:
        await take_back("too many", mugs=2)
    assert refused.value.returnable == 1
    with pytest.raises(NotShippable):
        await shelves.ship(order)
    await take_back("the rest of the desks", desks=2)
    assert await shelves.quantities(desk) == Quantities(1)
    assert [(it.quantity, it.shipped) for it in (await shelves.ship(order)).lines if it.is_live] == [(1, 1)]
    assert await shelves.quantities(mug) == Quantities(3)
    await take_back("what was sent", mugs=1)
    assert await shelves.quantities(mug) == Quantities(4)
    await shelves.check()


async def test_one_warehouse_with_everything_is_better_than_two_preferred_ones(shelves: Shelves) -> None:
    mug = await shelves.count(east=2, west=5)
    whole = await shelves.reserve((mug, 3))
    assert [(it.warehouse_id, it.quantity) for it in whole.lines] == [(shelves.west, 3)]
    split = await shelves.reserve((mug, 4))
    assert {it.warehouse_id: it.quantity for it in split.lines} == {shelves.east: 2, shelves.west: 2}


async def test_all_of_an_order_is_reserved_or_nothing(shelves: Shelves) -> None:
    mug, lamp = await shelves.count(east=5), await shelves.count(west=1)
    with pytest.raises(NotEnoughStock) as refused:
        await shelves.reserve((mug, 2), (lamp, 3))
    assert [(it.sku, it.wanted, it.available) for it in refused.value.shortages] == [(lamp.sku, 3, 1)]
    assert await shelves.quantities(mug) == Quantities(5)
    with pytest.raises(UnknownItem):
        await shelves.reserve((mug, 1), (replace(lamp, variant_id=uuid4()), 1))
    with pytest.raises(ValueError, match="at least one"):
        await shelves.reserve((mug, 0))
    with pytest.raises(ValueError, match="some time"):
        await shelves.reserve((mug, 1), expires_at=NOW)
    with pytest.raises(ValueError, match="something"):
        await shelves.reserve()


async def test_the_same_key_answers_the_same_and_moves_once(shelves: Shelves) -> None:
    mug = await shelves.count(east=5)
    order = uuid4()
    first = await shelves.reserve((mug, 2), order=order, idempotency_key="one")
    assert await shelves.reserve((mug, 2), order=order, idempotency_key="one") == first
    with pytest.raises(IdempotencyConflict):
        await shelves.reserve((mug, 3), order=order, idempotency_key="one")
    with pytest.raises(IdempotencyConflict):
        await shelves.commit(order, idempotency_key="one")
    with pytest.raises(AlreadyReserved):
        await shelves.reserve((mug, 2), order=order, idempotency_key="two")
    committed = await shelves.commit(order, idempotency_key="three")
    # The first answer is still the first answer.
    assert await shelves.reserve((mug, 2), order=order, idempotency_key="one") == first
    assert await shelves.commit(order, idempotency_key="three") == committed
    assert await shelves.commit(order, idempotency_key="four") == committed
    assert await shelves.quantities(mug) == Quantities(3, committed=2)
    assert len(await shelves.rows("SELECT FROM inventory_transactions")) == 3


async def test_a_refused_key_is_free_again(shelves: Shelves) -> None:
    mug = await shelves.count(east=1)
    order = uuid4()
    with pytest.raises(NotEnoughStock):
        await shelves.reserve((mug, 2), order=order, idempotency_key="key")
    await shelves.restock(mug, 1)
    await shelves.reserve((mug, 2), order=order, idempotency_key="key")


async def test_what_was_released_can_be_reserved_again(shelves: Shelves) -> None:
    mug = await shelves.count(east=2)
    order = uuid4()
    await shelves.reserve((mug, 2), order=order)
    await shelves.release(order, reason="Changed my mind")
    assert await shelves.quantities(mug) == Quantities(2)
    with pytest.raises(NothingReserved):
        await shelves.commit(order)
    await shelves.release(order)
    await shelves.reserve((mug, 1), order=order)
    await shelves.commit(order)
    await shelves.release(order)
    assert await shelves.quantities(mug) == Quantities(2)
    for command in (shelves.release, shelves.commit, shelves.ship):
        with pytest.raises(NothingReserved):
            await command(uuid4())


async def test_what_was_given_up_elsewhere_stays_in_the_answer(shelves: Shelves) -> None:
    mug = await shelves.count(east=2, west=5)
    order = uuid4()
    (given_up,) = (await shelves.reserve((mug, 2), order=order)).lines
    await shelves.release(order)
    taken = await shelves.reserve((mug, 4), order=order)
    assert {it.warehouse_id: (it.status, it.quantity) for it in taken.lines} == {
        shelves.east: ("released", 2),
        shelves.west: ("active", 4),
    }
    assert given_up.reservation_id in {it.reservation_id for it in taken.lines}
    # What was answered is what there is.
    committed = await shelves.commit(order)
    assert [replace(it, status="active") for it in committed.lines if it.status == "committed"] == [
        it for it in taken.lines if it.status == "active"
    ]
    assert [it for it in committed.lines if it.status == "released"] == [
        it for it in taken.lines if it.status == "released"
    ]
    await shelves.release(order)
    again = await shelves.reserve((mug, 1), order=order)
    assert [(it.reservation_id, it.quantity) for it in again.lines if it.is_live] == [
        (given_up.reservation_id, 1)
    ]


async def test_what_was_shipped_from_a_warehouse_that_closed_is_held_still(shelves: Shelves) -> None:
    mug = await shelves.count(east=1, west=3)
    order = uuid4()
    await shelves.reserve((mug, 3), order=order)
    await shelves.commit(order)
    await shelves.ship(order)
    await deactivate_warehouse(shelves.database, warehouse_id=shelves.west, actor_id=CLERK, now=NOW)
    with pytest.raises(AlreadyReserved) as refused:
        await shelves.reserve((mug, 1), order=order)
    assert refused.value.variant_ids == (mug.variant_id,)


async def test_movements_stand_in_the_journal_in_their_order(shelves: Shelves, database: Database) -> None:
    items = [await shelves.count(backorder=True) for _ in range(12)]
    for item in items:
        await shelves.reserve((item, 1))
    moved = await restock(
        database,
        warehouse_id=shelves.east,
        units=[ItemUnits(item_id=item.id, quantity=2) for item in items],
        idempotency_key="many",
        actor_id=CLERK,
        now=NOW,
    )
    # Every delivery, then what was given to those who waited.
    assert [it.kind for it in moved.movements] == ["restock"] * 12 + ["reservation"] * 12
    places = [it.sequence for it in moved.movements]
    assert places == list(range(places[0], places[0] + 24))
    told = await shelves.rows(
        "SELECT aggregate_id FROM domain_events WHERE event_data ->> 'cause' = 'restock' ORDER BY sequence"
    )
    assert [it[0] for it in told] == [str(it.id) for it in moved.items]


async def test_what_comes_in_goes_to_who_waited_longest(shelves: Shelves) -> None:
    mug = await shelves.count(east=1, west=1, backorder=True)
    first, second = uuid4(), uuid4()
    waiting = await shelves.reserve((mug, 4), order=first)
    assert waiting.backordered == 2
    assert await shelves.quantities(mug) == Quantities(0, reserved=2, backordered=2)
    await shelves.reserve((mug, 1), order=second, now=NOW + timedelta(seconds=1))
    await shelves.commit(first)
    with pytest.raises(NotShippable) as refused:
        await shelves.ship(first)
    assert refused.value.backordered == 2
    await shelves.restock(mug, 1)
    assert await shelves.quantities(mug) == Quantities(0, reserved=0, committed=3, backordered=2)
    await shelves.restock(mug, 5)
    assert await shelves.quantities(mug) == Quantities(3, reserved=1, committed=4)
    await shelves.ship(first)
    third = uuid4()
    assert (await shelves.reserve((mug, 5), order=third)).backordered == 2
    # What one order gives up is the next one's, and a promise that is given up is nobody's.
    await shelves.release(second)
    assert await shelves.quantities(mug) == Quantities(0, reserved=4, backordered=1)
    await shelves.release(third)
    assert await shelves.quantities(mug) == Quantities(4)


async def test_reservations_expire_and_are_taken_back_once(shelves: Shelves, database: Database) -> None:
    mug, lamp = await shelves.count(east=4), await shelves.count(west=4)
    kept, lost, placed = uuid4(), uuid4(), uuid4()
    await shelves.reserve((mug, 1), order=kept, expires_at=SOON + timedelta(hours=1))
    await shelves.reserve((mug, 1), (lamp, 2), order=lost)
    await shelves.reserve((mug, 1), order=placed)
    await shelves.commit(placed)
    assert await expire_reservations(database, now=SOON - timedelta(seconds=1)) == ()
    expired = await expire_reservations(database, now=SOON)
    assert [(it.order_id, {line.status for line in it.lines}) for it in expired] == [(lost, {"expired"})]
    assert set(expired[0].product_ids) == {mug.product_id, lamp.product_id}
    assert await expire_reservations(database, now=SOON) == ()
    assert await shelves.quantities(mug) == Quantities(2, reserved=1, committed=1)
    assert await shelves.quantities(lamp) == Quantities(4)
    with pytest.raises(NothingReserved):
        await shelves.commit(lost)
    await shelves.reserve((lamp, 1), order=lost, expires_at=SOON + timedelta(hours=1))
    await shelves.commit(lost)


async def test_hundreds_of_orders_expire_at_once(shelves: Shelves, database: Database) -> None:
    items = [await shelves.count(east=200, west=200, threshold=50) for _ in range(3)]
    placed = [uuid4() for _ in range(350)]
    await asyncio.gather(*(shelves.reserve(*((item, 1) for item in items), order=order) for order in placed))
    expired = await expire_reservations(database, now=SOON, most=10_000)
    assert {it.order_id for it in expired} == set(placed)
    assert {line.status for it in expired for line in it.lines} == {"expired"}
    for item in items:
        assert await shelves.quantities(item) == Quantities(400)


async def test_a_sweep_waits_for_nobody(shelves: Shelves, database: Database) -> None:
    mug, lamp = await shelves.count(east=4), await shelves.count(east=4)
    both, lamps = uuid4(), uuid4()
    await shelves.reserve((mug, 1), (lamp, 1), order=both)
    await shelves.reserve((lamp, 1), order=lamps)
    async with database.connection() as busy, busy.transaction():
        await busy.execute("SELECT FROM inventory_items WHERE id = $1 FOR NO KEY UPDATE", mug.id)
        assert [it.order_id for it in await expire_reservations(database, now=SOON)] == [lamps]
    assert [it.order_id for it in await expire_reservations(database, now=SOON)] == [both]


async def test_no_more_is_promised_than_can_be_counted(shelves: Shelves) -> None:
    mug = await shelves.count(backorder=True)
    with pytest.raises(TooManyUnits):
        await shelves.reserve((mug, 2**31))
    first = uuid4()
    await shelves.reserve((mug, 2**31 - 1), order=first)
    with pytest.raises(TooManyUnits):
        await shelves.reserve((mug, 1))
    await shelves.release(first)


async def test_a_promise_is_made_elsewhere_when_its_warehouse_closes(
    shelves: Shelves, database: Database
) -> None:
    mug = await shelves.count(backorder=True)
    async with database.connection() as busy:
        async with busy.transaction():
            await busy.execute("UPDATE warehouses SET is_active = false WHERE id = $1", shelves.east)
            promised = asyncio.create_task(shelves.reserve((mug, 2)))
            await waiting_for_a_lock(database)
        assert [it.warehouse_id for it in (await promised).lines] == [shelves.west]


async def test_what_an_order_comes_to_hold_meanwhile_is_committed_too(
    shelves: Shelves, database: Database
) -> None:
    mug, lamp = await shelves.count(east=2), await shelves.count(east=2)
    order = uuid4()
    await shelves.reserve((mug, 1), order=order)
    async with database.connection() as busy, busy.transaction():
        await busy.execute("SELECT FROM inventory_items WHERE id = $1 FOR NO KEY UPDATE", mug.id)
        committed = asyncio.create_task(shelves.commit(order))
        await waiting_for_a_lock(database)
        await shelves.reserve((lamp, 1), order=order)
    assert {it.item_id for it in (await committed).lines} == {mug.id, lamp.id}
    assert await shelves.quantities(lamp) == Quantities(1, committed=1)


async def waiting_for_a_lock(database: Database) -> None:
    """Wait until somebody else waits for a row."""
    async with asyncio.timeout(10), database.connection() as watching:
        while not await watching.fetchval(  # noqa: ASYNC110  # the event is the server's
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)
