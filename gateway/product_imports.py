"""Imports products from a file of JSON Lines, tells how far it is, and of each line that could not be taken why."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from datasources.core.errors import ServiceUnavailable
from datasources.products.catalogue_errors import InvalidValues, Problem
from datasources.products.imports import ImportLine, LineResult, batches, import_batch, read_line
from gateway.failures import PersonCanMend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from datasources.core.documents import DocumentDatabase

BATCH: Final = 250

# A longer line is no product, and would have to be held in memory.
MOST_BYTES: Final = 1_000_000


class ImportStopped(PersonCanMend):
    """The import ended before the file did. Everything up to `line` is done, and doing it again does no harm."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        """Say how to go on."""
        super().__init__(
            f"Stopped after line {line}: {reason} Go on with: gateway import {path} --from-line {line + 1}"
        )
        self.line = line


@dataclass(slots=True, kw_only=True)
class ImportSummary:
    """How many lines came to what."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    """The last line that is settled, and all before it."""

    @property
    def failed(self) -> int:
        """How many lines could not be taken."""
        return self.counts["failed"]

    def __str__(self) -> str:
        """One line for people."""
        parts = (f"{self.counts[word]:,} {word}" for word in ("created", "updated", "unchanged", "failed"))
        return ", ".join(parts)


async def import_products(
    database: DocumentDatabase,
    path: Path,
    *,
    from_line: int = 1,
    tell: Callable[[str], None],
) -> ImportSummary:
    """Import a file's products from a line on; `tell` gets one line of text for each that cannot be taken.

    Raises:
        ImportStopped: the file cannot be read to its end, or the product database is down.
    """
    summary = ImportSummary(done=from_line - 1)
    console = Console(stderr=True)
    reading = _Reading(path, from_line)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("products", total=reading.size)
        waiting = batches(reading.lines(), BATCH)
        while batch := _next_of(waiting, path, summary):
            try:
                results = await import_batch(database, batch, actor_id=None, now=datetime.now(UTC))
            except ServiceUnavailable as error:
                raise ImportStopped(path, summary.done, str(error)) from error
            except asyncio.CancelledError:
                tell(str(ImportStopped(path, summary.done, "it was interrupted.")))
                raise
            _count(summary, [*reading.take_failures(), *results], tell)
            summary.done = batch[-1].number
            bars.update(task, completed=reading.bytes_read, description=f"line {summary.done:,}")
        _count(summary, reading.take_failures(), tell)
        summary.done = max(summary.done, reading.line)
        bars.update(task, completed=reading.size)
    return summary


def _next_of(
    waiting: Iterator[list[ImportLine]], path: Path, summary: ImportSummary
) -> list[ImportLine] | None:
    """The next batch. Where the file fails, what was read of one is not done yet, and is to be read again."""
    try:
        return next(waiting, None)
    except OSError as error:
        raise ImportStopped(path, summary.done, f"{error.strerror}.") from error


class _Reading:
    """A file being read line by line; lines that are no products are kept aside with the reason."""

    def __init__(self, path: Path, from_line: int) -> None:
        self._path = path
        self._from_line = from_line
        self._failures: list[LineResult] = []
        self.line = 0
        self.bytes_read = 0

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        try:
            return max(1, self._path.stat().st_size)
        except OSError as error:
            raise ImportStopped(self._path, 0, f"{error.strerror}.") from error

    def lines(self) -> Iterator[ImportLine]:
        with self._path.open("rb") as file:
            while raw := file.readline(MOST_BYTES):
                self.line += 1
                self.bytes_read += len(raw)
                whole = raw.endswith(b"\n") or len(raw) < MOST_BYTES
                yield from self._next(raw, whole=whole)
                while not whole and (rest := file.readline(MOST_BYTES)):
                    self.bytes_read += len(rest)
                    whole = rest.endswith(b"\n")

    def take_failures(self) -> list[LineResult]:
        taken, self._failures = self._failures, []
        return taken

    def _next(self, raw: bytes, *, whole: bool) -> Iterator[ImportLine]:
        if self.line < self._from_line or not raw.strip():
            return
        try:
            if not whole:
                raise _invalid(f"This is longer than {MOST_BYTES:,} bytes.")  # told like the others
            line = read_line(self.line, _parse(raw))
        except InvalidValues as error:
            self._failures.append(LineResult(number=self.line, error=error))
            return
        yield line


def _parse(raw: bytes) -> Any:
    try:
        # Prices stay exact: a number with a point becomes a Decimal, and never a float.
        return json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise _invalid("This is not text in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise _invalid(f"This is not JSON: {error.msg}, at character {error.pos + 1}.") from error
    except RecursionError as error:
        raise _invalid("This is nested too deeply.") from error
    except (ValueError, ArithmeticError) as error:
        raise _invalid("A number is too long to be read.") from error


def _no_number(word: str) -> None:
    message = f"{word} is not JSON."
    raise _invalid(message)


def _invalid(message: str) -> InvalidValues:
    return InvalidValues([Problem(at="line", code="INVALID", message=message)])


def _count(summary: ImportSummary, results: list[LineResult], tell: Callable[[str], None]) -> None:
    for result in results:
        if result.error is None:
            summary.counts[result.outcome or "unchanged"] += 1
        else:
            summary.counts["failed"] += 1
            tell(f"line {result.number}: {click.unstyle(str(result.error))}")
