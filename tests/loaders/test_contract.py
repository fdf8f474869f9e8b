"""The contract that every loader keeps, found by looking at what `Loaders` offers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest

from datasources.core.batching import BatchLoader
from datasources.core.calls import record_calls
from datasources.core.once import once
from datasources.loaders import Loaders
from tests.loaders.samples import SAMPLES, unknown_like

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datasources.core.connections import Connections

# A cart that Redis has let go is looked for in CartDb: one call to each.
MOST_CALLS = {"carts.by_user": 2}


def offered(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """Names and annotated types of a class's attributes that are made once."""
    for name, attribute in vars(owner).items():
        if isinstance(attribute, once):
            yield name, attribute.func.__annotations__["return"]


def every_loader() -> list[str]:
    """The names of all batch loaders, such as orders.by_id."""
    return sorted(
        f"{service}.{name}"
        for service, _ in offered(Loaders)
        for name, annotation in offered(get_type_hints(vars(Loaders)[service].func)["return"])
        if annotation.startswith("BatchLoader[")
    )


LOADERS = every_loader()


def of_a_new_request(connections: Connections, name: str) -> BatchLoader[Any, Any]:
    service, _, question = name.partition(".")
    loader = getattr(getattr(Loaders(connections), service), question)
    assert isinstance(loader, BatchLoader)
    return loader


async def ask(connections: Connections, name: str, keys: Sequence[Any]) -> tuple[list[Any], dict[str, int]]:
    """A new request's answers to the keys, and the calls that they took."""
    with record_calls() as log:
        answers = await of_a_new_request(connections, name).load_many(keys)
    return answers, log.by_service()


def test_every_loader_has_sample_keys() -> None:
    assert set(SAMPLES) == set(LOADERS)


@pytest.mark.parametrize("name", LOADERS)
async def test_a_loader_keeps_the_contract(connections: Connections, name: str) -> None:
    known = await SAMPLES[name](connections)
    assert known, "The demo shop has none of these: choose sample keys that it has."
    unknown = [unknown_like(known[-1]) for _ in range(3)]
    wanted = [*known, *unknown] * 2
    random.Random(name).shuffle(wanted)  # noqa: S311  # the same order every time

    answers, calls = await ask(connections, name, wanted)

    answer_to = dict(zip(wanted, answers, strict=True))
    assert answers == [answer_to[key] for key in wanted], "equal keys, equal answers"
    missing = of_a_new_request(connections, name)._missing
    assert [answer_to[key] for key in unknown] == [missing] * len(unknown)
    assert [key for key in known if answer_to[key] == missing] == []
    for key in known[:5]:
        alone, _ = await ask(connections, name, [key])
        assert alone == [answer_to[key]]

    _, calls_of_two = await ask(connections, name, [known[0], unknown[0]])
    assert calls == calls_of_two, "as many calls for all keys as for two"
    assert list(calls.values()) == [MOST_CALLS.get(name, 1)], "all of them to one service"
