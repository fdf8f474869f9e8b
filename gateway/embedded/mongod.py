"""Starts MongoDB on a Unix socket, as the primary of a replica set of one."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from gateway.embedded.binaries import find_mongod
from gateway.embedded.processes import Launcher, Process, Program, accepts_connections
from gateway.embedded.urls import Server, build_urls, mongo_socket

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.embedded.folders import DataFolder

STOP_SIGNAL = signal.SIGTERM

_REPLICA_SET = "gateway"
_ALREADY_INITIALIZED = 23
# Otherwise the journal is three files of 100 MB from the first second on. A larger transaction makes a larger file.
_JOURNAL = "log=(file_max=16MB,prealloc=false)"
# The least that takes a transaction with a document of the greatest size; memory is used as data comes.
_CACHE_GB = "0.5"
_PARAMETERS = {
    "diagnosticDataCollectionEnabled": "false",
    "shutdownTimeoutMillisForSignaledShutdown": "0",  # there is no secondary to wait for
}


def start_mongod(folder: DataFolder, sockets: Path, *, launcher: Launcher, durable: bool) -> Process:
    """Start the server, and return once it is primary: transactions and change streams work.

    Raises:
        EmbeddedServerError: a line on what to install or set.
    """
    data = folder.data(Server.MONGO)
    data.mkdir(mode=0o700, exist_ok=True)
    program = find_mongod()
    path = mongo_socket(sockets)
    # The member's host is the socket's name relative to the working directory: it is stored in the replica set's
    # configuration, and so stays true when the folder moves.
    host = f"./{path.name}"
    options = [
        "--dbpath",
        str(data),
        "--replSet",
        _REPLICA_SET,
        "--bind_ip",
        host,
        "--nounixsocket",
        "--quiet",
    ]
    options += ["--wiredTigerCacheSizeGB", _CACHE_GB, "--wiredTigerEngineConfigString", _JOURNAL]
    options += ["--oplogSize", "128"]
    options += [part for name, value in _PARAMETERS.items() for part in ("--setParameter", f"{name}={value}")]
    process = launcher.launch(
        Program(
            server=Server.MONGO,
            command=(str(program), *options),
            folder=sockets,
            log=folder.log(Server.MONGO),
            stop_signal=STOP_SIGNAL,
        )
    )
    # The driver's first failed attempt costs half a second; so it waits for the socket.
    process.wait_ready(lambda: accepts_connections(path))
    url = build_urls(sockets).mongo
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
        process.wait_ready(lambda: _is_primary(client, host=host, durable=durable))
    return process


def _is_primary(client: pymongo.MongoClient[dict[str, Any]], *, host: str, durable: bool) -> bool:
    """Say whether the only member is primary; initiate the replica set if it never was."""
    try:
        hello = client.admin.command("hello")
        if "setName" not in hello:
            _initiate(client, host=host, durable=durable)
    except PyMongoError:
        return False
    return bool(hello["isWritablePrimary"])


def _initiate(client: pymongo.MongoClient[dict[str, Any]], *, host: str, durable: bool) -> None:
    config = {
        "_id": _REPLICA_SET,
        "members": [{"_id": 0, "host": host}],
        "writeConcernMajorityJournalDefault": durable,
    }
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:  # it is, but has not read its configuration yet
            raise
