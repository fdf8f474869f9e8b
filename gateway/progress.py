"""Shows how far long work is: bars on a terminal, lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from datasources.seeds import seed_shop

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.seeds import Progress as SeedProgress
    from datasources.seeds import SeedResult


async def seed_with_progress(connections: Connections, *, scale: int) -> SeedResult:
    """Seed the demo shop, telling on standard error: a bar per section on a terminal, else a line per finished section.

    Raises:
        DatasourceError: a database is down, or something of another shop's stands in the way.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        return await _seed_with_bars(connections, scale=scale, console=console)
    return await _seed_with_lines(connections, scale=scale)


async def _seed_with_bars(connections: Connections, *, scale: int, console: Console) -> SeedResult:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: SeedProgress) -> None:
            if progress.section not in tasks:
                tasks[progress.section] = bars.add_task(progress.section, total=progress.total)
            bars.update(tasks[progress.section], completed=progress.done, total=progress.total)

        return await seed_shop(connections, scale=scale, report=report)


async def _seed_with_lines(connections: Connections, *, scale: int) -> SeedResult:
    finished: set[str] = set()

    def report(progress: SeedProgress) -> None:
        if progress.done >= progress.total and progress.section not in finished:
            finished.add(progress.section)
            click.echo(f"demo shop: {progress.section} complete, {progress.done:,} in all", err=True)

    return await seed_shop(connections, scale=scale, report=report)
