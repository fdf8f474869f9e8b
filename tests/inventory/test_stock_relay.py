"""What products say follows the outbox: by many relays at once, after kills, and past what cannot be written."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.calls import record_calls
from datasources.core.relays import MOST_ATTEMPTS, purge_events, relay_events
from datasources.inventory.tables import domain_events
from datasources.products.commands.categories import create_category
from datasources.products.commands.products import create_product
from datasources.workflows.expired_reservations import sweep_reservations
from datasources.workflows.stock_items import start_counting
from datasources.workflows.stock_relay import relay_stock_events
from tests.inventory.shelves import CLERK, NOW, SOON, Shelves
from tests.services.shops import scratch_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.core.relays import OutboxEvent
    from datasources.inventory.records import InventoryItem
    from gateway.embedded import EmbeddedServers

WAITING = "SELECT event_type, attempts, last_error FROM domain_events WHERE NOT processed ORDER BY sequence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A shop of a test's own, its shelves, and the items of three products of one variant each."""

    shop: Connections
    products_url: str
    shelves: Shelves
    items: tuple[InventoryItem, ...]

    async def shown(self, item: InventoryItem) -> int:
        """How many of it the product says there are."""
        found = await self.shop.products.database["products"].find_one({"variants.id": item.variant_id})
        assert found is not None
        shown: int = found["stock"]
        return shown

    async def relay(self, **options: Any) -> int:
        """One call of the relay."""
        return await relay_stock_events(self.shop, **{"now": NOW, **options})


@pytest.fixture
async def counted(servers: EmbeddedServers) -> AsyncIterator[Counted]:
    """Three items, of which nobody has been told."""
    async with scratch_shop(servers.urls) as shop:
        shelves = await Shelves.open(shop.inventory)
        acting: dict[str, Any] = {"actor_id": CLERK, "now": NOW}
        category = await create_category(shop.products, given={"name": "Mugs"}, **acting)
        items: list[InventoryItem] = []
        for number in range(3):
            given = {
                "sku": f"MUG-{number}",
                "name": f"Mug {number}",
                "category_id": category.id,
                "price": "9.00",
            }
            product = await create_product(shop.products, given=given, **acting)
            (variant,) = product.variants
            moved = await start_counting(
                shop, variant_id=variant.id, rules={"low_stock_threshold": 0}, **acting
            )
            items += moved.items
        products_url = servers.urls.mongo_url(shop.products.database.name)
        yield Counted(shop=shop, products_url=products_url, shelves=shelves, items=tuple(items))
        await shelves.check()


async def test_products_follow_what_happened_and_everything_is_marked(counted: Counted) -> None:
    first, second, _ = counted.items
    for item in (first, second):
        await counted.shelves.restock(item, 5)
    await counted.relay()
    assert [await counted.shown(item) for item in counted.items] == [5, 5, 0]
    await counted.shelves.reserve((first, 5))  # which raises an alert
    await counted.shelves.restock(second, 1)
    waiting = await counted.shelves.rows(WAITING)
    assert [it["event_type"] for it in waiting] == ["StockChanged", "StockAlertRaised", "StockChanged"]
    assert await counted.relay() == len(waiting)
    assert [await counted.shown(item) for item in counted.items] == [0, 6, 0]
    assert await counted.shelves.rows(WAITING) == []
    assert await counted.relay() == 0
    (processed,) = await counted.shelves.rows("SELECT DISTINCT processed_at, attempts FROM domain_events")
    assert tuple(processed) == (NOW, 0)


async def test_a_relay_asks_as_little_for_many_events_as_for_one(counted: Counted) -> None:
    await counted.relay()
    costs = []
    for many in (1, 30):
        for number in range(many):
            await counted.shelves.restock(counted.items[number % 3], 1)
        with record_calls() as log:
            await counted.relay()
        costs.append(log.by_service())
    assert costs == [{"inventory": 3, "products": 1}] * 2


async def test_it_takes_the_first_first_and_no_more_than_it_may(counted: Counted) -> None:
    await counted.relay()
    for item in counted.items:
        await counted.shelves.restock(item, 3)
    for done in (1, 2, 3):
        assert await counted.relay(most=1) == 1
        assert [await counted.shown(item) for item in counted.items] == [3] * done + [0] * (3 - done)


async def test_many_relays_at_once_tell_of_everything_once(counted: Counted) -> None:
    for _ in range(20):
        await counted.shelves.restock(counted.items[0], 1)
        await counted.shelves.restock(counted.items[1], 2)
    waiting = len(await counted.shelves.rows(WAITING))
    told: list[list[UUID]] = []

    async def tell(events: Sequence[OutboxEvent]) -> Mapping[UUID, Exception]:
        assert [it.sequence for it in events] == sorted(it.sequence for it in events)
        told.append([it.id for it in events])
        await asyncio.sleep(0.05)
        return {}

    done = await asyncio.gather(
        *(relay_events(counted.shop.inventory, domain_events, tell, now=NOW, most=5) for _ in range(4)),
        *(counted.relay(most=5) for _ in range(4)),
    )
    while more := await counted.relay(most=5):
        done.append(more)
    assert sum(done) == waiting
    assert len(told) == 4
    assert len({event for batch in told for event in batch}) == 4 * 5


async def test_a_relay_that_is_killed_before_it_marks_is_made_good(counted: Counted) -> None:
    await counted.shelves.restock(counted.items[0], 5)
    waiting = await counted.shelves.rows(WAITING)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.inventory.killed_relay",
        counted.shop.inventory.url,
        counted.products_url,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        assert await child.stdout.readline() == b"told\n"
    assert await counted.shown(counted.items[0]) == 5
    # Others leave alone what it has claimed, and go on with what comes after it.
    await counted.shelves.restock(counted.items[1], 2)
    assert await counted.relay() == 1
    child.kill()
    await child.communicate()
    assert await counted.shelves.rows(WAITING) == waiting
    async with asyncio.timeout(10):
        while not await counted.relay():  # noqa: ASYNC110  # the event is the server's
            await asyncio.sleep(0.01)  # until the server has noticed that it is gone
    assert await counted.shelves.rows(WAITING) == []
    assert [await counted.shown(item) for item in counted.items] == [5, 2, 0]


async def test_what_cannot_be_written_keeps_nothing_else_and_is_set_aside_in_the_end(
    counted: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    await counted.relay()
    bad, good, _ = counted.items
    database = counted.shop.products.database
    (options,) = [it["options"] async for it in await database.list_collections(filter={"name": "products"})]
    await counted.shelves.restock(bad, 1)
    await counted.shelves.restock(good, 2)
    await database.command("collMod", "products", validator={"variants.sku": {"$ne": bad.sku}})
    assert await counted.relay() == 1
    assert await counted.shown(good) == 2
    (waiting,) = await counted.shelves.rows(WAITING)
    assert waiting["attempts"] == 1
    assert "Document failed validation" in waiting["last_error"]
    for _ in range(MOST_ATTEMPTS - 1):
        assert await counted.relay() == 0
    assert "is set aside" in caplog.text
    caplog.clear()
    assert await counted.relay() == 0
    assert caplog.text == ""
    await database.command("collMod", "products", validator=options["validator"])
    assert await counted.relay() == 0
    async with counted.shop.inventory.connection() as sql:
        await sql.execute("UPDATE domain_events SET attempts = 0 WHERE NOT processed")
    assert await counted.relay() == 1
    assert await counted.shown(bad) == 1


async def test_hundreds_of_orders_expire_sweep_by_sweep_and_products_show_it(counted: Counted) -> None:
    for item in counted.items:
        await counted.shelves.restock(item, 300)
    await asyncio.gather(
        *(counted.shelves.reserve(*((item, 1) for item in counted.items)) for _ in range(300))
    )
    await counted.relay(most=10_000)
    assert [await counted.shown(item) for item in counted.items] == [0, 0, 0]
    swept: list[UUID] = []
    while expired := await sweep_reservations(counted.shop, now=SOON):
        swept += [it.order_id for it in expired]
    assert len(set(swept)) == len(swept) == 300
    assert [await counted.shown(item) for item in counted.items] == [300, 300, 300]


async def test_what_was_told_long_ago_is_purged(counted: Counted) -> None:
    inventory, month = counted.shop.inventory, timedelta(days=30)
    early = await counted.relay()
    await counted.shelves.restock(counted.items[0], 1)
    await counted.relay(now=SOON)
    await counted.shelves.restock(counted.items[0], 1)
    later = NOW + month
    assert await purge_events(inventory, domain_events, now=later, older_than=month) == 0
    later += timedelta(seconds=1)
    assert await purge_events(inventory, domain_events, now=later, older_than=month) == early
    assert await purge_events(inventory, domain_events, now=later, older_than=month) == 0
    left = await counted.shelves.rows("SELECT processed_at FROM domain_events ORDER BY sequence")
    assert [it[0] for it in left] == [SOON, None]
    assert await purge_events(inventory, domain_events, now=later + 12 * month, older_than=month) == 1
    assert await counted.relay() == 1
