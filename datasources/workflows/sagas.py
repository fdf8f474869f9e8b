"""Runs works over several databases step by step: whoever dies in the middle, another finishes or undoes them.

A work is a list of steps. Each is idempotent, and each is recorded in OrderDb: that it begins, by the record of the
step before, and that it is done, by its own. Whoever runs a saga holds its lease; a saga whose lease is over is taken
up again at the step that was recorded last. A step that fails for good makes the saga go back and undo what was done,
from that step to the first. A step that cannot be done now is left for later.
"""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import uuid4

from datasources.core.errors import DatasourceError
from datasources.orders.sagas import (
    LeaseLost,
    Progress,
    find_saga,
    next_attempt,
    pause_saga,
    progress_statement,
    progressed,
    record_progress,
    take_due_sagas,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.sql.dml import ReturningUpdate

    from datasources.core.connections import Connections
    from datasources.orders.sagas import Saga, SagaType
    from datasources.payments.providers.registry import Providers

# How soon a provider that has not decided yet is asked again; a webhook is faster.
PROCESSING_PAUSE: Final = timedelta(seconds=5)
PROVIDER: Final = "provider"

# Where a failed saga's data keeps why it failed, and a waiting one's what it waits for.
FAILURE: Final = "failure"
WAITS_FOR: Final = "waits_for"

logger = logging.getLogger("datasources.sagas")


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


async def ignore(_point: str) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What steps work with. `watch` is told every point that a run comes to; a test may stop it there for good."""

    connections: Connections
    providers: Providers
    clock: Callable[[], datetime] = utc_now
    watch: Callable[[str], Awaitable[None]] = ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step is done; `data` is added to the saga's."""

    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The step is done, and was recorded in its own transaction."""

    saga: Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The step waits for somebody else, until then at the latest; `waits_for` says for whom, in a word."""

    until: datetime
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The step can never be done: the steps before it, and what it began itself, have to be undone."""

    failure: Mapping[str, Any]


Result: TypeAlias = Done | Recorded | Waiting | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `undo` undoes it whether or not it was done; None where there is nothing to undo."""

    name: str
    run: Callable[[Run], Awaitable[Result]]
    undo: Callable[[Run], Awaitable[Done | Recorded | Waiting]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of one type of saga, in their order."""

    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        """The step with this name."""
        return self.steps[self._place(name)]

    def after(self, name: str) -> Progress:
        """What is recorded when a step has been done: the next one begins, or all is done."""
        place = self._place(name) + 1
        return {"step": self.steps[place].name} if place < len(self.steps) else {"status": "completed"}

    def before(self, name: str) -> Progress:
        """What is recorded when a step has been undone: the one before it is next, or everything is undone."""
        place = self._place(name) - 1
        return {"step": self.steps[place].name} if place >= 0 else {"status": "compensated"}

    def _place(self, name: str) -> int:
        return next(place for place, step in enumerate(self.steps) if step.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A saga's step that is being done or undone."""

    means: Means
    plan: Plan
    saga: Saga
    memory: dict[str, Any] = field(default_factory=dict)
    """What earlier steps have learned and later ones would have to read again; empty where somebody else takes over."""

    @property
    def connections(self) -> Connections:
        """The databases."""
        return self.means.connections

    @property
    def now(self) -> datetime:
        """The time."""
        return self.means.clock()

    @property
    def is_undoing(self) -> bool:
        """Whether the saga goes back."""
        return self.saga.status == "compensating"

    def progress(self, data: Mapping[str, Any] | None = None) -> Progress:
        """What is to be recorded when this step is done, or undone."""
        name = self.saga.step
        progress = self.plan.before(name) if self.is_undoing else self.plan.after(name)
        kept = {key: value for key, value in self.saga.data.items() if key != WAITS_FOR}
        if data or kept != self.saga.data:
            progress["data"] = {**kept, **(data or {})}
        return progress

    async def watch(self, point: str) -> None:
        """Tell the watch that the run has come to a point of this step: before, effect or recorded."""
        way = "undo " if self.is_undoing else ""
        await self.means.watch(f"{self.saga.type}: {way}{self.saga.step}: {point}")

    # The three below make a run the `Recording` of a step that is recorded in its own transaction.

    def statement(self, *, now: datetime) -> ReturningUpdate[tuple[UUID]]:
        """What records this step."""
        return progress_statement(self.saga, self.progress(), now=now)

    def recorded(self, *, now: datetime) -> Saga:
        """The saga once it is recorded."""
        return progressed(self.saga, self.progress(), now=now)

    async def before_commit(self) -> None:
        """Tell the watch that the step has been done, but not recorded for good."""
        await self.watch("effect")


def new_owner() -> str:
    """A name for a lease, which no other lease has; it says whose it is, for people who look into the table."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:16]}"


async def run_saga(saga: Saga, plan: Plan, means: Means) -> Saga:
    """Go on with a saga whose lease is held, to its end or until it has to wait.

    Raises:
        LeaseLost: somebody else works on it by now.
        DatasourceError: a step cannot be done now, or a database is down; it is left for later.
    """
    memory: dict[str, Any] = {}
    while not saga.is_finished:
        run = Run(means=means, plan=plan, saga=saga, memory=memory)
        try:
            saga, waits = await _take_step(run)
        except LeaseLost:
            raise
        except Exception as error:  # whatever it is, the saga must not be held for longer than needed
            await _leave_for_later(run, error)
            raise
        if waits:
            break
    return saga


async def finish_if_possible(saga: Saga, plan: Plan, means: Means) -> Saga:
    """Go on with a saga whose lease is held, as far as that is possible now, and give it as it is left.

    The rest is for whoever recovers sagas.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    try:
        return await run_saga(saga, plan, means)
    except DatasourceError as error:
        logger.warning("The %s of order %s is left for later: %s", saga.type, saga.order_id, error)
        left = await find_saga(means.connections.orders, saga.key)
        return saga if left is None else left


async def recover_sagas(means: Means, plans: Mapping[SagaType, Plan], *, most: int = 20) -> Sequence[Saga]:
    """Take up sagas that are due and that nobody works on, one after the other; give them as they are left.

    One that cannot go on now keeps no other.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    left = []
    for _ in range(most):
        taken = await take_due_sagas(means.connections.orders, owner=new_owner(), now=means.clock(), most=1)
        if not taken:
            break
        try:
            left.append(await run_saga(taken[0], plans[taken[0].type], means))
        except DatasourceError as error:
            logger.warning(
                "The %s of order %s is left for later: %s", taken[0].type, taken[0].order_id, error
            )
        except Exception:  # an edge: one saga with a bug in it must not stop all others
            logger.exception("The %s of order %s failed.", taken[0].type, taken[0].order_id)
    return left


async def _take_step(run: Run) -> tuple[Saga, bool]:
    """Do or undo the step that is next, and record it; tell whether the saga has to wait."""
    step = run.plan.step(run.saga.step)
    await run.watch("before")
    result: Result = Done()
    if not run.is_undoing:
        result = await step.run(run)
    elif step.undo is not None:
        result = await step.undo(run)
    match result:
        case Recorded(saga=saga):
            pass
        case Waiting(until=until, waits_for=waits_for):
            return await _wait(run, until, waits_for), True
        case Failed(failure=failure):
            await run.watch("effect")
            saga = await _record(
                run, {"status": "compensating", "data": {**run.saga.data, FAILURE: dict(failure)}}
            )
        case Done(data=data):
            await run.watch("effect")
            saga = await _record(run, run.progress(data))
    await run.watch("recorded")
    return saga, False


async def _record(run: Run, progress: Progress) -> Saga:
    async with run.connections.orders.transaction() as transaction:
        return await record_progress(transaction, run.saga, progress, now=run.now)


async def _wait(run: Run, until: datetime, waits_for: str) -> Saga:
    return await pause_saga(
        run.connections.orders,
        run.saga,
        until=until,
        progress={"data": {**run.saga.data, WAITS_FOR: waits_for}},
        now=run.now,
    )


async def _leave_for_later(run: Run, error: Exception) -> None:
    """Let go of a saga whose step could not be done. If that cannot be written down, its lease ends by itself."""
    now = run.now
    try:
        await pause_saga(
            run.connections.orders,
            run.saga,
            until=next_attempt(run.saga, now=now),
            error=f"{type(error).__name__}: {error}",
            now=now,
        )
    except DatasourceError as refusal:
        logger.warning(
            "Could not let go of the %s of order %s: %s", run.saga.type, run.saga.order_id, refusal
        )
