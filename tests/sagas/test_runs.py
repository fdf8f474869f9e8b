"""How sagas run: on from the step recorded last, back where a step fails, later where it cannot be done now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.core.errors import ServiceUnavailable
from datasources.orders.sagas import LEASE, LeaseLost, NewSaga, Saga, begin_saga, find_saga, take_saga
from datasources.payments.providers.registry import NO_PROVIDERS
from datasources.workflows.sagas import (
    FAILURE,
    WAITS_FOR,
    Done,
    Failed,
    Means,
    Plan,
    Step,
    Waiting,
    finish_if_possible,
    recover_sagas,
    run_saga,
)
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.workflows.sagas import Run

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)


class Killed(BaseException):
    """The process is no more, as far as the run can tell."""


class Stage:
    """A work of three steps that writes down what it does, and the clock that it goes by."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.now = NOW
        self.did: list[str] = []
        self.answers: dict[str, list[Any]] = {}
        self.points: list[str] = []
        self.dies_at: str | None = None
        self.plan = Plan(
            steps=tuple(
                Step(name=name, run=self._does(name), undo=self._does(f"undo {name}"))
                for name in ("a", "b", "c")
            )
        )
        self.means = Means(
            connections=connections,
            providers=NO_PROVIDERS,
            clock=lambda: self.now,
            watch=self._watch,
        )

    def _does(self, what: str) -> Callable[[Run], Awaitable[Any]]:
        async def do(run: Run) -> Any:
            self.did.append(what)
            answer = self.answers.get(what, [])
            found = answer.pop(0) if answer else Done(data={what: run.saga.step})
            if isinstance(found, Exception):
                raise found
            return found

        return do

    async def _watch(self, point: str) -> None:
        self.points.append(point)
        if point == self.dies_at:
            raise Killed

    async def begin(self, *, key: str = "key") -> Saga:
        new = NewSaga(
            id=uuid4(),
            order_id=uuid4(),
            type="checkout",
            key=key,
            input_hash="",
            step="a",
            data={"from": "me"},
        )
        async with self.connections.orders.transaction() as transaction:
            saga = await begin_saga(transaction, new, owner=uuid4().hex, now=self.now)
        assert saga is not None
        return saga

    async def run(self, saga: Saga) -> Saga:
        return await run_saga(saga, self.plan, self.means)

    async def recover(self) -> list[Saga]:
        return list(await recover_sagas(self.means, {"checkout": self.plan}))


@pytest.fixture
async def stage(orders: Database) -> AsyncIterator[Stage]:
    """A stage over an order database of its own; no other database is there."""
    nowhere = DatabaseUrls(
        users=NOWHERE_SQL,
        products=NOWHERE_MONGO,
        inventory=NOWHERE_SQL,
        carts=NOWHERE_SQL,
        carts_redis="unix:///nonexistent/redis.sock",
        orders=orders.url,
        payments=NOWHERE_SQL,
        notifications=NOWHERE_MONGO,
    )
    async with open_connections(nowhere) as connections:
        yield Stage(connections)


async def test_steps_are_done_in_order_and_what_they_learn_is_kept(stage: Stage) -> None:
    saga = await stage.run(await stage.begin())
    assert stage.did == ["a", "b", "c"]
    assert (saga.status, saga.lease_owner) == ("completed", None)
    assert saga.data == {"from": "me", "a": "a", "b": "b", "c": "c"}
    assert stage.points == [
        f"checkout: {step}: {point}" for step in "abc" for point in ("before", "effect", "recorded")
    ]


@pytest.mark.parametrize("step", ["a", "b", "c"])
@pytest.mark.parametrize("point", ["before", "effect", "recorded"])
async def test_whoever_dies_another_goes_on_at_the_step_that_was_recorded_last(
    stage: Stage, step: str, point: str
) -> None:
    saga = await stage.begin()
    stage.dies_at = f"checkout: {step}: {point}"
    with pytest.raises(Killed):
        await stage.run(saga)
    stage.dies_at = None
    assert await stage.recover() == [], "the dead one's lease still counts"
    died_in, stage.did = stage.did, []
    stage.now += LEASE
    recovered = await stage.recover()
    if (step, point) == ("c", "recorded"):
        assert recovered == []
    else:
        assert [each.status for each in recovered] == ["completed"]
    again = {step} if point == "effect" else set()
    assert sorted(died_in + stage.did) == sorted(["a", "b", "c", *again])
    found = await find_saga(stage.connections.orders, saga.key)
    assert found is not None
    assert found.data == {"from": "me", "a": "a", "b": "b", "c": "c"}


async def test_a_step_that_fails_is_undone_with_all_before_it(stage: Stage) -> None:
    stage.answers = {"b": [Failed(failure={"kind": "no"})]}
    saga = await stage.run(await stage.begin())
    assert stage.did == ["a", "b", "undo b", "undo a"]
    assert saga.status == "compensated"
    assert saga.data[FAILURE] == {"kind": "no"}


@pytest.mark.parametrize("point", ["undo b: before", "undo b: effect", "undo b: recorded", "undo a: effect"])
async def test_whoever_dies_while_undoing_another_undoes_the_rest(stage: Stage, point: str) -> None:
    stage.answers = {"b": [Failed(failure={"kind": "no"})]}
    saga = await stage.begin()
    stage.dies_at = f"checkout: {point}"
    with pytest.raises(Killed):
        await stage.run(saga)
    stage.dies_at = None
    stage.now += LEASE
    (recovered,) = await stage.recover()
    assert recovered.status == "compensated"
    assert {"undo b", "undo a"} <= set(stage.did)
    assert "c" not in stage.did


async def test_a_step_that_waits_lets_go_until_it_is_due(stage: Stage) -> None:
    until = NOW + timedelta(minutes=30)
    stage.answers = {"b": [Waiting(until=until, waits_for="action")]}
    saga = await stage.run(await stage.begin())
    assert (saga.status, saga.step, saga.lease_owner) == ("started", "b", None)
    assert saga.data[WAITS_FOR] == "action"
    assert await stage.recover() == []
    stage.now = until
    (recovered,) = await stage.recover()
    assert recovered.status == "completed"
    assert WAITS_FOR not in recovered.data


async def test_a_step_that_cannot_be_done_now_is_tried_again_later(stage: Stage) -> None:
    down = ServiceUnavailable("payments")
    stage.answers = {"b": [down, down]}
    saga = await stage.begin()
    with pytest.raises(ServiceUnavailable):
        await stage.run(saga)
    assert await stage.recover() == []
    stage.now += timedelta(seconds=1)
    assert await stage.recover() == [], "it is still down"
    stage.now += timedelta(seconds=2)
    (recovered,) = await stage.recover()
    assert recovered.status == "completed"
    assert stage.did == ["a", "b", "b", "b", "c"]


async def test_what_is_left_for_later_is_given_as_it_is_left(stage: Stage) -> None:
    stage.answers = {"b": [ServiceUnavailable("payments")]}
    saga = await finish_if_possible(await stage.begin(), stage.plan, stage.means)
    assert (saga.status, saga.step, saga.attempts, saga.lease_owner) == ("started", "b", 1, None)


async def test_one_saga_with_a_bug_keeps_no_other(stage: Stage) -> None:
    await stage.begin(key="one")
    await stage.begin(key="two")
    stage.now += LEASE
    stage.answers = {"a": [RuntimeError("a bug")]}
    (recovered,) = await stage.recover()
    assert recovered.status == "completed"


async def test_who_was_too_slow_stops(stage: Stage) -> None:
    saga = await stage.begin()

    async def steal(run: Run) -> Any:
        stage.now += LEASE
        taken = await take_saga(stage.connections.orders, run.saga.id, owner="thief", now=stage.now)
        assert taken is not None
        return Done()

    first, *rest = stage.plan.steps
    plan = Plan(steps=(Step(name=first.name, run=steal), *rest))
    with pytest.raises(LeaseLost):
        await run_saga(saga, plan, stage.means)
    assert stage.did == []
    found = await find_saga(stage.connections.orders, saga.key)
    assert found is not None
    assert (found.step, found.lease_owner) == ("a", "thief")
