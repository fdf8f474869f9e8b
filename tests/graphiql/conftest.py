"""Fixtures for GraphiQL: a served page and a real browser tab."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn

from gateway.app import create_app
from gateway.development import demo_graphiql
from gateway.graphiql.build import DIST
from tests.graphiql.chromium import Page, find_chromium, open_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from datasources.core.connections import Connections
    from gateway.http.graphiql import GraphiQLConfig
    from gateway.settings import Settings

START_SECONDS = 20


@pytest.fixture(scope="session")
async def graphiql(connections: Connections, settings: Settings) -> GraphiQLConfig:
    """GraphiQL as `dev` opens it: with tokens of the demo shop's accounts."""
    return await demo_graphiql(connections, secret=settings.jwt_secret)


@pytest.fixture(scope="session")
def base_url(settings: Settings, graphiql: GraphiQLConfig) -> Iterator[str]:
    """Where the gateway serves the demo shop and GraphiQL, on a port, in a thread of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(settings, graphiql=graphiql)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(START_SECONDS)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """A blank tab of a Chromium with an empty profile."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium is installed, so GraphiQL was not tried in a browser")
    if not (DIST / "index.html").is_file():
        pytest.skip(
            "GraphiQL is not built (python -m gateway.graphiql.build), so it was not tried in a browser"
        )
    async with open_page(program, tmp_path / "profile") as tab:
        yield tab
