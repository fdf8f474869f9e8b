"""Kills a process at a point of its work, and lets a worker take over."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from tests.checkout.counter import Counter

SECONDS = 60
POINTS = ("before", "effect", "recorded")

_DATABASES = ("orders", "inventory", "payments", "cart_copies")
_IN_TRANSACTIONS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


async def die_at(counter: Counter, point: str, **work: Any) -> None:
    """Start a process that does this work, and see it killed at the point."""
    assert counter.urls is not None
    wanted = {"urls": asdict(counter.urls), "point": point, **work}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.checkout.killed", orjson.dumps(wanted).decode(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(SECONDS):
        said, complained = await child.communicate()
    assert child.returncode == -9, (child.returncode, said, complained.decode()[-2_000:])
    await _transactions_end(counter)


async def _transactions_end(counter: Counter) -> None:
    """Wait until the servers have noticed that the process is gone, and hold nothing for it any more."""
    async with asyncio.timeout(SECONDS):
        while any([await counter.rows(database, _IN_TRANSACTIONS) for database in _DATABASES]):  # noqa: ASYNC110  # servers tell nobody
            await asyncio.sleep(0.01)
