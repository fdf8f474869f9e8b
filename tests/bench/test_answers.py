"""The contenders as they run on the demo shop: they answer every operation alike, and leave nothing running."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from graphql import strip_ignored_characters

from bench.contenders import CONTENDERS, FLOOR, GATEWAY, STRAWBERRY, ask_by_name
from bench.measurements import DifferentAnswers, Turns, answers_of, measure
from bench.operations import OPERATIONS, WIDE_QUERY, tiny, wide
from bench.servers import ContenderFailed, environment_of, run_contender
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.operations import Operation
    from bench.servers import Server
    from gateway.settings import Settings
    from tests.client import GraphQLClient

CALLS = {
    "tiny": {"products": 1},
    "page": {"carts": 1, "inventory": 1, "products": 6, "users": 2},
    "listing": {"inventory": 1, "products": 4},
    "search": {"inventory": 1, "products": 4},
    "wide": {"inventory": 1, "orders": 2, "payments": 2, "products": 3, "users": 1},
    "staff": {"orders": 2, "payments": 1, "users": 1},
}


@pytest.fixture(scope="module")
def contenders(
    running: Callable[..., list[Server]], settings: Settings, client: GraphQLClient
) -> list[Server]:
    """Every contender that can run here, on the demo shop."""
    return running(CONTENDERS, tiny(), token=client.tokens["customer"], environment=environment_of(settings))


def test_the_measured_query_is_the_one_with_the_budget() -> None:
    assert strip_ignored_characters(WIDE_QUERY) == strip_ignored_characters(WIDE)


@pytest.mark.parametrize("operation", [*OPERATIONS, wide(1), wide(100)], ids=lambda each: each.name)
async def test_all_contenders_answer_alike_with_the_same_calls(
    contenders: list[Server], client: GraphQLClient, operation: Operation
) -> None:
    servers = [server for server in contenders if server.contender.knows(operation)]
    results = await measure(
        servers,
        operation,
        token=client.tokens[operation.viewer],
        turns=Turns(concurrency=2, seconds=0.1, rounds=1, warm_up=0.1),
        report=lambda _: None,
    )

    assert len(results) == len(servers) >= 2
    for result in results:
        assert result.calls == CALLS[operation.name], result.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_operations_find_something(
    contenders: list[Server], client: GraphQLClient, operation: Operation
) -> None:
    bodies = answers_of(contenders[:1], operation, token=client.tokens[operation.viewer])
    (body,) = bodies.values()

    def lists(value: object) -> list[int]:
        if isinstance(value, dict):
            return [length for member in value.values() for length in lists(member)]
        if isinstance(value, list):
            return [len(value), *(length for item in value for length in lists(item))]
        return []

    data = orjson.loads(body)["data"]
    first = operation.variables.get("first")
    assert all(member is not None for member in data.values())
    assert first is None or first in lists(data)


def test_what_answers_differently_is_not_measured(contenders: list[Server], client: GraphQLClient) -> None:
    liar = replace(FLOOR, name="liar", ask=lambda _: ask_by_name(wide(2)))
    floor = next(server for server in contenders if server.contender is FLOOR)

    with pytest.raises(DifferentAnswers, match=r"floor and liar answer differently: data\.me\.orders\.nodes"):
        answers_of([floor, replace(floor, contender=liar)], wide(1), token=client.tokens["customer"])


async def test_a_short_run_measures_every_contender_in_turns(
    contenders: list[Server], client: GraphQLClient
) -> None:
    said: list[str] = []
    python = (GATEWAY, FLOOR, STRAWBERRY)
    results = await measure(
        [server for server in contenders if server.contender in python],
        wide(1),
        token=client.tokens["customer"],
        turns=Turns(concurrency=2, seconds=0.2, rounds=2, warm_up=0.2),
        report=said.append,
    )

    turns = [f"wide, {contender.name}" for contender in python]
    assert [line.partition(":")[0] for line in said] == turns * 3
    for result in results:
        assert [len(turn.latencies) > 0 for turn in result.rounds] == [True, True]
        assert result.peak_bytes > 1e6
        assert result.cpu_per_answer > 0


def test_a_contender_that_does_not_start_says_why(settings: Settings) -> None:
    broken = replace(FLOOR, name="broken", command=lambda _: (sys.executable, "-c", "raise SystemExit('no')"))

    with (
        pytest.raises(ContenderFailed, match=r"broken ended with 1:\nno"),
        run_contender(broken, operation=wide(1), token="", environment=environment_of(settings)),
    ):
        pass
