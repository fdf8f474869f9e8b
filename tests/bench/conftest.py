"""The contenders that can run here: those on Node where `make bench` has installed their packages."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from bench import peers
from bench.contenders import NODE
from bench.servers import run_contender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.contenders import Contender
    from bench.operations import Operation
    from bench.servers import Server


@pytest.fixture(scope="session")
def node() -> bool:
    """Whether the peers on Node can be run."""
    try:
        peers.find_node()
    except peers.PeersMissing:
        return False
    return peers.are_installed()


@pytest.fixture(scope="module")
def running(node: bool) -> Iterator[Callable[..., list[Server]]]:
    """Starts contenders that run until the module's tests are done, and none of them any longer."""
    started: list[Server] = []
    with contextlib.ExitStack() as stack:

        def start(
            contenders: Sequence[Contender],
            operation: Operation,
            *,
            token: str,
            environment: Mapping[str, str],
        ) -> list[Server]:
            servers = [
                stack.enter_context(
                    run_contender(contender, operation=operation, token=token, environment=environment)
                )
                for contender in contenders
                if node or contender.name not in NODE
            ]
            started.extend(servers)
            return servers

        yield start
    assert not any(server.process.is_running() for server in started)
