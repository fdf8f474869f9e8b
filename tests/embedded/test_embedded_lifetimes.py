"""How long servers live: not longer than their owner, however it ends; and what the next owner finds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import asyncpg
import psutil
import pymongo
import pytest
import redis

from gateway.embedded import EmbeddedServerError, Server, ServerUrls, folders, processes, run_servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER = textwrap.dedent(
    """
    import json, sys, time
    from pathlib import Path
    from gateway.embedded import Server, run_servers

    kinds = [Server(name) for name in sys.argv[2:]]
    with run_servers(Path(sys.argv[1]), durable=True, kinds=kinds) as servers:
        print(json.dumps({server.value: pid for server, pid in servers.pids().items()}), flush=True)
        time.sleep(60)
    """
)


@contextlib.contextmanager
def owner_process(data_dir: Path, *kinds: Server) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """Run servers in another process; yield it and the servers' ids; kill it in the end."""
    names = [kind.value for kind in kinds]
    command = [sys.executable, "-c", OWNER, str(data_dir), *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:  # noqa: S603 - our own
        try:
            assert owner.stdout is not None
            yield owner, json.loads(owner.stdout.readline())
        finally:
            owner.kill()


def processes_naming(data_dir: Path) -> list[str]:
    """Every process whose command line or executable's arguments name the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(data_dir) in command and process.pid != os.getpid():
            found.append(command)
    return found


def is_running(pid: int) -> bool:
    """Whether the process runs; one that ended and that init has not noticed yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pids: list[int], *, limit: float = 8.0) -> None:
    deadline = time.monotonic() + limit
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, "servers have outlived their owner"
        time.sleep(0.02)


async def write_everywhere(urls: ServerUrls, value: int) -> None:
    connection = await asyncpg.connect(urls.postgres_url("UserDb"))
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
    await connection.execute("SET synchronous_commit = on")
    await connection.execute("INSERT INTO kept VALUES ($1)", value)
    await connection.close()
    with pymongo.MongoClient[dict[str, int]](urls.mongo_url("ProductDb")) as client:
        client.get_default_database()["kept"].insert_one({"value": value})
    with redis.Redis.from_url(urls.redis) as store:
        store.rpush("kept", value)


async def read_everywhere(urls: ServerUrls) -> list[list[int]]:
    connection = await asyncpg.connect(urls.postgres_url("UserDb"))
    rows = await connection.fetch("SELECT value FROM kept ORDER BY value")
    await connection.close()
    with pymongo.MongoClient[dict[str, int]](urls.mongo_url("ProductDb")) as client:
        documents = [row["value"] for row in client.get_default_database()["kept"].find().sort("value")]
    with redis.Redis.from_url(urls.redis) as store:
        entries = [int(entry) for entry in store.lrange("kept", 0, -1)]
    return [[row["value"] for row in rows], documents, entries]


async def test_a_clean_stop_leaves_no_process_and_keeps_the_data(tmp_path: Path) -> None:
    for run in (1, 2):
        with run_servers(tmp_path, durable=run == 1) as servers:
            pids = list(servers.pids().values())
            assert len(pids) == 3
            if run == 1:
                await write_everywhere(servers.urls, 1)
            else:
                assert await read_everywhere(servers.urls) == [[1], [1], []]
        assert not any(map(is_running, pids))
        assert processes_naming(tmp_path) == []
        assert not (tmp_path / "servers.json").exists()
        assert not (tmp_path / "sockets").exists()


async def test_a_killed_owner_leaves_no_process_and_the_next_one_finds_the_data(tmp_path: Path) -> None:
    with owner_process(tmp_path, *Server) as (owner, pids):
        with run_servers(tmp_path) as shared:
            assert not shared.owned
            await write_everywhere(shared.urls, 7)
        owner.kill()
        owner.wait()
        with run_servers(tmp_path) as servers:  # at once, while the servers may still be stopping
            assert servers.owned
            wait_until_gone(list(pids.values()))
            assert await read_everywhere(servers.urls) == [[7], [7], [7]]
    assert processes_naming(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_killed_owner_takes_its_servers_along_without_a_next_one(tmp_path: Path) -> None:
    with owner_process(tmp_path, Server.POSTGRES, Server.REDIS) as (owner, pids):
        children = [child.pid for child in psutil.Process(pids["postgres"]).children()]
        owner.kill()
        wait_until_gone([*pids.values(), *children])


def test_a_leftover_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with owner_process(tmp_path, Server.REDIS) as (owner, pids):
        os.kill(pids["redis"], signal.SIGSTOP)  # it will not notice its owner's death
        owner.kill()
        owner.wait()
        monkeypatch.setattr(processes, "STOP_LIMIT", 0.3)
        with run_servers(tmp_path, kinds=[Server.REDIS]) as servers:
            assert not is_running(pids["redis"])
            with redis.Redis.from_url(servers.urls.redis) as client:
                assert client.ping()


def test_a_stranger_with_a_leftovers_id_is_left_alone(tmp_path: Path) -> None:
    with run_servers(tmp_path, durable=False, kinds=[Server.POSTGRES]):
        pass
    # Its command line even names the folder, and PostgreSQL's own note names it too.
    command = [sys.executable, "-c", "import time; time.sleep(60)", f"{tmp_path}/x"]
    with subprocess.Popen(command) as stranger:  # noqa: S603 - our own
        try:
            (tmp_path / "sockets").mkdir()
            (tmp_path / "sockets" / "redis.pid").write_text(str(stranger.pid))
            (tmp_path / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{tmp_path}/postgres\n")
            with run_servers(tmp_path, durable=False, kinds=[Server.POSTGRES, Server.REDIS]) as servers:
                assert len(servers.pids()) == 2
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_servers_outlive_the_thread_that_started_them(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        running = run_servers(tmp_path, durable=False, kinds=[Server.REDIS])
        with ThreadPoolExecutor(max_workers=1) as starter:
            servers = starter.submit(stack.enter_context, running).result()
        time.sleep(0.2)
        assert set(servers.pids()) == {Server.REDIS}
        with redis.Redis.from_url(servers.urls.redis) as client:
            assert client.ping()


def test_of_two_starts_at_once_one_waits_for_the_other(tmp_path: Path) -> None:
    ready = threading.Barrier(2, timeout=20)

    def run() -> tuple[ServerUrls, bool]:
        with run_servers(tmp_path, durable=False, kinds=[Server.POSTGRES]) as servers:
            ready.wait()  # both are up at the same time
            return servers.urls, servers.owned

    with ThreadPoolExecutor(max_workers=2) as threads:
        first, second = (run.result() for run in [threads.submit(run), threads.submit(run)])
    assert first[0] == second[0]
    assert sorted([first[1], second[1]]) == [False, True]


def test_an_owner_that_never_gets_ready_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(folders, "WAIT_LIMIT", 0.2)
    folder = folders.open_folder(tmp_path)
    folder.note.write_text(json.dumps({"token": "a dead owner's", "urls": {}}))
    with (
        folders.claim_folder(folder, report=lines.append) as token,
        pytest.raises(EmbeddedServerError, match="in use by another process"),
        run_servers(tmp_path, report=lines.append),
    ):
        pytest.fail(f"started beside the owner {token}")
    assert len(lines) == 1


@pytest.mark.parametrize("name", ["d" * 120, "with space, comma & ünïcode"])
async def test_a_folder_too_deep_or_odd_for_sockets_gets_them_elsewhere(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    with run_servers(data_dir, durable=False) as servers:
        elsewhere = (data_dir / "sockets").readlink()
        assert len(str(elsewhere)) < 60
        await write_everywhere(servers.urls, 1)
        with run_servers(data_dir) as second:
            assert second.urls == servers.urls
    assert not elsewhere.exists()
    with run_servers(data_dir, durable=False) as servers:  # elsewhere again, and the data is still found
        assert (data_dir / "sockets").readlink() != elsewhere
        assert await read_everywhere(servers.urls) == [[1], [1], [1]]
