"""The two schemas that operations are generated for, and both executors of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.execution import Engine
from gateway.schema import core_schema
from tests.differential.dice import dice
from tests.differential.duels import Duel
from tests.differential.shop import open_shop
from tests.differential.toy_schema import build_toy_schema, toy_context
from tests.differential.world import World

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.differential.shop import Shop


@pytest.fixture(scope="module")
async def shop(connections: Connections) -> Shop:
    """The shop's whole schema over data in memory; read anew for each file, since others change the databases."""
    return await open_shop(connections)


@pytest.fixture(scope="module")
def shop_duel(shop: Shop) -> Duel:
    """Both executors over the shop, with faults."""
    return Duel(schema=shop.schema, engine=Engine(shop.schema, compile_after=0), context=shop.context)


@pytest.fixture(scope="session")
def toy_duel() -> Duel:
    """Both executors over the toy schema, with faults in two of three runs."""
    schema = core_schema(build_toy_schema())

    def context(seed: object) -> Any:
        return toy_context(World(schema, seed, rate=dice(seed, "rate").choice((0.0, 0.5, 1.5))))

    return Duel(
        schema=schema,
        engine=Engine(schema, compile_after=0),
        context=context,
        effects=lambda context: context.world.effects,
        intrusions=lambda context: context.world.intrusions,
    )
