"""The batch loader: gathers the keys that a wave of fields asks for, and answers them with one call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
R = TypeVar("R")


class BatchLoader(Generic[K, V]):
    """Answers keys in batches, and each key at most once.

    It has the methods of Strawberry's DataLoader. `find` gets each distinct key once and answers with a mapping, so
    answers are never matched by position; a key that it does not answer gets `missing`, and one that it answers without
    having been asked has its right answer, too. What is asked for until the
    event loop has run everything that is ready goes into one batch. A failed batch fails those who wait for it and is
    forgotten, so that a later field may try again. Whoever stops waiting spares the others; when nobody waits any more
    the call itself is cancelled.
    """

    __slots__ = ("_batch", "_find", "_known", "_missing", "_sent")

    def __init__(self, find: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], *, missing: V) -> None:
        """Load with `find`; `missing` is the answer for unknown keys."""
        self._find = find
        self._missing = missing
        self._known: dict[K, V] = {}
        self._batch: _Batch[K, V] | None = None
        self._sent: list[_Batch[K, V]] = []

    def load(self, key: K) -> Awaitable[V]:
        """The value of one key."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        known = self._known
        if key in known:
            waiter.set_result(known[key])
        else:
            (self._sent_with(key) or self._gather((key,))).wait(waiter, key)
        return waiter

    def load_many(self, keys: Iterable[K]) -> Awaitable[list[V]]:
        """The values of these keys, in their order: one future, however many keys there are."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        wanted = keys if isinstance(keys, list) else list(keys)
        if self._sent and any(self._sent_with(key) for key in wanted):
            return asyncio.gather(*map(self.load, wanted))  # some answers are on their way, others are not
        known = self._known
        unknown = [key for key in wanted if key not in known] if known else wanted
        if unknown:
            self._gather(unknown).wait(waiter, wanted)
        else:
            waiter.set_result([known[key] for key in wanted])
        return waiter

    def prime(self, key: K, value: V) -> None:
        """Keep a value that is known without asking; one that is kept already stays."""
        self._known.setdefault(key, value)

    def clear(self, key: K) -> None:
        """Forget one key, because its value has changed."""
        self._known.pop(key, None)

    def clear_all(self) -> None:
        """Forget everything."""
        self._known.clear()

    def _sent_with(self, key: K) -> _Batch[K, V] | None:
        return next((batch for batch in self._sent if key in batch.keys), None)

    def _gather(self, keys: Sequence[K]) -> _Batch[K, V]:
        batch = self._batch
        if batch is None or batch.given_up:
            batch = self._batch = _Batch(dict.fromkeys(keys))
            batch.task = asyncio.get_running_loop().create_task(self._answer(batch))
        else:
            batch.keys.update(dict.fromkeys(keys))
        return batch

    async def _answer(self, batch: _Batch[K, V]) -> None:
        try:
            # Around the loop until nobody else asks: a task woken in this round may only now start those that do.
            waiting = 0
            while waiting != len(batch.waiters):
                waiting = len(batch.waiters)
                await asyncio.sleep(0)
            self._batch = None
            self._sent.append(batch)
            found = await self._find(list(batch.keys))
            # Copying a dict takes over the hashes of its keys, which would cost more than all the rest.
            values: dict[K, V] = dict.fromkeys(batch.keys, self._missing)
            if len(found) <= len(values):
                values.update(found)
            else:
                values.update({key: found[key] for key in values if key in found})
        except asyncio.CancelledError:
            batch.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # an edge: it is handed to whoever waits
            batch.fail(error)
            return
        finally:
            batch.task = None
            if batch in self._sent:
                self._sent.remove(batch)
        self._known.update(values)
        batch.answer(self._known)


class _Batch(Generic[K, V]):
    """Keys that will be asked for together, and who waits for which of them."""

    __slots__ = ("given_up", "keys", "task", "waiters")

    def __init__(self, keys: dict[K, None]) -> None:
        self.keys = keys
        self.given_up = False
        self.waiters: list[tuple[asyncio.Future[Any], K | list[K]]] = []
        self.task: asyncio.Task[None] | None = None

    def wait(self, waiter: asyncio.Future[Any], wanted: K | list[K]) -> None:
        self.waiters.append((waiter, wanted))
        waiter.add_done_callback(self._stop_waiting)

    def answer(self, known: Mapping[K, V]) -> None:
        for waiter, wanted in self.waiters:
            if not waiter.done():
                waiter.set_result(
                    list(map(known.__getitem__, wanted)) if isinstance(wanted, list) else known[wanted]
                )

    def fail(self, error: Exception) -> None:
        for waiter, _ in self.waiters:
            if not waiter.done():
                waiter.set_exception(error)
        self.waiters.clear()  # the error's traceback leads back here, and a cycle would outlive the request

    def cancel(self) -> None:
        for waiter, _ in self.waiters:
            waiter.cancel()

    def _stop_waiting(self, waiter: asyncio.Future[Any]) -> None:
        task = self.task
        if task is not None and waiter.cancelled() and all(other.cancelled() for other, _ in self.waiters):
            self.given_up = True
            task.cancel()


def one_by_key(records: Iterable[R], key: Callable[[R], K]) -> dict[K, R]:
    """Records by their key, for relations to one."""
    return {key(record): record for record in records}


def many_by_key(records: Iterable[R], key: Callable[[R], K]) -> dict[K, tuple[R, ...]]:
    """Records grouped by their key in the order in which they came, for relations to many."""
    groups: dict[K, list[R]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return {group: tuple(members) for group, members in groups.items()}
