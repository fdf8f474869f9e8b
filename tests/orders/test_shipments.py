"""Shipping over two databases: units leave once, whatever fails between them, and never those of a cancelled order."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from datasources.core.connections import open_connections
from datasources.core.errors import ServiceUnavailable
from datasources.inventory.errors import AlreadyShipped, NothingReserved, NotShippable
from datasources.orders.commands.fulfilment import begin_shipment
from datasources.orders.errors import NotPaid, WrongStatus
from datasources.orders.tables import orders
from datasources.workflows.shipments import send_order
from tests.inventory.shelves import Quantities
from tests.orders.placed import NOW, PARCEL, STAFF, bought, check, place, row_of, rows, steps_of, told_of
from tests.services.shops import NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from datasources.core.connections import Connections, DatabaseUrls
    from datasources.orders.records import Order
    from tests.inventory.shelves import Shelves


def send(shop: Connections, order: UUID, **values: Any) -> Coroutine[Any, Any, Order]:
    given: dict[str, Any] = {"shipment": PARCEL, "actor_id": STAFF, "now": NOW, **values}
    return send_order(shop, order_id=order, **given)


async def sold(shop: Connections, order: UUID) -> int:
    """How many units have left the warehouses for the order."""
    sales = f"FROM inventory_transactions WHERE transaction_type = 'sale' AND reference_id = '{order}'"
    (row,) = await rows(
        shop.inventory, f"SELECT -COALESCE(SUM(committed_change), 0) AS units {sales}"
    )  # our own words
    return int(row["units"])


async def test_an_order_is_shipped_with_its_units(shop: Connections, shelves: Shelves) -> None:
    order = await bought(shelves, shop.orders, quantity=3)
    shipped = await send(shop, order)
    assert (shipped.status, shipped.shipped_at) == ("shipped", NOW)
    assert await sold(shop, order) == 3
    assert (await steps_of(shop.orders, order))[-2:] == [("paid", "processing"), ("processing", "shipped")]
    assert await told_of(shop.orders, order) == ["OrderPacked", "OrderShipped"]
    await check(shop.orders)


async def test_twenty_at_once_are_one_shipment(shop: Connections, shelves: Shelves) -> None:
    order = await bought(shelves, shop.orders)
    answers = await asyncio.gather(*(send(shop, order) for _ in range(20)))
    assert {(answer.status, answer.version) for answer in answers} == {("shipped", 3)}
    assert await sold(shop, order) == 2
    assert (await steps_of(shop.orders, order))[-2:] == [("paid", "processing"), ("processing", "shipped")]
    assert await told_of(shop.orders, order) == ["OrderPacked", "OrderShipped"]
    assert len(await rows(shop.orders, f"SELECT FROM shipping_info WHERE order_id = '{order}'")) == 1


async def test_of_two_parcels_at_once_one_is_shipped(shop: Connections, shelves: Shelves) -> None:
    order = await bought(shelves, shop.orders)
    other = replace(PARCEL, carrier="DHL")
    ended = await asyncio.gather(
        *(send(shop, order, shipment=parcel) for parcel in (PARCEL, other) * 5), return_exceptions=True
    )
    refused = [it for it in ended if isinstance(it, WrongStatus)]
    assert len(refused) == 5
    assert {it.status for it in refused} == {"shipped"}
    assert await sold(shop, order) == 2


async def test_units_that_are_not_there_keep_the_order_until_they_come(
    shop: Connections, shelves: Shelves
) -> None:
    item = await shelves.count(east=1, backorder=True)
    order = await place(shop.orders)
    await shelves.reserve((item, 3), order=order)
    await shelves.commit(order)
    with pytest.raises(NotShippable) as refused:
        await send(shop, order)
    assert refused.value.backordered == 2
    assert (await row_of(shop.orders, order))["status"] == "processing"
    assert await sold(shop, order) == 0
    await shelves.restock(item, 2)
    assert (await send(shop, order)).status == "shipped"
    assert await shelves.quantities(item) == Quantities(0)


async def test_units_that_are_not_committed_yet_do_not_leave(shop: Connections, shelves: Shelves) -> None:
    item = await shelves.count(east=5)
    order = await place(shop.orders)
    await shelves.reserve((item, 1), order=order)
    with pytest.raises(NotShippable):
        await send(shop, order)
    await shelves.commit(order)
    assert (await send(shop, order)).status == "shipped"


async def test_an_order_that_the_inventory_never_heard_of_is_shipped(shop: Connections) -> None:
    order = await place(shop.orders)
    assert (await send(shop, order)).status == "shipped"
    unpaid = await place(shop.orders, "processing", payment_status="authorized")
    with pytest.raises(NotPaid):
        await send(shop, unpaid)


@pytest.mark.parametrize("status", ["pending", "confirmed", "cancelled", "refunded", "delivered"])
async def test_nothing_leaves_for_an_order_at_another_status(
    shop: Connections, shelves: Shelves, status: str
) -> None:
    item = await shelves.count(east=5)
    order = await place(shop.orders, status, admin_notes="as it was imported")
    await shelves.reserve((item, 1), order=order)
    await shelves.commit(order)
    with pytest.raises(WrongStatus):
        await send(shop, order)
    assert await sold(shop, order) == 0


@pytest.mark.parametrize("refunded", [False, True])
async def test_what_died_after_the_units_had_left_is_finished_by_repeating_it(
    shop: Connections, shelves: Shelves, refunded: bool
) -> None:
    order = await bought(shelves, shop.orders)
    await begin_shipment(shop.orders, order_id=order, actor_id=STAFF, now=NOW)
    await shelves.ship(order, idempotency_key=f"{order}:ship")
    if refunded:  # nobody knew that the goods were on their way
        async with shop.orders.transaction() as transaction:
            await transaction.execute(
                update(orders).where(orders.c.id == order).values(payment_status="refunded")
            )
    assert (await send(shop, order)).status == "shipped"
    assert await sold(shop, order) == 2
    await check(shop.orders)


async def test_what_was_refunded_before_its_units_left_stays(shop: Connections, shelves: Shelves) -> None:
    order = await bought(shelves, shop.orders)
    async with shop.orders.transaction() as transaction:
        await transaction.execute(
            update(orders).where(orders.c.id == order).values(payment_status="refunded")
        )
    with pytest.raises(NotPaid):
        await send(shop, order)
    assert (await row_of(shop.orders, order))["status"] == "paid"
    assert await sold(shop, order) == 0


async def test_an_outage_of_the_inventory_leaves_an_order_to_be_shipped_later(
    shop: Connections, shelves: Shelves, urls: DatabaseUrls
) -> None:
    order = await bought(shelves, shop.orders)
    without = replace(urls, orders=shop.orders.url, inventory=NOWHERE_SQL)
    async with open_connections(without) as half:
        with pytest.raises(ServiceUnavailable):
            await send(half, order)
    assert (await row_of(shop.orders, order))["status"] == "processing"
    assert (await send(shop, order)).status == "shipped"


async def cancel(shop: Connections, order: UUID, shelves: Shelves, *, processing: bool) -> bool:
    """A cancellation that keeps the rule; whether it came through."""
    guard = ["pending", "confirmed", "paid"]
    if processing:
        try:
            await shelves.release(order)
        except AlreadyShipped:
            return False
        guard.append("processing")
    async with shop.orders.transaction() as transaction:
        changed = await transaction.execute(
            update(orders).where(orders.c.id == order, orders.c.status.in_(guard)).values(status="cancelled")
        )
    if changed.rowcount and not processing:
        await shelves.release(order)
    return bool(changed.rowcount)


@pytest.mark.parametrize("processing", [False, True])
async def test_a_cancellation_between_the_steps_wins_or_loses_everywhere(
    shop: Connections, shelves: Shelves, processing: bool
) -> None:
    order = await bought(shelves, shop.orders)
    await begin_shipment(shop.orders, order_id=order, actor_id=STAFF, now=NOW)
    if await cancel(shop, order, shelves, processing=processing):
        assert processing
        with pytest.raises(WrongStatus):
            await send(shop, order)
        assert await sold(shop, order) == 0
    else:
        await shelves.ship(order, idempotency_key=f"{order}:ship")
        assert not await cancel(shop, order, shelves, processing=processing)
        assert (await send(shop, order)).status == "shipped"
    after = await bought(shelves, shop.orders)
    await begin_shipment(shop.orders, order_id=after, actor_id=STAFF, now=NOW)
    await shelves.ship(after, idempotency_key=f"{after}:ship")
    assert not await cancel(shop, after, shelves, processing=processing)
    assert (await send(shop, after)).status == "shipped"
    await forget_cancelled(shop)


@pytest.mark.parametrize("processing", [False, True])
async def test_a_cancellation_at_the_same_time_wins_or_loses_everywhere(
    shop: Connections, shelves: Shelves, processing: bool
) -> None:
    for turn in range(24):
        order = await bought(shelves, shop.orders)

        async def shipped(order: UUID = order) -> bool:
            try:
                return (await send(shop, order)).status == "shipped"
            except (WrongStatus, NothingReserved):
                return False

        async def cancelled(order: UUID = order, turn: int = turn) -> bool:
            await asyncio.sleep(0.002 * (turn % 12))
            return await cancel(shop, order, shelves, processing=processing)

        went, gone = await asyncio.gather(shipped(), cancelled())
        assert went != gone
        status = (await row_of(shop.orders, order))["status"]
        assert (status, await sold(shop, order)) == (("shipped", 2) if went else ("cancelled", 0))
    await forget_cancelled(shop)


async def forget_cancelled(shop: Connections) -> None:
    """Remove what `cancel` has left, which wrote no history."""
    async with shop.orders.connection() as connection:
        await connection.execute("DELETE FROM orders WHERE status = 'cancelled'")


async def test_what_was_released_is_not_shipped_as_if_the_inventory_had_never_heard_of_it(
    shop: Connections, shelves: Shelves
) -> None:
    order = await bought(shelves, shop.orders)
    await shelves.release(order)
    with pytest.raises(NothingReserved):
        await send(shop, order)
    assert (await row_of(shop.orders, order))["status"] == "processing"


async def test_a_process_killed_in_the_middle_loses_nothing(shop: Connections, shelves: Shelves) -> None:
    half_done = turn = 0
    while not half_done or turn < 2:
        orders_ = [await bought(shelves, shop.orders) for _ in range(30)]
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.orders.killed",
            shop.orders.url,
            shop.inventory.url,
            *map(str, orders_),
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        async with asyncio.timeout(60):
            await child.stdout.readline()  # it is at work
            await asyncio.sleep(0.02 + 0.013 * (turn % 8))
            child.kill()
            await child.communicate()
        assert child.returncode == -9
        await shelves.check()
        left = [it for it in orders_ if (await row_of(shop.orders, it))["status"] != "shipped"]
        half_done += sum([await sold(shop, it) > 0 for it in left])
        await asyncio.gather(*(send(shop, it) for it in orders_))
        assert {(await row_of(shop.orders, it))["status"] for it in orders_} == {"shipped"}
        assert {await sold(shop, it) for it in orders_} == {2}
        turn += 1
        assert turn < 12, "No process ever died between the two databases."
    await check(shop.orders)
