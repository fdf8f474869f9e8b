"""The batch loader by itself: realigning, forgetting failures, surviving cancellation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from datasources.core.batching import BatchLoader, many_by_key, one_by_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

LONG_ENOUGH = 2.0  # seconds: a hang is a failure, not a test that never ends


class Squares:
    """Answers with squares, in the wrong order and without the odd keys; can be told to fail."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.failures: list[BaseException] = []

    async def find(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.asked.append(list(keys))
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return {key: key * key for key in sorted(keys, reverse=True) if key % 2 == 0}


async def soon(answer: Awaitable[int]) -> int:
    async with asyncio.timeout(LONG_ENOUGH):
        return await answer


@pytest.fixture
def squares() -> Squares:
    return Squares()


@pytest.fixture
def loader(squares: Squares) -> BatchLoader[int, int]:
    return BatchLoader(squares.find, missing=-1)


async def test_answers_stand_in_the_order_of_the_keys(loader: BatchLoader[int, int]) -> None:
    assert await loader.load_many([4, 3, 2, 4, 1, 6]) == [16, -1, 4, 16, -1, 36]


async def test_a_wave_asks_once_for_each_distinct_key(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    await asyncio.gather(loader.load_many([2, 4, 2]), loader.load(4), loader.load_many([6]))
    assert squares.asked == [[2, 4, 6]]


async def test_an_answer_is_kept(squares: Squares, loader: BatchLoader[int, int]) -> None:
    await loader.load_many([2, 3])
    assert await loader.load_many([3, 2, 4]) == [-1, 4, 16]
    assert squares.asked == [[2, 3], [4]]


async def test_no_keys_ask_nothing(squares: Squares, loader: BatchLoader[int, int]) -> None:
    assert await loader.load_many([]) == []
    assert squares.asked == []


async def test_a_failure_reaches_every_waiter(squares: Squares, loader: BatchLoader[int, int]) -> None:
    failure = ConnectionError("gone")
    squares.failures.append(failure)
    answers = await asyncio.gather(loader.load(2), loader.load(4), return_exceptions=True)
    assert list(answers) == [failure, failure]


async def test_a_failure_is_forgotten(squares: Squares, loader: BatchLoader[int, int]) -> None:
    squares.failures.append(ConnectionError("gone"))
    with pytest.raises(ConnectionError):
        await loader.load_many([2, 4])
    assert await loader.load_many([2, 4]) == [4, 16]
    assert squares.asked == [[2, 4], [2, 4]]


async def test_a_failure_spares_what_was_loaded_before(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    await loader.load(2)
    squares.failures.append(ConnectionError("gone"))
    with pytest.raises(ConnectionError):
        await loader.load_many([2, 4])
    assert await loader.load(2) == 4
    assert squares.asked == [[2], [4]]


async def test_a_cancelled_batch_leaves_nobody_waiting(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    squares.failures.append(asyncio.CancelledError())
    waiters = [asyncio.ensure_future(soon(loader.load(key))) for key in (2, 4)]
    done, pending = await asyncio.wait(waiters, timeout=LONG_ENOUGH)
    assert not pending
    assert all(waiter.cancelled() for waiter in done)


async def test_a_cancelled_batch_is_forgotten(squares: Squares, loader: BatchLoader[int, int]) -> None:
    squares.failures.append(asyncio.CancelledError())
    await asyncio.wait([asyncio.ensure_future(loader.load(2))], timeout=LONG_ENOUGH)
    assert await soon(loader.load(2)) == 4


async def test_a_cancelled_waiter_does_not_cancel_the_others(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    impatient, patient = (asyncio.ensure_future(soon(loader.load(2))) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4
    assert impatient.cancelled()
    assert squares.asked == [[2]]


async def test_a_call_for_which_nobody_waits_any_more_is_cancelled() -> None:
    ended: list[str] = []

    async def find(keys: Sequence[int]) -> Mapping[int, int]:
        try:
            await asyncio.sleep(LONG_ENOUGH * 10 if not ended else 0)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return {key: key * key for key in keys}

    loader: BatchLoader[int, int] = BatchLoader(find, missing=-1)
    waiters = [asyncio.ensure_future(soon(loader.load(key))) for key in (2, 3)]
    for _ in range(6):
        await asyncio.sleep(0)
    waiters[0].cancel()
    await asyncio.wait(waiters[:1])
    assert ended == []
    waiters[1].cancel()
    await asyncio.wait(waiters)
    await asyncio.sleep(0)
    assert ended == ["cancelled"]
    assert await soon(loader.load(2)) == 4


async def test_a_call_that_was_abandoned_before_it_was_sent_is_never_sent(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    waiter = loader.load(2)
    assert isinstance(waiter, asyncio.Future)
    waiter.cancel()
    for _ in range(6):
        await asyncio.sleep(0)
    assert squares.asked == []


async def test_a_key_that_is_on_its_way_is_not_asked_for_again(
    squares: Squares, loader: BatchLoader[int, int]
) -> None:
    first = asyncio.ensure_future(soon(loader.load(2)))
    while not squares.asked:  # noqa: ASYNC110  # each turn of the loop is what is waited for
        await asyncio.sleep(0)
    assert await loader.load_many([2, 4]) == [4, 16]
    assert await first == 4
    assert squares.asked == [[2], [4]]


def test_records_by_key() -> None:
    words = ["apple", "avocado", "bean"]
    assert one_by_key(words, len) == {5: "apple", 7: "avocado", 4: "bean"}


def test_records_grouped_by_key_keep_their_order() -> None:
    words = ["bean", "apple", "banana", "avocado"]
    assert many_by_key(words, lambda word: word[0]) == {"b": ("bean", "banana"), "a": ("apple", "avocado")}
