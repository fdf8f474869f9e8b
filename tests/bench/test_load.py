"""The load generator: what it counts, and that it notices when answers go wrong."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bench.contenders import HOST, Request
from bench.load import UnexpectedAnswer, apply_load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REQUEST = Request(method="POST", path="/graphql", body=b"{}").encode(token="token")
ANSWER = b'{"data":{}}' * 10_000  # more than one read's worth


@asynccontextmanager
async def serving(answers: list[bytes], *, wrong_after: int = 10**9) -> AsyncIterator[int]:
    """A server that notes what it answers: ANSWER, or something else once it has answered so often."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(65_536):
            assert request == REQUEST
            body = ANSWER if len(answers) < wrong_after else b"{}"
            answers.append(body)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_every_answer_is_counted_once_and_the_load_ends_in_time() -> None:
    answers: list[bytes] = []
    async with serving(answers) as port:
        load = await apply_load(port, REQUEST, expected=ANSWER, concurrency=3, seconds=0.2)

    assert len(load.latencies) == len(answers) > 3
    assert 0.2 <= load.seconds < 2
    assert 0 < min(load.latencies) <= max(load.latencies) <= load.seconds


async def test_an_answer_that_is_another_one_ends_the_measurement() -> None:
    async with serving([], wrong_after=5) as port:
        with pytest.raises(UnexpectedAnswer, match="200"):
            await apply_load(port, REQUEST, expected=ANSWER, concurrency=1, seconds=5)
