"""Fixtures for GraphiQL: a served page and a real browser tab."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import uvicorn

from gateway.graphiql.build import DIST
from tests.graphiql.chromium import Page, find_chromium, open_page
from tests.graphiql.stand_in import create_stand_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

START_SECONDS = 20


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Where GraphiQL is served. Any program that serves it beside the same operations can take the stand-in's place."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_stand_in(), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert time.monotonic() < deadline, "the stand-in did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(START_SECONDS)


@pytest_asyncio.fixture
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
