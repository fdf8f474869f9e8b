"""Asks one server for the same thing over and over, on a few connections, for a bounded time."""

from __future__ import annotations

import asyncio
import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httptools

from bench.contenders import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.contenders import Request

# How long a server may take over the answers that are still on their way when the time is up.
GRACE_SECONDS = 15.0

OK = 200


class UnexpectedAnswer(Exception):
    """An answer under load that is not the one that was asked for; whatever was measured means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response, read whole; the headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a stretch of load brought: how long each answer took and how long they all did, in seconds."""

    latencies: tuple[float, ...]
    seconds: float


def ask(port: int, request: Request, *, token: str) -> Answer:
    """Ask once, on a connection of its own.

    Raises:
        OSError: nobody listens.
        http.client.HTTPException: who listens does not speak HTTP.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=GRACE_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.body:
            headers["Content-Type"] = "application/json"
        connection.request(request.method, request.path, body=request.body or None, headers=headers)
        response = connection.getresponse()
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=response.read(),
        )
    finally:
        connection.close()


async def apply_load(port: int, request: bytes, *, expected: bytes, concurrency: int, seconds: float) -> Load:
    """Keep `concurrency` connections busy, each sending its next request as soon as it has its answer.

    Every answer is held against `expected`. The time ends with the last answer to what was sent within `seconds`.

    Raises:
        UnexpectedAnswer: one was different, or a connection was closed.
        TimeoutError: the answers did not come within GRACE_SECONDS after the end.
    """
    loop = asyncio.get_running_loop()
    clients = [_Client(request, expected) for _ in range(concurrency)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, HOST, port)  # type: ignore[misc]  # a default
    try:
        started = time.perf_counter()
        for client in clients:
            client.start(until=started + seconds)
        async with asyncio.timeout(seconds + GRACE_SECONDS):
            await asyncio.gather(*(client.finished for client in clients))
        ended = time.perf_counter()
    finally:
        for client in clients:
            client.close()
    latencies = tuple(latency for client in clients for latency in client.latencies)
    return Load(latencies=latencies, seconds=ended - started)


class _Client(asyncio.Protocol):
    """One connection; as little work per answer as it takes to see that it is right."""

    def __init__(self, request: bytes, expected: bytes) -> None:
        self.latencies: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._expected = expected
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    def start(self, *, until: float) -> None:
        """Send the first request; send no more after `until`, as time.perf_counter() has it."""
        self._until = until
        self._send()

    def close(self) -> None:
        self._transport.close()
        if not self.finished.done():
            self.finished.cancel()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP's are of this sort
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"The connection was closed before the answer was complete ({error or 'by the server'}).")

    def on_body(self, chunk: bytes) -> None:
        self._body.append(chunk)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self._sent)
        status, body = self._parser.get_status_code(), b"".join(self._body)
        self._body.clear()
        if status != OK or body != self._expected:
            self._fail(f"Under load the answer was another one: {status} {body[:200]!r}")
        elif now < self._until:
            self._send()
        elif not self.finished.done():
            self.finished.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def _fail(self, message: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(UnexpectedAnswer(message))
