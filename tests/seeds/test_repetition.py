"""The same shop comes out every time: at once, after a kill, and block by block."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import pytest

from datasources.core.connections import open_connections
from datasources.seeds import DEFAULT_NOW, MOST_SCALE, BadScale, Progress, SeedConflict, seed_shop
from datasources.seeds.products import make_products
from tests.seeds.databases import digest, empty_shop

if TYPE_CHECKING:
    from datasources.core.connections import Connections, DatabaseUrls
    from gateway.embedded import EmbeddedServers


async def test_seeding_again_changes_nothing(shop: Connections) -> None:
    before = await digest(shop)
    result = await seed_shop(shop)
    assert not result.changed
    assert await digest(shop) == before


async def test_killed_runs_are_completed_and_a_larger_scale_adds_to_them(
    servers: EmbeddedServers, shop: Connections
) -> None:
    async with empty_shop(servers.urls, redis_database=12) as urls, open_connections(urls) as connections:
        for section, done in (("inventory", 500), ("orders", 1000), ("reviews", 1500)):
            assert await _seed_until_killed(urls, section, done) == -signal.SIGKILL
        # Two at once: one completes the shop, the other waits and finds it complete.
        results = await asyncio.gather(seed_shop(connections), seed_shop(connections))
        assert sorted(result.changed for result in results) == [False, True]
        assert await digest(connections) == await digest(shop)
        await _check_that_changes_are_left_alone(connections)

        told: list[Progress] = []
        larger = await seed_shop(connections, scale=2, report=told.append)
        expected = {"accounts": 200, "products": 500, "orders": 2000, "reviews": 3000, "carts": 40}
        assert {section: larger.added[section] for section in expected} == expected
        assert [each for each in told if each.section == "orders"][-1] == Progress(
            section="orders", done=4000, total=4000
        )
        assert not (await seed_shop(connections, scale=1)).changed
        assert not (await seed_shop(connections, scale=2)).changed


async def test_somebody_elses_account_is_not_taken_over(servers: EmbeddedServers) -> None:
    async with empty_shop(servers.urls, redis_database=13) as urls, open_connections(urls) as connections:
        async with connections.users.connection() as sql:
            await sql.execute(
                "INSERT INTO users (id, email, password_hash) VALUES ($1, 'Customer@example.com', '')",
                uuid4(),
            )
        with pytest.raises(SeedConflict) as caught:
            await seed_shop(connections)
        assert caught.value.section == "accounts"
        assert "customer@example.com" in caught.value.detail
        async with connections.users.connection() as sql:
            assert await sql.fetchval("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize("scale", [0, -1, MOST_SCALE + 1])
async def test_scales_out_of_range_are_refused(shop: Connections, scale: int) -> None:
    with pytest.raises(BadScale):
        await seed_shop(shop, scale=scale)


def test_products_of_all_blocks_have_names_of_their_own() -> None:
    # A kind's names are used up in the 22nd block and begin again with an edition.
    products = [product for block in (0, 21, 22) for product in make_products(block, DEFAULT_NOW)]
    for names in (
        {each.name for each in products},
        {each.slug for each in products},
        {each.sku for each in products},
    ):
        assert len(names) == len(products)


async def _check_that_changes_are_left_alone(connections: Connections) -> None:
    """Even without the mark of completeness, another run adds only what is missing."""
    messages, products = (
        connections.notifications.database["notifications"],
        connections.products.database["products"],
    )
    newest = await messages.find_one({}, sort=[("created_at", -1)])
    changed = await products.find_one_and_update({}, {"$set": {"name": "Renamed"}})
    assert newest is not None
    assert changed is not None
    removed = await messages.delete_many({"created_at": newest["created_at"]})
    result = await seed_shop(connections)
    assert {section: count for section, count in result.added.items() if count} == {
        "notifications": removed.deleted_count
    }
    assert await products.count_documents({"_id": changed["_id"], "name": "Renamed"}) == 1


async def _seed_until_killed(urls: DatabaseUrls, section: str, done: int) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.seeds.killed", section, str(done), stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(orjson.dumps(asdict(urls)))
    assert process.returncode is not None
    return process.returncode
