"""Starts PostgreSQL on a Unix socket, with a cluster and the services' databases made where they are missing."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from gateway.embedded.accounts import Account, choose_account, find_closed
from gateway.embedded.binaries import find_postgres
from gateway.embedded.errors import ServerStartError
from gateway.embedded.processes import Launcher, Process, Program, is_ours, stop_leftover
from gateway.embedded.urls import POSTGRES_PORT, SUPERUSER, Server, build_urls, postgres_sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.embedded.folders import DataFolder

DATABASES = ("UserDb", "InventoryDb", "CartDb", "OrderDb", "PaymentDb")
STOP_SIGNAL = signal.SIGINT  # "fast": ends sessions, writes a checkpoint
LEFTOVERS_LIMIT = 10.0  # seconds for the sessions of a killed server to end

_STILL_IN_USE = b"is still in use"
_PAUSE = 0.1

_SETTINGS = {
    "port": str(POSTGRES_PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_SETTINGS_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


def start_postgres(
    folder: DataFolder, sockets: Path, *, launcher: Launcher, durable: bool, report: Callable[[str], None]
) -> Process:
    """Start the server, and return once it answers and has every database.

    Raises:
        EmbeddedServerError: a line on what to install or set.
    """
    server = find_postgres()
    data = folder.data(Server.POSTGRES)
    account = _prepare_account(folder, sockets, server)
    if not data.exists():
        report("Creating a PostgreSQL cluster")
        _create_cluster(folder, account, launcher=launcher, durable=durable)
    _forget_dead_postmaster(folder)

    settings = {**_SETTINGS, **({} if durable else _SETTINGS_NOT_DURABLE)}
    settings["unix_socket_directories"] = str(postgres_sockets(sockets))
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    command = [str(server), "-D", str(data), *options]
    url = build_urls(sockets).postgres_url("postgres")
    deadline = time.monotonic() + LEFTOVERS_LIMIT
    while True:
        process = _launch(folder, account, command, STOP_SIGNAL, launcher)
        try:
            # A thread of its own, since the caller's may already run an event loop.
            with ThreadPoolExecutor(max_workers=1) as thread:
                process.wait_ready(
                    lambda: thread.submit(lambda: asyncio.run(_create_databases(url))).result()
                )
        except ServerStartError:
            # Of a server that was killed, the sessions take a moment to notice it, and nobody else may have its data.
            if _STILL_IN_USE not in process.said() or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return process


def _prepare_account(folder: DataFolder, sockets: Path, server: Path) -> Account | None:
    """Choose the user to run as and give it the sockets' folder; None is the present user."""
    account = choose_account(folder.data(Server.POSTGRES))
    if account is None:
        return None
    socket_folder = postgres_sockets(sockets)
    os.chown(socket_folder, account.uid, account.gid)
    needed = (socket_folder, folder.root, server)
    closed = next((path for path in (find_closed(path, account) for path in needed) if path), None)
    return dataclasses.replace(account, closed=closed)


def _create_cluster(
    folder: DataFolder, account: Account | None, *, launcher: Launcher, durable: bool
) -> None:
    """Run `initdb` beside the final place, so that one which was interrupted leaves no half cluster."""
    draft = folder.root / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if account is not None:
        os.chown(draft, account.uid, account.gid)
    # A locale inside PostgreSQL, so that text sorts alike on every machine.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(find_postgres("initdb")), "-D", str(draft), "-U", SUPERUSER, "--auth=trust", *locale]
    command += ["--no-instructions", *([] if durable else ["--no-sync"])]
    _launch(folder, account, command, signal.SIGTERM, launcher).wait_done()
    draft.rename(folder.data(Server.POSTGRES))


def _launch(
    folder: DataFolder, account: Account | None, command: list[str], stop: signal.Signals, launcher: Launcher
) -> Process:
    return launcher.launch(
        Program(
            server=Server.POSTGRES,
            command=tuple(command),
            folder=Path("/"),
            log=folder.log(Server.POSTGRES),
            stop_signal=stop,
            account=account,
            environment={"LC_ALL": "C", "TZ": "UTC"},
        )
    )


def _forget_dead_postmaster(folder: DataFolder) -> None:
    """Remove the note of a killed server when its process id now belongs to a stranger.

    PostgreSQL would take the stranger for itself and refuse to start; ids repeat soon in a container.
    """
    note = folder.data(Server.POSTGRES) / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(note.read_text().splitlines()[0])
        ours = (f"{folder.root}/",)
        stop_leftover(pid, ours=ours, stop_signal=STOP_SIGNAL)
        if not is_ours(pid, ours):
            note.unlink()


async def _create_databases(url: str) -> bool:
    """Create what is missing of `DATABASES`; False when the server does not answer yet."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
        return False
    try:
        present = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in DATABASES:
            if name not in present:
                await connection.execute(f"""CREATE DATABASE "{name}" ENCODING 'UTF8'""")
    finally:
        await connection.close()
    return True
