"""Measures contenders in turns, once they all answer the same, and does the arithmetic of what comes out."""

from __future__ import annotations

import asyncio
import contextlib
import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from bench.load import OK, apply_load, ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bench.operations import Operation
    from bench.servers import Server

# V8 takes some hundred requests to optimise its code.
WARM_UP_SECONDS = 2.0
_SAMPLE_SECONDS = 0.1


class DifferentAnswers(Exception):
    """Two contenders that do not answer the same, so that comparing their speed would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How contenders are loaded: on so many connections, for so many seconds, so often, after a warm-up in seconds."""

    concurrency: int
    seconds: float
    rounds: int
    warm_up: float = WARM_UP_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One contender's turn. CPU time is that of its own processes, without the databases'."""

    latencies: tuple[float, ...]
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_per_answer(self) -> float:
        """Seconds of CPU time that one answer took."""
        return self.cpu_seconds / len(self.latencies)

    def latency(self, percent: float) -> float:
        """Seconds within which this percentage of its answers came."""
        return percentile(self.latencies, percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All turns of one contender, the size of its answer, and the calls to each database that it took.

    `calls` is empty where the contender does not tell.
    """

    name: str
    description: str
    payload_bytes: int
    calls: dict[str, int]
    rounds: tuple[Round, ...]

    @property
    def answers(self) -> int:
        """How many answers were measured."""
        return sum(len(turn.latencies) for turn in self.rounds)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / sum(turn.seconds for turn in self.rounds)

    @property
    def cpu_per_answer(self) -> float:
        """Seconds of CPU time that one answer took."""
        return sum(turn.cpu_seconds for turn in self.rounds) / self.answers

    @property
    def peak_bytes(self) -> int:
        """The most memory that its processes were seen to hold under load."""
        return max(turn.peak_bytes for turn in self.rounds)

    def latency(self, percent: float) -> float:
        """Seconds within which this percentage of all answers came."""
        return percentile([latency for turn in self.rounds for latency in turn.latencies], percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A contender's figure over the baseline's, turn by turn: the median, and the extremes, which show the noise."""

    median: float
    lowest: float
    highest: float


async def measure(
    servers: Sequence[Server],
    operation: Operation,
    *,
    token: str,
    turns: Turns,
    report: Callable[[str], None],
) -> tuple[Result, ...]:
    """Load the servers in turns: each for a while, then each again, so that a noisy minute meets all of them.

    Raises:
        DifferentAnswers: they do not answer the same, or not without errors.
        UnexpectedAnswer: one answered something else under load.
    """
    bodies = answers_of(servers, operation, token=token)
    measured: dict[str, list[Round]] = {server.contender.name: [] for server in servers}
    for number in range(turns.rounds + 1):
        for server in servers:
            name = server.contender.name
            what = f"round {number} of {turns.rounds}" if number else "warming up"
            report(f"{operation.name}, {name}: {what}")
            turn = await _measure_once(
                server,
                server.contender.ask(operation).encode(token=token),
                expected=bodies[name],
                concurrency=turns.concurrency,
                seconds=turns.seconds if number else turns.warm_up,
            )
            if number:
                measured[name].append(turn)
    return tuple(
        Result(
            name=server.contender.name,
            description=server.contender.description,
            payload_bytes=len(bodies[server.contender.name]),
            calls=_calls(server, operation, token=token),
            rounds=tuple(measured[server.contender.name]),
        )
        for server in servers
    )


def answers_of(servers: Sequence[Server], operation: Operation, *, token: str) -> dict[str, bytes]:
    """Each server's answer to the operation, by its name.

    Raises:
        DifferentAnswers: one failed, or its data is not exactly the first one's.
    """
    bodies: dict[str, bytes] = {}
    reference: tuple[str, bytes] | None = None
    for server in servers:
        name = server.contender.name
        answer = ask(server.port, server.contender.ask(operation), token=token)
        if answer.status != OK:
            message = f"{name} answered {answer.status}: {answer.body[:500]!r}"
            raise DifferentAnswers(message)
        data = data_of(name, answer.body)
        reference = reference or (name, data)
        if data != reference[1]:
            raise DifferentAnswers(_difference(reference[0], reference[1], name, data))
        bodies[name] = answer.body
    return bodies


def data_of(name: str, body: bytes) -> bytes:
    """The data of an answer in one spelling, equal for equal data: the order of fields matters, the spelling of white
    space, escapes and whole numbers (5 or 5.0) does not.

    Raises:
        DifferentAnswers: it holds errors, or no data.
    """
    parsed = orjson.loads(body)
    if parsed.get("errors") or not parsed.get("data"):
        message = f"{name} did not answer with data alone: {body[:500]!r}"
        raise DifferentAnswers(message)
    return orjson.dumps(_spell_numbers(parsed["data"]))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least this percentage of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def ratio(figure: Callable[[Round], float], result: Result, baseline: Result) -> Ratio:
    """How many times the baseline's figure a contender's is; each turn is held against the baseline's next to it."""
    quotients = [
        figure(turn) / figure(beside) for turn, beside in zip(result.rounds, baseline.rounds, strict=True)
    ]
    return Ratio(median=statistics.median(quotients), lowest=min(quotients), highest=max(quotients))


async def _measure_once(
    server: Server, request: bytes, *, expected: bytes, concurrency: int, seconds: float
) -> Round:
    cpu_before = server.cpu_seconds()
    async with _watch_memory(server) as sizes:
        load = await apply_load(
            server.port, request, expected=expected, concurrency=concurrency, seconds=seconds
        )
    return Round(
        latencies=load.latencies,
        seconds=load.seconds,
        cpu_seconds=server.cpu_seconds() - cpu_before,
        peak_bytes=max(sizes),
    )


@contextlib.asynccontextmanager
async def _watch_memory(server: Server) -> AsyncIterator[list[int]]:
    """Note how much memory the server holds, now and then until the block ends."""
    sizes = [server.resident_bytes()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(_SAMPLE_SECONDS)
            sizes.append(server.resident_bytes())

    watching = asyncio.create_task(watch())
    try:
        yield sizes
    finally:
        watching.cancel()


def _calls(server: Server, operation: Operation, *, token: str) -> dict[str, int]:
    told = ask(server.port, server.contender.ask(operation), token=token).headers.get("x-database-calls")
    if not told or told == "none":
        return {}
    pairs = (part.split("=") for part in told.split(", "))
    return {service: int(count) for service, count in pairs}


def _spell_numbers(value: Any) -> Any:
    """The value with its whole numbers as integers: JSON has but one sort of number (RFC 8259, section 6)."""
    if isinstance(value, dict):
        return {name: _spell_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_spell_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _difference(first: str, expected: bytes, second: str, found: bytes) -> str:
    """Where two answers part, in words."""
    paths = _differing_paths(orjson.loads(expected), orjson.loads(found), "data")
    where = next(paths, "only in the order of the fields")
    return f"{first} and {second} answer differently: {where}"


def _differing_paths(expected: Any, found: Any, path: str) -> Any:
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        for key, value in expected.items():
            yield from _differing_paths(value, found[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, value in enumerate(expected):
            yield from _differing_paths(value, found[index], f"{path}[{index}]")
    elif expected != found:
        yield f"{path} is {str(expected)[:100]!r} and {str(found)[:100]!r}"
