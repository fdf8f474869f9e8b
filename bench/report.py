"""Says what was measured, under which conditions: as a table for people, and as JSON for programs."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from bench.measurements import Ratio, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console

    from bench.contenders import Operation
    from bench.measurements import Result, Round

_PACKAGES = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "orjson",
    "asyncpg",
    "motor",
    "pymongo",
)
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the figures depend on besides the code."""

    cpu: str
    cpu_count: int
    load_average: float
    system: str
    python: str
    packages: dict[str, str]
    concurrency: int
    seconds: float
    rounds: int


def conditions(*, concurrency: int, seconds: float, rounds: int) -> Conditions:
    """This machine, now, and these settings; `seconds` is the length of one turn."""
    return Conditions(
        cpu=_cpu_model(),
        cpu_count=os.cpu_count() or 1,
        load_average=os.getloadavg()[0],
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
        concurrency=concurrency,
        seconds=seconds,
        rounds=rounds,
    )


def print_report(
    console: Console, results: Sequence[Result], operation: Operation, present: Conditions
) -> None:
    """Print the table, and below it what every figure depends on. The first result is the baseline."""
    baseline = results[0]
    variables = ", ".join(f"{name}: {value}" for name, value in operation.variables.items())
    table = Table(title=f"{operation.name} ({variables})", title_justify="left")
    table.add_column("")
    for result in results:
        table.add_column(result.name, justify="right")
    for result in results[1:]:
        table.add_column(f"{result.name} / {baseline.name}", justify="right")
    for label, show, figure in _ROWS:
        shown = [show(result) for result in results]
        ratios = [_show_ratio(ratio(figure, result, baseline)) if figure else "" for result in results[1:]]
        table.add_row(label, *shown, *ratios)
    console.print(table)
    for line in _footnotes(results, present):
        console.print(line, style="dim", highlight=False, soft_wrap=True)


def as_json(results: Sequence[Result], operation: Operation, present: Conditions) -> dict[str, Any]:
    """The same as JSON: times in seconds, sizes in bytes, ratios to the first result."""
    baseline = results[0]
    return {
        "operation": {
            "name": operation.name,
            "query": operation.query,
            "variables": dict(operation.variables),
        },
        "conditions": present,
        "baseline": baseline.name,
        "results": [_result_as_json(result, baseline) for result in results],
    }


def _result_as_json(result: Result, baseline: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "description": result.description,
        "answers": result.answers,
        "requests_per_second": result.rate,
        "latency_p50": result.latency(50),
        "latency_p99": result.latency(99),
        "cpu_per_request": result.cpu_per_answer,
        "peak_resident_bytes": result.peak_bytes,
        "payload_bytes": result.payload_bytes,
        "database_calls": result.calls,
        "ratios": {
            "requests_per_second": ratio(_rate, result, baseline),
            "cpu_per_request": ratio(_cpu, result, baseline),
        },
        "rounds": [
            {
                "answers": len(turn.latencies),
                "seconds": turn.seconds,
                "cpu_seconds": turn.cpu_seconds,
                "peak_resident_bytes": turn.peak_bytes,
            }
            for turn in result.rounds
        ],
    }


def _rate(turn: Round) -> float:
    return turn.rate


def _cpu(turn: Round) -> float:
    return turn.cpu_per_answer


def _memory(turn: Round) -> float:
    return turn.peak_bytes


def _latency(percent: float) -> Callable[[Round], float]:
    return lambda turn: turn.latency(percent)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.2f}"


# What a row is called, what it shows of a contender, and the figure whose ratio it shows.
_ROWS: tuple[tuple[str, Callable[[Result], str], Callable[[Round], float] | None], ...] = (
    ("requests/s", lambda result: f"{result.rate:.1f}", _rate),
    ("latency p50, ms", lambda result: _milliseconds(result.latency(50)), _latency(50)),
    ("latency p99, ms", lambda result: _milliseconds(result.latency(99)), _latency(99)),
    ("CPU per request, ms", lambda result: _milliseconds(result.cpu_per_answer), _cpu),
    ("peak memory, MB", lambda result: f"{result.peak_bytes / _MEGABYTE:.0f}", _memory),
    ("answer, kB", lambda result: f"{result.payload_bytes / 1_000:.1f}", None),
    ("database calls", lambda result: str(sum(result.calls.values())) if result.calls else "-", None),
    ("answers measured", lambda result: str(result.answers), None),
)


def _show_ratio(found: Ratio) -> str:
    return f"{found.median:.3g} ({found.lowest:.3g} to {found.highest:.3g})"


def _footnotes(results: Sequence[Result], present: Conditions) -> Iterable[str]:
    yield "Ratios are the median over the rounds (and their range). CPU is the server's own, without the databases'."
    for result in results:
        calls = ", ".join(f"{service} {count}" for service, count in result.calls.items())
        yield f"{result.name}: {result.description}" + (f"; calls: {calls}" if calls else "")
    yield (
        f"{present.rounds} rounds of {present.seconds:g} s each, in turns; {present.concurrency} connections;"
        f" one process per server; load generator, servers and databases on one machine"
    )
    yield (
        f"{present.cpu}, {present.cpu_count} CPUs, load {present.load_average:.1f} before;"
        f" {present.system}; {present.python}"
    )
    yield ", ".join(f"{name} {version}" for name, version in present.packages.items())


def _cpu_model() -> str:
    """The processor's name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
