"""Starts Redis, or Valkey in its place, on a Unix socket."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from gateway.embedded.binaries import find_redis_server
from gateway.embedded.processes import Launcher, Process, Program, accepts_connections
from gateway.embedded.urls import Server, redis_socket

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.embedded.folders import DataFolder

STOP_SIGNAL = signal.SIGTERM


def start_redis(folder: DataFolder, sockets: Path, *, launcher: Launcher, durable: bool) -> Process:
    """Start the server, and return once it has read its data and answers.

    Raises:
        EmbeddedServerError: a line on what to install or set.
    """
    data = folder.data(Server.REDIS)
    data.mkdir(mode=0o700, exist_ok=True)
    path = redis_socket(sockets)
    options = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(data)]
    # Durable: a log, synced once a second. Otherwise one snapshot a day, which also asks for one at a clean stop.
    options += (
        ["--appendonly", "yes", "--save", ""] if durable else ["--appendonly", "no", "--save", "86400 1"]
    )
    process = launcher.launch(
        Program(
            server=Server.REDIS,
            command=(str(find_redis_server()), *options),
            folder=data,
            log=folder.log(Server.REDIS),
            stop_signal=STOP_SIGNAL,
        )
    )
    process.wait_ready(lambda: accepts_connections(path))
    with redis.Redis(unix_socket_path=str(path), retry=Retry(NoBackoff(), 0)) as client:
        process.wait_ready(lambda: _answers(client))
    return process


def _answers(client: redis.Redis) -> bool:
    try:
        client.ping()
    except RedisConnectionError:  # also while it reads its data
        return False
    return True
