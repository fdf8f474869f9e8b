"""The batch loader: gathers the keys that a wave of fields asks for, and answers them with one call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
R = TypeVar("R")


class BatchLoader(DataLoader[K, V]):
    """Strawberry's DataLoader, realigned by key, which forgets failures and survives cancellation.

    `find` gets each distinct key once and answers with a mapping. A key that it does not answer gets `missing`.
    A failed batch fails its waiters and is forgotten, so that a later field may try again.
    """

    def __init__(self, find: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], *, missing: V) -> None:
        """Load with `find`; `missing` is the answer for unknown keys."""
        super().__init__(load_fn=self._load_batch)
        self._find = find
        self._missing = missing

    def load(self, key: K) -> Awaitable[V]:
        """The value of one key, from the batch that is being gathered or already loaded.

        Shielded: a field that is cancelled because a sibling failed must not cancel the same key for others.
        """
        return asyncio.shield(super().load(key))

    async def _load_batch(self, keys: list[K]) -> list[V | BaseException]:
        complete = False
        try:
            found = await self._find(keys)
            complete = True
        except asyncio.CancelledError:
            # DataLoader only passes on Exceptions: without this whoever waits would wait forever.
            for key in keys:
                future = self.cache_map.get(key)
                if future is not None:
                    asyncio.ensure_future(future).cancel()
            raise
        finally:
            if not complete:
                self.clear_many(keys)
        missing = self._missing
        return [found.get(key, missing) for key in keys]


def one_by_key(records: Iterable[R], key: Callable[[R], K]) -> dict[K, R]:
    """Records by their key, for relations to one."""
    return {key(record): record for record in records}


def many_by_key(records: Iterable[R], key: Callable[[R], K]) -> dict[K, tuple[R, ...]]:
    """Records grouped by their key in the order in which they came, for relations to many."""
    groups: dict[K, list[R]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return {group: tuple(members) for group, members in groups.items()}
