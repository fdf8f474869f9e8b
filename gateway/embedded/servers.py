"""Runs the three servers as one: started together, restarted singly, shared with other processes, stopped together."""

from __future__ import annotations

import contextlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import TYPE_CHECKING

from gateway.embedded import mongod, postgres, valkey
from gateway.embedded.errors import MissingServerError, NotOwnedError
from gateway.embedded.folders import DataFolder, claim_folder, open_folder, open_sockets, publish_urls
from gateway.embedded.processes import Launcher, Process, stop_leftover
from gateway.embedded.urls import Server, ServerUrls, build_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

_STOP_SIGNALS = {
    Server.POSTGRES: postgres.STOP_SIGNAL,
    Server.MONGO: mongod.STOP_SIGNAL,
    Server.REDIS: valkey.STOP_SIGNAL,
}


class EmbeddedServers:
    """Running servers: their URLs and, for the process that owns them, the means to stop and start one."""

    def __init__(self, urls: ServerUrls, *, starters: Mapping[Server, Callable[[], Process]]) -> None:
        self.urls = urls
        self._starters = starters
        self._processes: dict[Server, Process] = {}

    @property
    def owned(self) -> bool:
        """Whether this process started the servers and will stop them; otherwise another one did and will."""
        return bool(self._starters)

    def start(self, server: Server) -> None:
        """Start a stopped server on its former socket and data; return once it answers. Nothing if it runs.

        Raises:
            NotOwnedError: another process owns it.
            EmbeddedServerError: it does not start.
        """
        if server not in self._starters:
            raise NotOwnedError(server)
        if server not in self.pids():
            self._processes[server] = self._starters[server]()

    def stop(self, server: Server) -> None:
        """Stop a server cleanly; return once its process has ended. Nothing if it does not run.

        Raises:
            NotOwnedError: another process owns it.
        """
        if server not in self._starters:
            raise NotOwnedError(server)
        if server in self.pids():
            process = self._processes.pop(server)
            process.ask_to_stop()
            process.wait_stopped()

    def pids(self) -> dict[Server, int]:
        """Return the process ids of the owned servers that run."""
        return {
            server: process.pid for server, process in self._processes.items() if process.exit_code is None
        }


def _say_nothing(_: str) -> None:
    pass


@contextlib.contextmanager
def run_servers(
    data_dir: Path,
    *,
    report: Callable[[str], None] = _say_nothing,
    durable: bool = True,
    kinds: Collection[Server] = tuple(Server),
) -> Iterator[EmbeddedServers]:
    """Start the servers on Unix sockets with their data in `data_dir`, and stop them when the block ends.

    If another live process already runs them there, yield its URLs and own nothing. The URLs of servers that
    are not among `kinds` lead nowhere.

    Args:
        data_dir: created if missing; everything that is written lies in it. Safe to delete while nothing runs.
        report: takes one line of progress at a time, possibly from another thread.
        durable: off, a machine crash (not a process crash) may cost the data; for tests.
        kinds: the servers to run.

    Raises:
        EmbeddedServerError: a line on what to install or which variable to set.
    """
    if sys.platform == "win32":
        raise MissingServerError(Server.POSTGRES)
    folder = open_folder(data_dir)
    with claim_folder(folder, report=report) as claim:
        if isinstance(claim, ServerUrls):
            report(f"Using the servers that another process runs in {folder.root}")
            yield EmbeddedServers(claim, starters={})
            return
        _stop_leftovers(folder)
        with open_sockets(folder) as sockets, contextlib.closing(Launcher()) as launcher:
            servers = _build_servers(
                folder, sockets, launcher=launcher, report=report, durable=durable, kinds=kinds
            )
            _start_together(servers, kinds, launcher=launcher)
            with publish_urls(folder, servers.urls, token=claim):
                yield servers


def _build_servers(
    folder: DataFolder,
    sockets: Path,
    *,
    launcher: Launcher,
    report: Callable[[str], None],
    durable: bool,
    kinds: Collection[Server],
) -> EmbeddedServers:
    def start(server: Server) -> Process:
        began = time.monotonic()
        match server:
            case Server.POSTGRES:
                process = postgres.start_postgres(
                    folder, sockets, launcher=launcher, durable=durable, report=report
                )
            case Server.MONGO:
                process = mongod.start_mongod(folder, sockets, launcher=launcher, durable=durable)
            case Server.REDIS:
                process = valkey.start_redis(folder, sockets, launcher=launcher, durable=durable)
        folder.pid_file(server).write_text(str(process.pid))
        report(f"{server.title} is ready after {time.monotonic() - began:.1f} s")
        return process

    return EmbeddedServers(build_urls(sockets), starters={kind: partial(start, kind) for kind in kinds})


def _start_together(servers: EmbeddedServers, kinds: Collection[Server], *, launcher: Launcher) -> None:
    """Start all servers at once; as soon as one fails, stop the others and raise its error."""
    with ThreadPoolExecutor(max_workers=len(Server)) as threads:
        try:
            for start in as_completed([threads.submit(servers.start, kind) for kind in kinds]):
                start.result()
        except BaseException:
            launcher.close()  # ends the other threads' waiting
            raise


def _stop_leftovers(folder: DataFolder) -> None:
    """Stop what a killed owner has left behind; the system has usually asked it to stop already."""
    ours = (f"{folder.root}/", f"{folder.sockets.resolve()}/")
    for server, stop_signal in _STOP_SIGNALS.items():
        note = folder.pid_file(server)
        if note.exists():
            stop_leftover(int(note.read_text()), ours=ours, stop_signal=stop_signal)
