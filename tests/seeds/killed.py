"""Seeds a shop and dies at once, as by `kill -9`, when a section has come so far.

Run as `python -m tests.seeds.killed SECTION DONE`, with the databases' URLs as JSON on standard input.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import orjson

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.seeds import seed_shop

if TYPE_CHECKING:
    from datasources.seeds import Progress


async def main(section: str, done: int, urls: DatabaseUrls) -> None:
    """Seed until then."""

    def report(progress: Progress) -> None:
        if progress.section == section and progress.done >= done:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_connections(urls) as connections:
        await seed_shop(connections, report=report)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), DatabaseUrls(**orjson.loads(sys.stdin.buffer.read()))))
