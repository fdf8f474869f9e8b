"""How many SQL statements an order's stock costs: as many for one item as for ten, in one warehouse or in two."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest

from datasources.core.calls import record_calls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasources.inventory.records import Reservation
    from tests.inventory.shelves import Shelves

WANTED = 4


class Costs(NamedTuple):
    """The statements of an order's three commands."""

    reserve: int
    commit: int
    release: int


# What there is of each item, and what an order of four of them costs.
CASES: dict[str, tuple[dict[str, Any], Costs]] = {
    "one warehouse": ({"east": 5}, Costs(7, 7, 7)),
    "two warehouses": ({"east": 3, "west": 3}, Costs(7, 7, 7)),
    # Alerts are raised, and then resolved.
    "low": ({"east": 5, "threshold": 1}, Costs(8, 7, 8)),
    # As above; and the warehouse that promises is held active, and who waits for units is asked when they come back.
    "backorders": ({"east": 1, "backorder": True}, Costs(9, 7, 9)),
    # Where there has never been any, a promise opens the place; to commit it moves nothing.
    "promises": ({"backorder": True}, Costs(9, 5, 7)),
}


async def statements(command: Awaitable[object]) -> int:
    """How many statements a command sends, but for those that begin and end its transaction."""
    with record_calls() as log:
        await command
    return len(log.calls)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("many", [1, 10])
async def test_an_order_costs_the_same_whatever_is_in_it(shelves: Shelves, case: str, many: int) -> None:
    there, budget = CASES[case]
    items = [await shelves.count(**there) for _ in range(many)]
    order = uuid4()
    wanted = [(item, WANTED) for item in items]
    assert (
        Costs(
            reserve=await statements(shelves.reserve(*wanted, order=order)),
            commit=await statements(shelves.commit(order)),
            release=await statements(shelves.release(order)),
        )
        == budget
    )


async def test_what_was_done_before_costs_two(shelves: Shelves) -> None:
    """The key is found taken, and its answer read."""
    mug = await shelves.count(east=5)
    order = uuid4()
    commands: list[Callable[[], Awaitable[Reservation]]] = [
        partial(shelves.reserve, (mug, 1), order=order, idempotency_key="reserve"),
        partial(shelves.commit, order, idempotency_key="commit"),
        partial(shelves.release, order, idempotency_key="release"),
    ]
    for command in commands:
        first = await command()
        with record_calls() as log:
            assert await command() == first
        assert len(log.calls) == 2
