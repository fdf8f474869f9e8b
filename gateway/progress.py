"""Progress bars for long work on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from datasources.seeds import seed_shop

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.seeds import Progress as SeedProgress
    from datasources.seeds import SeedResult


async def seed_with_progress(connections: Connections, *, scale: int) -> SeedResult:
    """Seed the demo shop, with one bar per section on standard error where that is a terminal.

    Raises:
        DatasourceError: a database is down, or something of another shop's stands in the way.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: SeedProgress) -> None:
            if progress.section not in tasks:
                tasks[progress.section] = bars.add_task(progress.section, total=progress.total)
            bars.update(tasks[progress.section], completed=progress.done, total=progress.total)

        return await seed_shop(connections, scale=scale, report=report)
