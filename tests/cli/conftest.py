"""The environment of a production gateway, for the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.settings import URL_VARIABLES

if TYPE_CHECKING:
    from datasources.core.connections import Connections, DatabaseUrls


@pytest.fixture
def environ(urls: DatabaseUrls, connections: Connections) -> dict[str, str]:
    """The environment of a production gateway over the seeded databases."""
    settings = {variable: getattr(urls, name) for name, (variable, _) in URL_VARIABLES.items()}
    return {**settings, "GATEWAY_JWT_SECRET": "x" * 32}
