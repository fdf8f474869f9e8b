"""A short run of the chaos, with another seed each time: whatever dies, it adds up. `make chaos` is the long one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from rich.progress import Progress

from tests.checkout.chaos import run

if TYPE_CHECKING:
    from gateway.embedded import EmbeddedServers

CHECKOUTS = 40


async def test_a_shop_in_chaos_adds_up(servers: EmbeddedServers) -> None:
    seed = secrets.randbelow(1_000_000)
    try:
        with Progress(disable=True) as progress:
            result = await run(servers.urls, checkouts=CHECKOUTS, seed=seed, progress=progress)
    except AssertionError as error:
        error.add_note(
            f"The same again: python -m tests.checkout.chaos --checkouts {CHECKOUTS} --seed {seed}"
        )
        raise
    assert result.kills, f"nobody was killed with the seed {seed}"
    assert sum(result.outcomes.values()) >= CHECKOUTS
