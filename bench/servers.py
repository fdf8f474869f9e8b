"""Starts each contender as a process on a free loopback port, waits until it answers, and stops it for sure."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import psutil

from bench.contenders import HOST
from bench.load import OK, ask
from gateway.auth.keys import derive_keys
from gateway.embedded import launch
from gateway.settings import URL_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.contenders import Contender
    from bench.operations import Operation
    from gateway.settings import Settings

START_SECONDS = 30.0
STOP_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LOG_LINES = 20
_ROOT = Path(__file__).resolve().parents[1]


class ContenderFailed(Exception):
    """A contender that does not start or does not answer, with the end of what it said."""

    def __init__(self, name: str, what: str, log: str) -> None:
        """Name it, and quote it."""
        super().__init__(f"{name} {what}:\n{log}".rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A contender that runs."""

    contender: Contender
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """The processor time that its processes have used so far."""
        times = [process.cpu_times() for process in self._tree()]
        return sum(used.user + used.system for used in times)

    def resident_bytes(self) -> int:
        """The memory that its processes hold now."""
        return sum(process.memory_info().rss for process in self._tree())

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextlib.contextmanager
def run_contender(
    contender: Contender, *, operation: Operation, token: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Run a contender until the block ends; it has answered `operation` once when the block begins.

    Raises:
        ContenderFailed: it ended or gave no proper answer within START_SECONDS.
    """
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  # every argument is the benchmark's own
            _ending_with_this_process(contender.command(port)),
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        try:
            _wait_until_it_answers(contender, process, port, log, operation=operation, token=token)
            yield Server(contender=contender, port=port, process=psutil.Process(process.pid))
        finally:
            _stop(process)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that these settings were read from, with calls counted and shown.

    Who knows no secret finds the public key of the access tokens in BENCH_JWT_PUBLIC_KEY (PEM).
    """
    urls = {variable: getattr(settings.urls, name) for name, (variable, _) in URL_VARIABLES.items()}
    return {
        **urls,
        "GATEWAY_JWT_SECRET": settings.jwt_secret,
        "BENCH_JWT_PUBLIC_KEY": derive_keys(settings.jwt_secret).public_pem(),
        "GATEWAY_POOL_SIZE": str(settings.pool_size),
        "GATEWAY_SHOW_CALLS": "true",
        "GATEWAY_GRAPHIQL": "false",
        "GATEWAY_CORS_ORIGINS": "",
        "NODE_ENV": "production",
    }


def _wait_until_it_answers(
    contender: Contender,
    process: subprocess.Popen[bytes],
    port: int,
    log: BinaryIO,
    *,
    operation: Operation,
    token: str,
) -> None:
    deadline = time.monotonic() + START_SECONDS
    seen = "no answer"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ContenderFailed(contender.name, f"ended with {process.returncode}", _last_lines(log))
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = ask(port, contender.ask(operation), token=token)
            if answer.status == OK:
                return
            seen = f"the answer was {answer.status} {answer.body[:200]!r}"
        time.sleep(_POLL_SECONDS)
    raise ContenderFailed(contender.name, f"was not ready in time ({seen})", _last_lines(log))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, then kill what is left of it and of all that it has started."""
    started: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        started = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def _ending_with_this_process(command: tuple[str, ...]) -> list[str]:
    """The command so that Linux stops it when this process dies, however it does."""
    keep = str(launch.KEEP)
    asked = (str(os.getpid()), str(int(signal.SIGTERM)), keep, keep, "0")
    return [sys.executable, "-I", "-S", launch.__file__, *asked, *command]


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _last_lines(log: BinaryIO) -> str:
    log.seek(0)
    return "\n".join(log.read().decode(errors="replace").splitlines()[-_LOG_LINES:])
