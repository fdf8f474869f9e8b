"""What the compiled executor promises beside the right answer: nothing runs twice, waits for ever, or stays behind."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from gateway.context import request_context
from gateway.execution import Engine
from gateway.execution.documents import MOST_CHARACTERS
from resolvers.permissions import Role
from tests.differential.generate import Generator
from tests.differential.toy_schema import toy_context, toy_leaf
from tests.differential.world import World
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from tests.differential.duels import Duel
    from tests.differential.shop import Shop

LONG_ENOUGH = 5.0


@pytest.fixture
def no_collections() -> Iterator[None]:
    """No garbage is collected but when the test says so."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_mutations_run_one_after_the_other_each_to_its_end(toy_duel: Duel) -> None:
    context = toy_context(World(toy_duel.schema, "order", rate=0))
    result = await toy_duel.engine.execute(
        """
        mutation {
          first: addSlowly(number: 1)
          second: make(number: 2) { behind { behind { label twin { label } } } parts { safe } }
          third: add(number: 3)
          fourth: makeSlowly(number: 4) { beside { behind { label } } pages(first: 2) { nodes { label } } }
          first: addSlowly(number: 1)
          last: add(number: 5)
        }
        """,
        context=context,
    )
    assert result.errors is None
    assert list(result.data or {}) == ["first", "second", "third", "fourth", "last"]
    assert context.world.intrusions == []
    assert context.world.effects == [
        "add slowly 1", "added slowly 1", "make 2", "add 3", "make slowly 4", "add 5",
    ]  # fmt: skip


async def test_no_mutation_begins_after_a_field_that_must_not_fail_has_failed(toy_duel: Duel) -> None:
    for number in range(20):
        context = toy_context(World(toy_duel.schema, number))
        source = "mutation { add(number: 1) failStrictly last: add(number: 2) }"
        result = await toy_duel.engine.execute(source, context=context)
        effects = ["add 1", "fail strictly 0"]
        assert context.world.effects == effects + (["add 2"] if result.data else [])


async def test_a_resolver_never_runs_twice(toy_duel: Duel) -> None:
    generator = Generator(toy_duel.schema, leaf=toy_leaf)
    for number in range(100):
        operation, seed = generator.operation(f"calls {number}"), f"calls {number}"
        ours, everything = toy_duel.context(seed), toy_duel.context(seed)
        await toy_duel.own(operation, ours)
        await toy_duel.possible(operation, seed, context=everything)
        too_often = ours.world.calls - everything.world.calls
        assert not too_often, f"seed {seed}: {too_often} in {operation.source}"


async def test_every_coroutine_is_awaited(toy_duel: Duel) -> None:
    """What is not awaited warns when it is collected, and a warning fails the test."""
    generator = Generator(toy_duel.schema, leaf=toy_leaf)
    for number in range(150):
        seed = f"awaited {number}"
        await toy_duel.own(generator.operation(seed), toy_duel.context(seed))
    gc.collect()


class Stuck:
    """Takes the place of a loader's find, and never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = False

    async def find(self, _keys: Sequence[Any]) -> Any:
        """Wait until somebody gives up."""
        self.asked.set()
        try:
            await asyncio.sleep(LONG_ENOUGH * 10)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


@pytest.mark.parametrize(
    "source",
    [
        "{ box { stuck: twin { label } } }",
        "{ box { twin { label } safe behind { safe } } }",
        "{ box { behind { behind { twin { label } } } } crate(number: 1) { slow: behind { label } } }",
        "{ box { parts { label } pets { __typename } twin { label } } }",
        "mutation { make(number: 1) { twin { label } } add }",
    ],
)
async def test_a_cancelled_execution_cancels_what_its_loaders_ask(toy_duel: Duel, source: str) -> None:
    context, stuck = toy_context(World(toy_duel.schema, "cancelled", rate=0)), Stuck()
    context.loaders.twins._find = stuck.find
    running = asyncio.ensure_future(toy_duel.engine.execute(source, context=context))
    async with asyncio.timeout(LONG_ENOUGH):
        await stuck.asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    for _ in range(5):
        await asyncio.sleep(0)
    assert stuck.cancelled
    assert "add 1" not in context.world.effects


async def test_a_cancelled_execution_cancels_its_resolvers(toy_duel: Duel) -> None:
    context = toy_context(World(toy_duel.schema, "cancelled", rate=0))
    source = "{ box { safe behind { label } promised { label } beyond { label } } }"
    before = asyncio.all_tasks()
    running = asyncio.ensure_future(toy_duel.engine.execute(source, context=context))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def garbage_of(ask: Callable[[], Awaitable[None]]) -> list[str]:
    """The kinds of objects that one request leaves to the garbage collector."""
    await asyncio.sleep(0)
    gc.collect()
    await ask()
    await asyncio.sleep(0)
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return sorted(type(it).__qualname__ for it in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


@pytest.mark.usefixtures("no_collections")
async def test_a_request_leaves_no_cyclic_garbage(shop: Shop, shop_duel: Duel) -> None:
    customer = next(it for it in shop.viewers if it.roles == {Role.CUSTOMER})

    async def ask() -> None:
        context = request_context(shop.connections, customer, cart_token=None)
        result = await shop_duel.engine.execute(WIDE, context=context, variables={"first": 20})
        context.loaders.forget()  # as the endpoint does at the end of a request
        assert result.errors is None
        assert result.data is not None

    for _ in range(3):
        await ask()
    # Drivers let go of something now and then, such as a prepared statement that has not been used for minutes.
    garbage = min([await garbage_of(ask) for _ in range(3)], key=len)
    assert garbage == []


@pytest.mark.usefixtures("no_collections")
async def test_ten_thousand_documents_leave_no_more_behind_than_five_thousand(toy_duel: Duel) -> None:
    engine = Engine(toy_duel.schema, compile_after=0)
    padding = "#" * 1_000
    objects = []
    for number in range(10_000):
        context = toy_context(World(toy_duel.schema, "documents", rate=0))
        source = f"mutation {{ a{number}: add }} {padding}"
        result = await engine.execute(source, context=context)
        assert result.errors is None
        if number % 2_500 == 2_499:
            gc.collect()
            objects.append(len(gc.get_objects()))
    assert len(engine.documents) <= MOST_CHARACTERS / len(padding)
    assert objects[-1] < objects[1] * 1.01, objects


async def test_one_document_is_kept_compiled_for_a_bounded_number_of_variables(toy_duel: Duel) -> None:
    engine = Engine(toy_duel.schema, compile_after=0)
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    source = (
        f"query({declared}) {{ box {{ {' '.join(f'{name}: label @skip(if: ${name})' for name in names)} }} }}"
    )
    for number in range(2 ** len(names)):
        context = toy_context(World(toy_duel.schema, "variants", rate=0))
        variables = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        result = await engine.execute(source, context=context, variables=variables)
        assert result.data is not None
        assert set(result.data["box"]) == {name for name in names if not variables[name]}
    assert len(engine.documents.prepare(source).operation(None).compiled) <= 16
