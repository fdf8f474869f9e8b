"""The shop in memory: every contender answers from it alike, and asks no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from bench.contenders import IN_MEMORY
from bench.load import ask
from bench.measurements import answers_of
from bench.memory.tables import ITEMS, ORDERS
from bench.stages import IN_MEMORY_OPERATIONS, shop_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.servers import Server
    from bench.stages import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The shop's file and a token of its customer."""
    with shop_in_memory() as made:
        yield made


@pytest.fixture(scope="module")
def contenders(running: Callable[..., list[Server]], stage: Stage) -> list[Server]:
    """Every contender that can run here, on the shop in memory."""
    return running(
        IN_MEMORY,
        IN_MEMORY_OPERATIONS[0],
        token=stage.tokens["customer"],
        environment=stage.environment,
    )


def test_all_contenders_answer_alike_without_a_database(contenders: list[Server], stage: Stage) -> None:
    token = stage.tokens["customer"]
    for operation in IN_MEMORY_OPERATIONS:
        bodies = answers_of(contenders, operation, token=token)
        assert len(bodies) == len(contenders) >= 2
        for server in contenders:
            answer = ask(server.port, server.contender.ask(operation), token=token)
            assert answer.headers["x-database-calls"] == "none"


def test_the_wide_query_is_wide(contenders: list[Server], stage: Stage) -> None:
    tiny, wide = IN_MEMORY_OPERATIONS
    bodies = answers_of(contenders[:1], wide, token=stage.tokens["customer"])
    orders = orjson.loads(bodies["gateway"])["data"]["me"]["orders"]["nodes"]

    assert [len(order["items"]) for order in orders] == [ITEMS] * ORDERS
    assert all(
        item["product"]["images"] and item["product"]["stock"] for order in orders for item in order["items"]
    )
    assert any(payment["refunds"] for order in orders for payment in order["payments"])
    assert tiny.name == "tiny"


def test_a_token_that_proves_nothing_is_refused_everywhere(contenders: list[Server]) -> None:
    for server in contenders:
        answer = ask(server.port, server.contender.ask(IN_MEMORY_OPERATIONS[0]), token="a.b.c")
        assert answer.status == 401, server.contender.name
