"""Stock by variant, by product and by warehouse, each for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from datasources.core.calls import record_calls
from datasources.inventory.loaders import InventoryLoaders
from tests.services.inventory.goods import (
    BLACK,
    EAST,
    HEADPHONES,
    LAMP,
    LAMP_VARIANT,
    MUG,
    MUG_VARIANT,
    OLD,
    WEST,
    WHITE,
    insert_goods,
)
from tests.services.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers

NOBODY = UUID(int=999)


@pytest.fixture(scope="session")
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """An inventory that holds the goods of `goods.py`; tests only read it."""
    async with scratch_database(servers.urls, "inventory") as opened:
        await insert_goods(opened)
        yield opened


@pytest.fixture
def loaders(database: Database) -> InventoryLoaders:
    """One request's loaders."""
    return InventoryLoaders(database)


async def test_stock_of_variants(loaders: InventoryLoaders) -> None:
    with record_calls() as log:
        black, nothing, mug, lamp = await loaders.stock_by_variant.load_many(
            [BLACK, NOBODY, MUG_VARIANT, LAMP_VARIANT]
        )
    assert log.by_service() == {"inventory": 1}
    assert nothing is None
    assert black is not None
    assert mug is not None
    assert lamp is not None
    assert (black.available, black.reserved, black.is_in_stock) == (5, 3, True)
    assert (mug.available, mug.allows_backorder, mug.is_in_stock) == (0, True, True)
    assert (lamp.available, lamp.allows_backorder, lamp.is_in_stock) == (0, False, False)


async def test_stock_of_products_is_the_sum_of_their_variants(loaders: InventoryLoaders) -> None:
    with record_calls() as log:
        lamp, headphones, mug, nothing = await loaders.stock_by_product.load_many(
            [LAMP, HEADPHONES, MUG, "no product"]
        )
    assert log.by_service() == {"inventory": 1}
    assert nothing is None
    assert headphones is not None
    assert mug is not None
    assert lamp is not None
    assert (headphones.available, headphones.reserved, headphones.is_in_stock) == (13, 3, True)
    assert set(headphones.item_ids) == {BLACK, WHITE}
    assert (mug.is_in_stock, lamp.is_in_stock) == (True, False)


async def test_stock_by_warehouse_adds_up_and_comes_by_priority(loaders: InventoryLoaders) -> None:
    with record_calls() as log:
        found = await loaders.by_warehouse.load_many([(WHITE, BLACK), (BLACK,), (LAMP_VARIANT,), ()])
    assert log.by_service() == {"inventory": 1}
    assert [[(part.warehouse_id, part.available, part.reserved) for part in parts] for parts in found] == [
        [(WEST, 0, 2), (EAST, 12, 1), (OLD, 1, 0)],
        [(WEST, 0, 2), (EAST, 5, 1)],
        [],
        [],
    ]


async def test_warehouses(loaders: InventoryLoaders) -> None:
    old, nothing, east = await loaders.warehouse_by_id.load_many([OLD, NOBODY, EAST])
    assert nothing is None
    assert old is not None
    assert east is not None
    assert (old.code, old.is_active, east.name) == ("OLD", False, "Eastern")
