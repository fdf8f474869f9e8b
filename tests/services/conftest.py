"""A shop of these tests' own, beside the demo shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.shops import scratch_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers


@pytest.fixture(scope="session")
async def shop(servers: EmbeddedServers) -> AsyncIterator[Connections]:
    """Its databases; tests share them and use keys of their own."""
    async with scratch_shop(servers.urls) as opened:
        yield opened
