"""Says what was measured, under which conditions: as tables for people, and as JSON for programs."""

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
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console

    from bench.measurements import Result, Round, Turns
    from bench.operations import Operation

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
    "redis",
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
    packages: Mapping[str, str]
    in_memory: bool
    turns: Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One operation's results; the first is the gateway's, or of whoever else the others are compared with."""

    operation: Operation
    results: tuple[Result, ...]

    @property
    def baseline(self) -> Result:
        """Whom the others are compared with."""
        return self.results[0]


def conditions(*, in_memory: bool, turns: Turns, node_packages: Mapping[str, str]) -> Conditions:
    """This machine, now, and these settings."""
    return Conditions(
        cpu=_cpu_model(),
        cpu_count=os.cpu_count() or 1,
        load_average=os.getloadavg()[0],
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages={name: importlib.metadata.version(name) for name in _PACKAGES} | dict(node_packages),
        in_memory=in_memory,
        turns=turns,
    )


def print_report(console: Console, comparisons: Sequence[Comparison], present: Conditions) -> None:
    """Print a table for each operation, one of throughput per CPU over all, and what every figure depends on."""
    for comparison in comparisons:
        console.print(_figures(comparison))
    console.print(_summary(comparisons))
    for line in _footnotes(comparisons, present):
        console.print(line, style="dim", highlight=False, soft_wrap=True)


def as_json(comparisons: Sequence[Comparison], present: Conditions) -> dict[str, Any]:
    """The same as JSON: times in seconds, sizes in bytes, ratios to the baseline."""
    return {
        "conditions": present,
        "operations": [
            {
                "name": comparison.operation.name,
                "description": comparison.operation.description,
                "query": comparison.operation.query,
                "variables": dict(comparison.operation.variables),
                "viewer": comparison.operation.viewer,
                "baseline": comparison.baseline.name,
                "results": [_result_as_json(result, comparison.baseline) for result in comparison.results],
            }
            for comparison in comparisons
        ],
    }


def lead(result: Result, baseline: Result) -> Ratio:
    """How many times as much the baseline answers with the same CPU time as another contender does."""
    return ratio(_cpu, result, baseline)


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
        "ratios": {name: ratio(figure, result, baseline) for name, figure in _RATIOS.items()},
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


_RATIOS: dict[str, Callable[[Round], float]] = {
    "requests_per_second": _rate,
    "latency_p50": _latency(50),
    "latency_p99": _latency(99),
    "cpu_per_request": _cpu,
    "peak_resident_bytes": _memory,
}

# What a column is called, what it shows of a contender, and the figure whose ratio it shows.
_COLUMNS: tuple[tuple[str, Callable[[Result], str], str], ...] = (
    ("requests/s", lambda result: f"{result.rate:,.0f}", "requests_per_second"),
    ("p50, ms", lambda result: _milliseconds(result.latency(50)), "latency_p50"),
    ("p99, ms", lambda result: _milliseconds(result.latency(99)), "latency_p99"),
    ("CPU/request, ms", lambda result: _milliseconds(result.cpu_per_answer), "cpu_per_request"),
    ("memory, MB", lambda result: f"{result.peak_bytes / _MEGABYTE:.0f}", "peak_resident_bytes"),
)


def _figures(comparison: Comparison) -> Table:
    """One operation: each figure with its ratio to the baseline's."""
    operation, baseline = comparison.operation, comparison.baseline
    size = f"{baseline.payload_bytes / 1_000:.1f} kB"
    table = Table(title=f"{operation.name}: {operation.description} ({size})", title_justify="left")
    table.add_column("")
    for label, _, _ in _COLUMNS:
        table.add_column(label, justify="right")
    table.add_column("calls to databases", justify="right")
    for result in comparison.results:
        cells = [
            f"{show(result)} ({ratio(_RATIOS[figure], result, baseline).median:.2f})"
            for _, show, figure in _COLUMNS
        ]
        table.add_row(result.name, *cells, _describe_calls(result))
    return table


def _summary(comparisons: Sequence[Comparison]) -> Table:
    """Throughput per CPU of the baseline over each other contender's, with the range of the rounds."""
    baseline = comparisons[0].baseline.name
    names = list(dict.fromkeys(result.name for each in comparisons for result in each.results[1:]))
    table = Table(title=f"Throughput per CPU, {baseline} over", title_justify="left")
    table.add_column("")
    for name in names:
        table.add_column(name, justify="right")
    for comparison in comparisons:
        leads = {
            result.name: lead(result, comparison.baseline)
            for result in comparison.results[1:]
            if comparison.baseline.name == baseline
        }
        shown = (_show_ratio(leads[name]) if name in leads else "n/a" for name in names)
        table.add_row(comparison.operation.name, *shown)
    return table


def _milliseconds(seconds: float) -> str:
    milliseconds = seconds * 1_000
    return f"{milliseconds:.3f}" if milliseconds < 1 else f"{milliseconds:.1f}"


def _show_ratio(found: Ratio) -> str:
    return f"{found.median:.3g} ({found.lowest:.3g} to {found.highest:.3g})"


def _describe_calls(result: Result) -> str:
    total = sum(result.calls.values())
    details = " ".join(f"{service} {count}" for service, count in result.calls.items())
    return f"{total}: {details}" if details else "0"


def _footnotes(comparisons: Sequence[Comparison], present: Conditions) -> Iterable[str]:
    yield (
        f"In brackets: the ratio to {comparisons[0].baseline.name}, the median over the rounds."
        " CPU and memory are those of the server's processes, without the databases'."
    )
    yield from dict.fromkeys(
        f"{result.name}: {result.description}" for each in comparisons for result in each.results
    )
    data = "the shop in memory" if present.in_memory else "the demo shop's databases"
    turns = present.turns
    yield (
        f"{data}; {turns.rounds} rounds of {turns.seconds:g} s each, in turns; {turns.concurrency} connections;"
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
