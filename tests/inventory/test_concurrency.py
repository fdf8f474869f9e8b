"""Many at once for the same stock: nothing is sold twice, nobody waits for ever, a killed process breaks nothing."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from datasources.core.databases import Database
from datasources.inventory.changes import ItemUnits
from datasources.inventory.commands.deliveries import transfer
from datasources.inventory.commands.expiries import expire_reservations
from datasources.inventory.errors import NotEnoughStock, NothingReserved
from tests.inventory.shelves import CLERK, NOW, SOON, Quantities

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tests.inventory.shelves import Shelves

SHOPPERS = 200
STOCK = 50


async def outcomes(attempts: list[Awaitable[Any]]) -> Counter[str]:
    """How many of these attempts, made at once, ended in which way."""

    async def outcome(attempt: Awaitable[Any]) -> str:
        try:
            await attempt
        except NotEnoughStock:
            return "refused"
        return "done"

    return Counter(await asyncio.gather(*map(outcome, attempts)))


async def test_of_200_at_once_for_50_in_two_warehouses_50_get_one(shelves: Shelves) -> None:
    mug = await shelves.count(east=30, west=20)
    ended = await outcomes([shelves.reserve((mug, 1)) for _ in range(SHOPPERS)])
    assert ended == {"done": STOCK, "refused": SHOPPERS - STOCK}
    assert await shelves.quantities(mug) == Quantities(0, reserved=STOCK)
    assert await shelves.quantities(mug, shelves.east) == Quantities(0, reserved=30)
    assert await shelves.quantities(mug, shelves.west) == Quantities(0, reserved=20)


async def test_two_items_taken_in_opposite_orders_are_no_deadlock(shelves: Shelves) -> None:
    mug, lamp = await shelves.count(east=30, west=20), await shelves.count(east=10, west=40)
    pairs = [((mug, 1), (lamp, 1)), ((lamp, 1), (mug, 1))]
    ended = await outcomes([shelves.reserve(*pairs[number % 2]) for number in range(SHOPPERS)])
    assert ended == {"done": STOCK, "refused": SHOPPERS - STOCK}
    assert await shelves.quantities(mug) == await shelves.quantities(lamp) == Quantities(0, reserved=STOCK)


async def test_one_key_at_once_from_many_is_one_reservation(shelves: Shelves) -> None:
    mug = await shelves.count(east=STOCK)
    order = uuid4()
    answers = await asyncio.gather(
        *(shelves.reserve((mug, 2), order=order, idempotency_key="one") for _ in range(20))
    )
    assert all(answer == answers[0] for answer in answers)
    assert await shelves.quantities(mug) == Quantities(STOCK - 2, reserved=2)


async def test_orders_that_grow_while_they_are_placed_or_given_up_are_no_deadlock(shelves: Shelves) -> None:
    """Whoever waits for an order's items starts over when it holds others by then, and nobody waits for ever."""
    items = sorted([await shelves.count(east=500) for _ in range(3)], key=lambda item: item.id)
    orders = [uuid4() for _ in range(40)]
    # The last items first, so that those that come later are to be locked before them.
    await asyncio.gather(*(shelves.reserve((items[2], 1), order=order) for order in orders))
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(
                attempt
                for order in orders
                for attempt in (
                    shelves.reserve((items[0], 1), order=order),
                    shelves.commit(order),
                    shelves.reserve((items[1], 1), order=order),
                    shelves.commit(order),
                )
            )
        )
    for order in orders:
        assert (await shelves.commit(order)).product_ids == tuple(item.product_id for item in items)
    for item in items:
        assert await shelves.quantities(item) == Quantities(460, committed=40)


async def test_everything_at_once_leaves_every_sum_whole(shelves: Shelves) -> None:
    """Reservations of several items, deliveries, transfers, sweeps, and orders that are placed and given up."""
    dice = random.Random(5)  # noqa: S311  # the same every time
    items = [await shelves.count(east=10, west=10, backorder=number == 0, threshold=5) for number in range(3)]

    async def shop() -> None:
        order = uuid4()
        chosen = dice.sample(items, 2)
        try:
            await shelves.reserve(
                *((item, dice.randint(1, 4)) for item in chosen),
                order=order,
                expires_at=NOW + timedelta(minutes=dice.choice((1, 30))),
            )
        except NotEnoughStock:
            return
        with suppress(NothingReserved):  # a sweep was faster
            await dice.choice((shelves.commit, shelves.release, _leave))(order)

    async def move() -> None:
        places = dice.sample((shelves.east, shelves.west), 2)
        units = [ItemUnits(item_id=item.id, quantity=1) for item in dice.sample(items, 2)]
        try:
            await transfer(
                shelves.database,
                from_warehouse_id=places[0],
                to_warehouse_id=places[1],
                units=units,
                idempotency_key=uuid4().hex,
                actor_id=CLERK,
                now=NOW,
            )
        except NotEnoughStock:
            return

    async def deliver() -> None:
        await shelves.restock(
            dice.choice(items), dice.randint(1, 5), dice.choice((shelves.east, shelves.west))
        )

    async def sweep() -> None:
        await expire_reservations(shelves.database, now=SOON)

    work = [shop] * 6 + [move, deliver, sweep]
    await asyncio.gather(*(dice.choice(work)() for _ in range(150)))


async def _leave(_order: object) -> None:
    """A shopper who closes the browser."""


async def test_a_process_killed_in_the_middle_leaves_every_sum_whole(shelves: Shelves) -> None:
    items = [await shelves.count(east=500, west=500) for _ in range(2)]
    for round_ in range(3):
        before = len(await shelves.rows("SELECT FROM inventory_transactions"))
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.inventory.killed",
            shelves.database.url,
            *(str(item.variant_id) for item in items),
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        async with asyncio.timeout(60):
            await child.stdout.readline()  # it is at work
            await asyncio.sleep(0.05 + 0.07 * round_)
            child.kill()
            await child.communicate()
        assert child.returncode == -9
        assert len(await shelves.rows("SELECT FROM inventory_transactions")) > before
        await shelves.check()
    # Nobody holds anything back: the next in line is served at once.
    other = Database("inventory", shelves.database.url)
    try:
        async with asyncio.timeout(10):
            await expire_reservations(other, now=SOON + timedelta(days=1), most=10_000)
            await shelves.reserve((items[0], 500), (items[1], 500), expires_at=SOON + timedelta(days=2))
    finally:
        await other.close()
