"""Counts that overlap, what can be counted at all, and how lists of the inventory are read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from datasources.core.listings import page_statement
from datasources.core.paging import SortKey, Window, shape
from datasources.inventory import listed
from datasources.inventory.changes import CountedItem
from datasources.inventory.commands.adjustments import (
    apply_adjustment,
    approve_adjustment,
    draft_adjustment,
    submit_adjustment,
)
from datasources.inventory.errors import CountedSince, TooManyUnits
from datasources.inventory.queries import ALERTS, ITEMS, MOVEMENTS
from datasources.inventory.records import AlertFilter, ItemFilter, MovementFilter
from datasources.products.reviews.queries import MOST_REPORTED
from tests.inventory.shelves import CLERK, MANAGER, NOW, Quantities

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.inventory.records import InventoryItem
    from tests.inventory.shelves import Shelves


def at(minutes: int) -> datetime:
    """So many minutes later."""
    return NOW + timedelta(minutes=minutes)


async def approved(shelves: Shelves, item: InventoryItem, counted: int, *, now: datetime) -> UUID:
    """An adjustment of what is in the east, ready to be applied."""
    draft = await draft_adjustment(
        shelves.database,
        warehouse_id=shelves.east,
        counted=[CountedItem(item_id=item.id, counted=counted)],
        reason="Count",
        actor_id=CLERK,
        now=now,
    )
    await submit_adjustment(shelves.database, adjustment_id=draft.id, actor_id=CLERK, now=now)
    await approve_adjustment(shelves.database, adjustment_id=draft.id, actor_id=MANAGER, now=now)
    return draft.id


async def test_a_difference_that_two_people_found_is_put_right_once(
    shelves: Shelves, database: Database
) -> None:
    mug, lamp = await shelves.count(east=10), await shelves.count(east=10)
    first = await approved(shelves, mug, 8, now=at(0))
    second = await approved(shelves, mug, 8, now=at(1))
    other = await approved(shelves, lamp, 9, now=at(1))
    await apply_adjustment(database, adjustment_id=first, actor_id=CLERK, now=at(2))
    with pytest.raises(CountedSince) as refused:
        await apply_adjustment(database, adjustment_id=second, actor_id=CLERK, now=at(3))
    assert refused.value.item_ids == (mug.id,)
    assert await shelves.quantities(mug) == Quantities(8)
    await apply_adjustment(database, adjustment_id=other, actor_id=CLERK, now=at(3))
    again = await approved(shelves, mug, 7, now=at(4))
    await apply_adjustment(database, adjustment_id=again, actor_id=CLERK, now=at(5))
    assert await shelves.quantities(mug) == Quantities(7)


async def test_a_count_puts_right_no_more_than_can_be_counted(shelves: Shelves, database: Database) -> None:
    mug = await shelves.count(east=1)
    much = await approved(shelves, mug, 2**31 - 1, now=NOW)
    await shelves.restock(mug, 1)
    with pytest.raises(TooManyUnits):
        await apply_adjustment(database, adjustment_id=much, actor_id=CLERK, now=NOW)


async def test_movements_of_one_moment_are_listed_in_their_order(
    shelves: Shelves, database: Database
) -> None:
    mug = await shelves.count()
    for quantity in range(1, 9):
        await shelves.restock(mug, quantity)
    wanted = MovementFilter(item_id=mug.id)
    first = await MOVEMENTS.page(database, wanted=wanted, window=Window(size=5))
    rest = await MOVEMENTS.page(database, wanted=wanted, window=Window(size=5, cursor=first.end_cursor))
    assert [it.available_change for it in (*first.items, *rest.items)] == [8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("key", "most"),
    [
        (listed.MOVEMENTS_NEWEST.keys[1], 2**63 - 1),
        (listed.WAREHOUSES_PREFERRED.keys[0], 2**31 - 1),
        (MOST_REPORTED.keys[0], 2**63 - 1),
    ],
)
def test_a_cursors_number_is_one_that_the_column_can_have(key: SortKey, most: int) -> None:
    assert [key.parse(most), key.parse(-most)] == [most, -most]
    for forged in (most + 1, -most - 2, True, 1.0, "1"):
        with pytest.raises(TypeError):
            key.parse(forged)


@pytest.mark.parametrize("wanted", [True, False])
async def test_low_and_open_are_wanted_or_unwanted(
    shelves: Shelves, database: Database, wanted: bool
) -> None:
    low = await shelves.count(east=1, threshold=2)
    await shelves.count(east=5, threshold=2)
    none = await shelves.count()
    window = Window(size=5)
    found = await ITEMS.page(database, wanted=ItemFilter(is_low=wanted), window=window)
    assert ({low.id, none.id} == {it.id for it in found.items}) is wanted
    assert await ITEMS.count(database, wanted=ItemFilter(is_low=wanted)) == (2 if wanted else 1)
    assert await ITEMS.count(database, wanted=ItemFilter(is_out=wanted)) == (1 if wanted else 2)
    assert await ALERTS.count(database, wanted=AlertFilter(is_open=wanted)) == (1 if wanted else 0)


async def test_open_alerts_are_read_from_their_index(shelves: Shelves, database: Database) -> None:
    statement = page_statement(
        listed.ALERTS, listed.ALERTS_NEWEST, frozenset({"is_open:True"}), shape(Window())
    )
    async with database.connection() as connection:
        await shelves.count(east=1, threshold=2)
        async with connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            await connection.execute("SET LOCAL enable_sort = off")
            plan = await connection.fetch("EXPLAIN " + statement.text.replace("$1", "21"))
    assert "resolved_at IS NULL" not in str(plan)
    assert "idx_low_stock_alerts_open_newest" in str(plan)
