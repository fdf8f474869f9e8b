"""What is recorded of sagas: one per key, held by one worker at a time, and taken over once a lease is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.orders.sagas import (
    LEASE,
    LONGEST_PAUSE,
    LeaseLost,
    NewSaga,
    Saga,
    begin_saga,
    find_saga,
    next_attempt,
    pause_saga,
    record_progress,
    take_due_sagas,
    take_saga,
    take_sagas_of_order,
)

if TYPE_CHECKING:
    from datasources.core.databases import Database

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)


async def begin(orders: Database, *, key: str = "key", owner: str = "me", **changes: Any) -> Saga | None:
    new = {
        "id": uuid4(),
        "order_id": uuid4(),
        "type": "checkout",
        "input_hash": "hash",
        "step": "one",
        "data": {"a": "1"},
    }
    async with orders.transaction() as transaction:
        return await begin_saga(transaction, NewSaga(key=key, **{**new, **changes}), owner=owner, now=NOW)


async def begun(orders: Database, **changes: Any) -> Saga:
    saga = await begin(orders, **changes)
    assert saga is not None
    return saga


async def record(orders: Database, saga: Saga, progress: Any, *, now: datetime = NOW) -> Saga:
    async with orders.transaction() as transaction:
        return await record_progress(transaction, saga, progress, now=now)


async def test_a_key_begins_one_saga_however_many_try_at_once(orders: Database) -> None:
    sagas = await asyncio.gather(*(begin(orders, owner=f"worker {number}") for number in range(20)))
    (first,) = [saga for saga in sagas if saga is not None]
    found = await find_saga(orders, "key")
    assert found == first
    assert first.data == {"a": "1"}
    assert await find_saga(orders, "another") is None


async def test_each_step_is_recorded_and_renews_the_lease(orders: Database) -> None:
    saga = await begun(orders)
    later = NOW + timedelta(seconds=50)
    saga = await record(orders, saga, {"step": "two", "data": {"b": "2"}}, now=later)
    assert (saga.step, saga.data, saga.lease_expires_at) == ("two", {"b": "2"}, later + LEASE)
    saga = await record(orders, saga, {"status": "completed"}, now=later)
    assert saga.is_finished
    assert (saga.lease_owner, saga.lease_expires_at) == (None, None)


async def test_who_has_lost_the_lease_records_nothing(orders: Database) -> None:
    mine = await begun(orders)
    over = NOW + LEASE
    taken = await take_saga(orders, mine.id, owner="another", now=over)
    assert taken is not None
    with pytest.raises(LeaseLost):
        await record(orders, mine, {"step": "two"}, now=over)
    with pytest.raises(LeaseLost):
        await pause_saga(orders, mine, until=over, now=over)
    assert (await record(orders, taken, {"step": "two"}, now=over)).step == "two"


async def test_a_step_is_recorded_once(orders: Database) -> None:
    saga = await begun(orders)
    await record(orders, saga, {"step": "two"})
    with pytest.raises(LeaseLost):
        await record(orders, saga, {"step": "two"})


async def test_a_held_saga_is_taken_by_nobody_until_its_lease_is_over(orders: Database) -> None:
    saga = await begun(orders)
    just_before = NOW + LEASE - timedelta(microseconds=1)
    assert await take_saga(orders, saga.id, owner="another", now=just_before) is None
    assert await take_due_sagas(orders, owner="another", now=just_before, most=10) == []
    (taken,) = await take_due_sagas(orders, owner="another", now=NOW + LEASE, most=10)
    assert (taken.id, taken.lease_owner) == (saga.id, "another")


async def test_due_sagas_are_shared_out_among_workers(orders: Database) -> None:
    ids: set[UUID] = set()
    for number in range(30):
        saga = await begun(orders, key=f"key {number}")
        ids.add(saga.id)
        await pause_saga(orders, saga, until=NOW, now=NOW)
    taken = await asyncio.gather(
        *(take_due_sagas(orders, owner=f"worker {number}", now=NOW, most=7) for number in range(6))
    )
    shares = [saga.id for share in taken for saga in share]
    assert len(shares) == len(set(shares))
    assert max(len(share) for share in taken) <= 7
    rest = await take_due_sagas(orders, owner="last", now=NOW, most=30)
    assert {*shares, *(saga.id for saga in rest)} == ids


async def test_a_paused_saga_waits_until_it_is_due_or_its_order_has_news(orders: Database) -> None:
    saga = await begun(orders)
    until = NOW + timedelta(minutes=30)
    paused = await pause_saga(orders, saga, until=until, progress={"data": {"waits_for": "action"}}, now=NOW)
    assert (paused.lease_owner, paused.data) == (None, {"waits_for": "action"})
    assert await take_due_sagas(orders, owner="another", now=NOW, most=1) == []
    assert await take_sagas_of_order(orders, uuid4(), owner="another", now=NOW) == []
    assert len(await take_sagas_of_order(orders, saga.order_id, owner="another", now=NOW)) == 1


async def test_a_finished_saga_is_not_taken(orders: Database) -> None:
    saga = await begun(orders)
    await record(orders, saga, {"status": "completed"})
    later = NOW + timedelta(days=1)
    assert await take_sagas_of_order(orders, saga.order_id, owner="another", now=later) == []
    assert await take_saga(orders, saga.id, owner="another", now=later) is None
    assert await take_due_sagas(orders, owner="another", now=later, most=1) == []


async def test_what_fails_is_tried_again_later_each_time(orders: Database) -> None:
    saga: Saga | None = await begun(orders)
    pauses = []
    now = NOW
    for _ in range(12):
        assert saga is not None
        until = next_attempt(saga, now=now)
        pauses.append(until - now)
        await pause_saga(orders, saga, until=until, error="It is down.", now=now)
        now = until
        saga = await take_saga(orders, saga.id, owner="me again", now=now)
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert pauses[-1] == LONGEST_PAUSE
    assert saga is not None
    assert (await record(orders, saga, {"step": "two"}, now=now)).attempts == 0
