"""Server processes: started so that they never outlive the gateway, watched while they start, stopped in time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gateway.embedded import launch
from gateway.embedded.errors import (
    ClosedFolderError,
    EmbeddedServerError,
    MissingLibraryError,
    ServerStartError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.embedded.accounts import Account
    from gateway.embedded.urls import Server

START_LIMIT = 60.0  # seconds until a server must answer; recovery after a crash takes some of them
STOP_LIMIT = 10.0  # seconds until a server that was asked to stop is killed
_POLL = 0.01
_LOG_LIMIT = 10_000_000  # bytes after which a log is put aside at the next start
_SERVER_PROGRAMS = {"postgres", "mongod", "redis-server", "valkey-server"}
_MISSING_LIBRARY = re.compile(rb"error while loading shared libraries: ([^:\s]+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to execute, as whom, and how it wants to be asked to stop."""

    server: Server
    command: tuple[str, ...]
    folder: Path  # the working directory
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None  # None: the present user
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of the gateway's own


class Process:
    """A started program."""

    def __init__(self, program: Program, popen: subprocess.Popen[bytes], *, log_start: int) -> None:
        self.program = program
        self._popen = popen
        self._log_start = log_start

    @property
    def pid(self) -> int:
        """The process id; also the id of its process group and session."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def wait_ready(self, is_ready: Callable[[], bool]) -> None:
        """Return once the probe says yes.

        Raises:
            ServerStartError: the process ended, or `START_LIMIT` passed.
            MissingLibraryError: it could not be loaded.
            ClosedFolderError: its user may not enter a folder it needs.
        """
        deadline = time.monotonic() + START_LIMIT
        while not is_ready():
            if self.exit_code is not None:
                raise self._explain_exit()
            if time.monotonic() > deadline:
                raise self.start_error(f"gave no answer within {START_LIMIT:.0f} s")
            time.sleep(_POLL)

    def wait_done(self) -> None:
        """Return once the program has ended well.

        Raises:
            ServerStartError: it failed.
            MissingLibraryError: it could not be loaded.
            ClosedFolderError: its user may not enter a folder it needs.
        """
        if self._popen.wait() != 0:
            raise self._explain_exit()

    def ask_to_stop(self) -> None:
        """Send the signal that asks for a clean and fast shutdown."""
        self._popen.send_signal(self.program.stop_signal)

    def wait_stopped(self, limit: float = STOP_LIMIT) -> None:
        """Return once the process has ended; kill it when `limit` seconds pass."""
        try:
            self._popen.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def start_error(self, what: str) -> ServerStartError:
        """Return the error that names this process's log."""
        return ServerStartError(self.program.server, what=what, log=self.program.log)

    def said(self) -> bytes:
        """What it has written into its log."""
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read()

    def _explain_exit(self) -> EmbeddedServerError:
        account = self.program.account
        if self.exit_code == launch.NO_OVERRIDE and account is not None and account.closed is not None:
            return ClosedFolderError(account.closed, user=account.name)
        missing = _MISSING_LIBRARY.search(self.said())
        if missing:
            return MissingLibraryError(self.program.server, library=missing[1].decode(errors="replace"))
        if self.exit_code == launch.NOT_EXECUTABLE:
            return self.start_error("cannot be executed on this machine")
        return self.start_error(f"stopped while starting (exit status {self.exit_code})")


class Launcher:
    """Starts processes from one thread that lives as long as they may.

    Linux sends the parent-death signal when the *thread* that started a process ends, so that a server started
    from a short-lived worker thread would stop with it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-servers")
        self._processes: list[Process] = []
        self._closed = False

    def launch(self, program: Program) -> Process:
        """Start a program in a session of its own, so that a terminal's Ctrl-C does not reach it.

        Raises:
            ServerStartError: the launcher was closed meanwhile.
        """
        return self._thread.submit(self._spawn, program).result()

    def close(self) -> None:
        """Stop every process that still runs, all at the same time, and start no more."""
        if self._closed:
            return
        self._closed = True
        # What is being spawned at this moment is spawned, and then stopped like the rest.
        self._thread.submit(self._stop_all).result()
        self._thread.shutdown()

    def _spawn(self, program: Program) -> Process:
        if self._closed:
            raise ServerStartError(program.server, what="was not started after all", log=program.log)
        with _open_log(program.log) as log:
            popen = subprocess.Popen(  # noqa: S603 - every argument is the gateway's own
                _launch_command(program),
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                start_new_session=True,
            )
            process = Process(program, popen, log_start=log.tell())
        self._processes = [known for known in self._processes if known.exit_code is None]
        self._processes.append(process)
        return process

    def _stop_all(self) -> None:
        for process in self._processes:
            process.ask_to_stop()
        for process in self._processes:
            process.wait_stopped()


def accepts_connections(path: Path) -> bool:
    """Say whether somebody listens on this Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def stop_leftover(pid: int, *, ours: tuple[str, ...], stop_signal: signal.Signals) -> None:
    """Stop a server of an earlier run, if this id still is one: its command line names a folder of ours.

    Killed with the gateway's process it usually ends by itself at the same moment; this waits for that end.
    """
    for request, limit in ((stop_signal, STOP_LIMIT), (signal.SIGKILL, STOP_LIMIT)):
        deadline = time.monotonic() + limit
        with contextlib.suppress(ProcessLookupError):
            if not is_ours(pid, ours):
                return
            os.kill(pid, request)
        while time.monotonic() < deadline:
            if not is_ours(pid, ours):
                return
            time.sleep(_POLL)


def is_ours(pid: int, folders: tuple[str, ...]) -> bool:
    """Say whether this is a running server whose command line names one of these folders."""
    program, _, arguments = _command_line(pid).partition(" ")
    return program.rpartition("/")[2] in _SERVER_PROGRAMS and any(folder in arguments for folder in folders)


def _command_line(pid: int) -> str:
    """Return a process's command line; empty when it has ended, even if nobody has waited for it yet."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _launch_command(program: Program) -> list[str]:
    account = program.account
    return [
        *(sys.executable, "-I", "-S", launch.__file__),
        str(os.getpid()),
        str(int(program.stop_signal)),
        str(account.uid if account else launch.KEEP),
        str(account.gid if account else launch.KEEP),
        "1" if account and account.closed else "0",
        *program.command,
    ]


def _open_log(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")
