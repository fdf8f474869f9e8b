"""`gateway worker` as a person meets it: its duties by name, its end, and what it says of a database that is down."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.worker import DUTIES
from tests.cli.commands import GATEWAY, invoke, run
from tests.outages.stopping import closed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.embedded import EmbeddedServers

AT_WORK = "The worker is at work. Ctrl-C stops it.\n"
SECONDS = 30


class Worker:
    """A running `gateway worker`, and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def said(self) -> str:
        """All of it."""
        return self.log.read_text()

    def wait_until_it_says(self, words: str, *, times: int = 1) -> None:
        """Wait for some words, so many times in all, as long as it runs."""
        began = time.monotonic()
        while self.said().count(words) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - began < SECONDS, self.said()
            time.sleep(0.05)


def heed_ctrl_c() -> None:
    """Let Ctrl-C end the program, also where the tests run in a shell's background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def working(environ: Mapping[str, str], log: Path) -> Iterator[Worker]:
    """A worker at work."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [GATEWAY, "worker"],
            env={**inherited, **environ},
            stdout=output,
            stderr=output,
            preexec_fn=heed_ctrl_c,  # noqa: PLW1509  # no thread of a test holds a lock that this needs
        )
    try:
        worker = Worker(process, log)
        worker.wait_until_it_says(AT_WORK)
        yield worker
    finally:
        process.kill()
        process.wait()


def test_once_says_of_each_duty_how_much_there_was(environ: dict[str, str]) -> None:
    result = run("worker", "--once", environ=environ)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    told = dict(line.split(": ") for line in result.stderr.splitlines() if "GATEWAY_" not in line)
    assert [*told] == [duty.name for duty in DUTIES]
    assert all(int(count) >= 0 for count in told.values())


def test_once_fails_in_one_line_where_a_database_is_down(environ: dict[str, str], tmp_path: Path) -> None:
    wrong = f"postgresql://postgres@/OrderDb?host={tmp_path}"
    result = invoke("worker", "--once", environ={**environ, "GATEWAY_ORDER_DB_URL": wrong})
    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("Error: ")] == [
        result.stderr.splitlines()[-1]
    ]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 0)], ids=["TERM", "INT"]
)
def test_a_signal_ends_it_and_leaves_no_process(
    environ: dict[str, str], tmp_path: Path, number: int, code: int
) -> None:
    with working(environ, tmp_path / "log") as worker:
        processes = [psutil.Process(worker.process.pid)]
        processes += processes[0].children(recursive=True)
        worker.process.send_signal(number)
        assert worker.process.wait(timeout=SECONDS) == code
        _, alive = psutil.wait_procs(processes, timeout=10)
        assert alive == []
        assert "Traceback" not in worker.said()


async def test_a_database_that_is_down_is_said_once_and_ends_nothing(
    environ: dict[str, str], servers: EmbeddedServers, tmp_path: Path
) -> None:
    with working(environ, tmp_path / "log") as worker:
        async with closed(servers, "OrderDb"):
            worker.wait_until_it_says("Could not recover sagas")
            time.sleep(3)  # noqa: ASYNC251  # as many turns, while nothing else has to go on
            assert worker.process.poll() is None
            assert worker.said().count("Could not recover sagas") == 1
        # It has gone on by itself: a second outage is one to be told of again.
        time.sleep(3)  # noqa: ASYNC251
        async with closed(servers, "OrderDb"):
            worker.wait_until_it_says("Could not recover sagas", times=2)
        assert worker.process.poll() is None
        assert "Traceback" not in worker.said()
