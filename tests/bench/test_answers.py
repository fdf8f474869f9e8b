"""The contenders as they run: they answer the wide query alike, with the same calls, and leave nothing running."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from graphql import strip_ignored_characters

from bench.contenders import CONTENDERS, FLOOR, WIDE_QUERY, ask_by_name, wide
from bench.measurements import DifferentAnswers, answers_of, measure
from bench.servers import ContenderFailed, environment_of, run_contender
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Server
    from gateway.settings import Settings
    from tests.client import GraphQLClient


@pytest.fixture(scope="module")
def contenders(settings: Settings, client: GraphQLClient) -> Iterator[list[Server]]:
    """Every contender, on the demo shop; none of them runs on afterwards."""
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(
                run_contender(
                    contender,
                    request=contender.ask(wide(1)),
                    token=client.tokens["customer"],
                    environment=environment_of(settings),
                )
            )
            for contender in CONTENDERS
        ]
        yield servers
    assert not any(server.process.is_running() for server in servers)


def test_the_measured_query_is_the_one_with_the_budget() -> None:
    assert strip_ignored_characters(WIDE_QUERY) == strip_ignored_characters(WIDE)


@pytest.mark.parametrize("first", [1, 100])
def test_all_contenders_answer_alike(contenders: list[Server], client: GraphQLClient, first: int) -> None:
    bodies = answers_of(contenders, wide(first), token=client.tokens["customer"])

    assert set(bodies) == {contender.name for contender in CONTENDERS}
    assert len(orjson.loads(bodies["floor"])["data"]["me"]["orders"]["nodes"]) == first


def test_what_answers_differently_is_not_measured(contenders: list[Server], client: GraphQLClient) -> None:
    liar = replace(FLOOR, name="liar", ask=lambda _: ask_by_name(wide(2)))
    floor = contenders[0]

    with pytest.raises(DifferentAnswers, match=r"floor and liar answer differently: data\.me\.orders\.nodes"):
        answers_of([floor, replace(floor, contender=liar)], wide(1), token=client.tokens["customer"])


async def test_a_short_run_measures_every_contender_in_turns(
    contenders: list[Server], client: GraphQLClient
) -> None:
    said: list[str] = []
    results = await measure(
        contenders,
        wide(1),
        token=client.tokens["customer"],
        concurrency=2,
        seconds=0.2,
        rounds=2,
        report=said.append,
        warm_up=0.2,
    )

    assert [line.partition(":")[0] for line in said] == ["floor", "gateway"] * 3
    for result in results:
        assert [len(turn.latencies) > 0 for turn in result.rounds] == [True, True]
        assert result.calls == {"inventory": 1, "orders": 2, "payments": 2, "products": 3, "users": 1}
        assert result.peak_bytes > 1e6
        assert result.cpu_per_answer > 0


def test_a_contender_that_does_not_start_says_why(settings: Settings) -> None:
    broken = replace(FLOOR, name="broken", command=lambda _: (sys.executable, "-c", "raise SystemExit('no')"))

    with (
        pytest.raises(ContenderFailed, match=r"broken ended with 1:\nno"),
        run_contender(broken, request=broken.ask(wide(1)), token="", environment=environment_of(settings)),
    ):
        pass
