"""What products say of their availability follows the stock, in whatever order news of it comes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.connections import open_connections
from datasources.inventory.changes import ItemUnits, Units
from datasources.inventory.commands.deliveries import restock
from datasources.inventory.commands.reservations import reserve
from datasources.products.availability import VariantStock, keep_availability
from datasources.workflows.availability import with_availability
from datasources.workflows.expired_reservations import sweep_reservations
from datasources.workflows.variant_changes import change_variant
from tests.inventory.shelves import CLERK, NOW, SOON

if TYPE_CHECKING:
    from datasources.core.connections import Connections, DatabaseUrls


@pytest.fixture
async def product(connections: Connections) -> Any:
    """A product of the demo shop with two variants at least."""
    found = await connections.products.database["products"].find_one({"variants.1": {"$exists": True}})
    assert found is not None
    return found


async def read(connections: Connections, product: Any) -> Any:
    """The product as it is now."""
    return await connections.products.database["products"].find_one({"_id": product["_id"]})


async def stocked(connections: Connections, product: Any, quantity: int) -> Any:
    """A delivery of the product's first variant, and its item."""
    async with connections.inventory.connection() as sql:
        item = await sql.fetchrow(
            "SELECT * FROM inventory_items WHERE product_variant_id = $1", product["variants"][0]["id"]
        )
        assert item is not None
        place = await sql.fetchval(
            "SELECT id FROM warehouses WHERE is_active ORDER BY priority, code LIMIT 1"
        )
    command = restock(
        connections.inventory,
        warehouse_id=place,
        units=[ItemUnits(item_id=item["id"], quantity=quantity)],
        idempotency_key=uuid4().hex,
        actor_id=CLERK,
        now=NOW,
    )
    return await with_availability(connections, command)


async def test_a_product_follows_its_variants(connections: Connections, product: Any) -> None:
    moved = await stocked(connections, product, 4)
    (item,) = moved.items
    after = await read(connections, product)
    first = after["variants"][0]
    assert (first["stock"], first["stock_version"]) == (item.available, item.version)
    assert after["stock"] == sum(variant["stock"] for variant in after["variants"])
    assert after["in_stock"]
    assert (after["version"], after["updated_at"]) == (product["version"], product["updated_at"])
    wanted = Units(variant_id=item.variant_id, quantity=3)
    await with_availability(
        connections,
        reserve(
            connections.inventory,
            order_id=uuid4(),
            units=[wanted],
            expires_at=SOON,
            idempotency_key=uuid4().hex,
            now=NOW,
        ),
    )
    assert (await read(connections, product))["stock"] == after["stock"] - 3


async def test_late_news_sets_nothing_back(connections: Connections, product: Any) -> None:
    (item,) = (await stocked(connections, product, 1)).items
    latest = await read(connections, product)
    news = VariantStock(
        variant_id=item.variant_id,
        product_id=item.product_id,
        available=0,
        allows_backorder=True,
        version=item.version,
    )
    unknown = replace(news, variant_id=UUID(int=1), version=10**6)
    await keep_availability(connections.products, [news, replace(news, version=item.version - 1), unknown])
    assert await read(connections, product) == latest
    await keep_availability(connections.products, [replace(news, version=item.version + 1)])
    sold_out = await read(connections, product)
    assert sold_out["variants"][0]["stock"] == 0
    assert sold_out["backorder"]
    assert sold_out["in_stock"]
    assert sold_out["stock"] == latest["stock"] - item.available
    await connections.products.database["products"].replace_one({"_id": product["_id"]}, latest)


async def test_stock_moves_while_the_products_are_down(
    urls: DatabaseUrls, connections: Connections, product: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(urls, products="mongodb://127.0.0.1:1/Nothing?serverSelectionTimeoutMS=50")
    async with open_connections(broken) as alone:
        moved = await stocked(alone, product, 1)
    assert moved.items
    assert "out of date" in caplog.text
    before = await read(connections, product)
    await stocked(connections, product, 1)
    assert (await read(connections, product))["stock"] >= before["stock"] + 2


async def test_stock_moves_while_a_product_cannot_be_written(
    connections: Connections, product: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Here since its validator asks for what it does not have."""
    database = connections.products.database
    (options,) = [it["options"] async for it in await database.list_collections(filter={"name": "products"})]
    await database.command("collMod", "products", validator={"sku": "no other"})
    try:
        moved = await stocked(connections, product, 1)
    finally:
        await database.command("collMod", "products", validator=options["validator"])
    assert moved.items
    assert "out of date" in caplog.text


async def test_a_sweep_frees_what_it_can_and_shows_it(
    connections: Connections, product: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await sweep_reservations(connections, now=SOON)  # what other tests have left
    (item,) = (await stocked(connections, product, 5)).items
    before = await read(connections, product)
    stuck, free = uuid4(), uuid4()
    for order, quantity in ((stuck, 1), (free, 2)):
        await with_availability(
            connections,
            reserve(
                connections.inventory,
                order_id=order,
                units=[Units(variant_id=item.variant_id, quantity=quantity)],
                expires_at=SOON,
                idempotency_key=uuid4().hex,
                now=NOW,
            ),
        )
    assert (await read(connections, product))["stock"] == before["stock"] - 3
    # As if a line said more than there is: it cannot be given back, however often.
    tampered = (
        "UPDATE inventory_reservations SET quantity_reserved = quantity_reserved + $2 WHERE order_id = $1"
    )
    async with connections.inventory.connection() as sql:
        await sql.execute(tampered, stuck, 10**6)
    swept = await sweep_reservations(connections, now=SOON)
    assert [it.order_id for it in swept] == [free]
    assert str(stuck) in caplog.text
    assert (await read(connections, product))["stock"] == before["stock"] - 1
    async with connections.inventory.connection() as sql:
        await sql.execute(tampered, stuck, -(10**6))
    assert [it.order_id for it in await sweep_reservations(connections, now=SOON)] == [stuck]
    assert (await read(connections, product))["stock"] == before["stock"]


async def test_an_item_follows_its_variants_sku(connections: Connections, product: Any) -> None:
    variant = product["variants"][0]
    read_sku = "SELECT sku FROM inventory_items WHERE product_variant_id = $1"
    for sku in (f"{variant['sku']}-NEW", variant["sku"]):
        await change_variant(
            connections,
            variant_id=variant["id"],
            version=(await read(connections, product))["version"],
            changes={"sku": sku},
            actor_id=CLERK,
            now=NOW,
        )
        async with connections.inventory.connection() as sql:
            assert await sql.fetchval(read_sku, variant["id"]) == sku
