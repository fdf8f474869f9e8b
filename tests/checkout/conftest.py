"""A counter for the tests of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checkout.counter import Counter, open_counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="module")
async def shop(servers: EmbeddedServers) -> AsyncIterator[Counter]:
    """A shop that the tests of a file share."""
    async with open_counter(servers.urls) as opened:
        yield opened


@pytest.fixture
async def counter(shop: Counter) -> AsyncIterator[Counter]:
    """The shop; whatever a test does there, everything adds up in the end."""
    yield shop
    await shop.check()
