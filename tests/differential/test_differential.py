"""The compiled executor answers like graphql-core: thousands of generated operations, with faults in between.

DIFFERENTIAL_OPERATIONS says how many runs, DIFFERENTIAL_SEED where to begin: `make differential` runs 20,000.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest

from gateway.context import tell_loaders
from gateway.execution import Engine
from tests.differential.duels import Duel
from tests.differential.generate import Generator
from tests.differential.samples import find_differences
from tests.differential.toy_schema import toy_leaf

if TYPE_CHECKING:
    from tests.differential.shop import Shop

RUNS = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "2400"))
FIRST_SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))

# graphql-core forgets coroutines inside a task that it cancels before it has begun. That ours are all awaited is a test
# of its own, in test_guarantees.py.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning"
    ),
]


async def test_the_toy_schema_answers_alike(toy_duel: Duel) -> None:
    generator = Generator(toy_duel.schema, leaf=toy_leaf)
    await assert_alike(generator, toy_duel, mutations=True)


async def test_the_shop_answers_alike(shop: Shop, shop_duel: Duel) -> None:
    generator = Generator(shop.schema, arguments=shop.arguments, leaf=shop.leaf)
    await assert_alike(generator, shop_duel)


async def test_the_shop_answers_alike_where_loaders_leave_out_what_is_not_read(shop: Shop) -> None:
    """As the gateway runs it: the engine tells the loaders what the operation reads of each type."""
    engine = Engine(shop.schema, compile_after=0, announce=tell_loaders)
    duel = Duel(schema=shop.schema, engine=engine, context=shop.forgetful_context)
    generator = Generator(shop.schema, arguments=shop.arguments, leaf=shop.leaf)
    await assert_alike(generator, duel, runs=RUNS // 5)


async def assert_alike(
    generator: Generator, duel: Duel, *, runs: int = RUNS * 2 // 5, mutations: bool = False
) -> None:
    """Hold the two against each other. The shop's own mutations change what the second of them would find."""
    found = await find_differences(generator, duel, first_seed=FIRST_SEED, runs=runs, mutations=mutations)
    gc.collect()  # so that what graphql-core forgot does not surface in another test
    assert not found, "\n\n".join(str(difference) for difference in found)
    assert duel.refused < runs / 20 + 5, "the generator should make smaller operations"
    assert generator.discarded < generator.made + 5, (
        "the generator should know the rules of validation better"
    )
