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
