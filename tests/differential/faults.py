"""Faults in what loaders answer: decided by the seed, the loader and the key, whoever asks, and in whatever order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_type_hints

from datasources.core.batching import BatchLoader
from datasources.core.errors import ServiceUnavailable
from datasources.core.once import once
from datasources.core.paging import Page
from datasources.loaders import Loaders
from tests.differential.dice import Boom, Dice, dice
from tests.differential.world import MOMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# What may stand in a record where something else is expected.
WRONG: tuple[Any, ...] = (
    None, None, None, None, 7, -1, 2**40, 1.5, float("nan"), "", "no such word", "7", True, Decimal("1.5"),
    MOMENT, MOMENT.replace(tzinfo=None), b"bytes", (), (None,), [7, None], {"a": 1}, Boom("returned, not raised"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often answers are spoilt: 0 never, 1 every now and then."""

    seed: object
    rate: float

    def fails(self, loader: str) -> bool:
        """Whether every batch of a loader fails. Which keys share a batch is the executor's business."""
        return dice(self.seed, f"{loader} fails").chance(0.02 * self.rate)

    def pauses(self, loader: str) -> int:
        """How often a loader lets others go first."""
        return dice(self.seed, f"{loader} pauses").choice((0, 0, 1, 2, 5))

    def spoilt(self, loader: str, key: Any, answer: Any) -> Any:
        """The answer to a key, or something in its place."""
        throws = dice(self.seed, f"{loader} {key!r}")
        if throws.chance(0.04 * self.rate):
            return throws.choice((None, 7, "text", Boom("returned, not raised"), (None,)))
        return self._spoilt_within(answer, throws) if throws.chance(0.25 * self.rate) else answer

    def _spoilt_within(self, answer: Any, throws: Dice) -> Any:
        if isinstance(answer, tuple | list):
            items = list(answer)
            if items and throws.chance(0.8):
                index = throws.below(len(items))
                items[index] = self._spoilt_within(items[index], throws)
            else:
                items.append(throws.choice((None, 7, "text", Boom("returned, not raised"))))
            return items if throws.chance(0.5) else tuple(items)
        if isinstance(answer, Page):
            return replace(answer, items=tuple(self._spoilt_within(answer.items, throws)))
        if is_dataclass(answer) and not isinstance(answer, type):
            return _with_a_fault(answer, throws)
        return throws.choice(WRONG)


def spoil(loaders: Loaders, faults: Faults, remembered: dict[str, dict[Any, Any]]) -> None:
    """Put faults between a request's loaders and their answers, each of which is fetched once and for all."""
    for name, loader in every_loader(loaders):
        loader._find = _spoiling(name, loader._find, loader._missing, faults, remembered.setdefault(name, {}))


def every_loader(loaders: Loaders) -> Iterator[tuple[str, BatchLoader[Any, Any]]]:
    """The batch loaders of a request with their names, such as orders.by_id."""
    for service, questions in _LOADERS.items():
        owner = getattr(loaders, service)
        for question in questions:
            loader = getattr(owner, question)
            if isinstance(loader, BatchLoader):
                yield f"{service}.{question}", loader


def _offered(owner: type[Any]) -> list[str]:
    return [name for name, attribute in vars(owner).items() if isinstance(attribute, once)]


def _loader_names() -> dict[str, list[str]]:
    return {
        service: _offered(get_type_hints(vars(Loaders)[service].func)["return"])
        for service in _offered(Loaders)
    }


_ABSENT = object()


def _spoiling(
    name: str, find: Callable[[Sequence[Any]], Any], missing: Any, faults: Faults, known: dict[Any, Any]
) -> Callable[[Sequence[Any]], Any]:
    async def find_spoilt(keys: Sequence[Any]) -> Mapping[Any, Any]:
        for _ in range(faults.pauses(name)):
            await asyncio.sleep(0)
        if faults.fails(name):
            raise dice(faults.seed, name).choice((Boom(f"{name} fails"), ServiceUnavailable(name)))
        unknown = [key for key in keys if key not in known]
        if unknown:
            found = await find(unknown)
            known.update((key, found.get(key, _ABSENT)) for key in unknown)
        answers = ((key, missing if known[key] is _ABSENT else known[key]) for key in keys)
        return {key: faults.spoilt(name, key, answer) for key, answer in answers}

    return find_spoilt


def _with_a_fault(record: Any, throws: Dice) -> Any:
    """A record with one attribute that should not be. Keys stay: other loaders could not answer them."""
    names = [it.name for it in fields(record) if it.init and it.name != "id" and not it.name.endswith("_ids")]
    if not names:
        return record
    name = throws.choice(names)
    if name.endswith("_id"):
        return replace(record, **{name: None})
    if throws.chance(0.15) and name != "currency":  # which is not read where only the amount is selected
        return _raising(record, name)
    value = getattr(record, name)
    if isinstance(value, tuple) and value and throws.chance(0.6):
        index = throws.below(len(value))
        item = value[index]
        spoilt = _with_a_fault(item, throws) if is_dataclass(item) else throws.choice(WRONG)
        return replace(record, **{name: (*value[:index], spoilt, *value[index + 1 :])})
    if is_dataclass(value) and not isinstance(value, type) and throws.chance(0.6):
        return replace(record, **{name: _with_a_fault(value, throws)})
    return replace(record, **{name: throws.choice(WRONG)})


def _raising(record: Any, broken: str) -> Any:
    """The same record, one attribute of which raises when it is read."""

    def read(_record: Any) -> Any:
        raise Boom(f"{broken} raises")

    kind = type(record)
    copy: Any = object.__new__(type(kind.__name__, (kind,), {"__slots__": (), broken: property(read)}))
    for it in fields(record):
        if it.name != broken:
            object.__setattr__(copy, it.name, getattr(record, it.name))
    return copy


_LOADERS = _loader_names()
