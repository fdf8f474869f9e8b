"""A server that cannot be had: always one line, with what to install or which variable to set."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.embedded import EmbeddedServerError, Server, binaries, run_servers
from gateway.embedded.accounts import Account, find_closed
from gateway.embedded.errors import MissingLibraryError, MissingServerError, ServerStartError

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {Server.MONGO: "mongod", Server.REDIS: "redis-server"}


def put_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, program: str, content: str, mode: int = 0o755
) -> None:
    """Put a program in front of the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    # Not by this process: a child forked in the meantime would hold the file open, and it could not be executed.
    subprocess.run(["tee", folder / program], input=content, text=True, stdout=subprocess.DEVNULL, check=True)  # noqa: S603, S607  # the test's own text
    (folder / program).chmod(mode)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def fail_to_run(data_dir: Path, *kinds: Server) -> EmbeddedServerError:
    """Return the error of a start that fails; it is one line and leaves no process."""
    before = live_children()
    with pytest.raises(EmbeddedServerError) as failure, run_servers(data_dir, durable=False, kinds=kinds):
        pytest.fail("it started")
    assert "\n" not in str(failure.value)
    assert live_children() <= before
    return failure.value


def live_children() -> set[psutil.Process]:
    """Return this process's children that run: those of other tests, too."""
    return {child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


@pytest.mark.parametrize(
    ("library", "remedy"),
    [
        ("libcurl.so.4", "apt-get install libcurl4 "),
        ("libssl.so.3", "apt-get install libssl3 "),
        ("libodd.so.9", "install the package that provides libodd.so.9"),
    ],
)
def test_a_missing_library_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, remedy: str
) -> None:
    loader = f"{library}: cannot open shared object file: No such file or directory"
    script = f'#!/bin/sh\necho "mongod: error while loading shared libraries: {loader}" >&2\nexit 127\n'
    put_on_path(tmp_path, monkeypatch, program="mongod", content=script)
    error = fail_to_run(tmp_path / "data", *Server)  # the other two were starting, and are stopped again
    assert isinstance(error, MissingLibraryError)
    assert error.library == library
    assert remedy in str(error)
    assert "GATEWAY_PRODUCT_DB_URL, GATEWAY_NOTIFICATION_DB_URL" in str(error)


@pytest.mark.parametrize("server", list(PROGRAMS), ids=lambda server: server.value)
@pytest.mark.parametrize(
    ("content", "what"),
    [("#!/bin/sh\necho some reason\nexit 3\n", "exit status 3"), ("\x7fELF, no more", "cannot be executed")],
    ids=["exits", "not-a-program"],
)
def test_a_server_that_does_not_start_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, content: str, what: str
) -> None:
    put_on_path(tmp_path, monkeypatch, program=PROGRAMS[server], content=content)
    error = fail_to_run(tmp_path / "data", server)
    assert isinstance(error, ServerStartError)
    assert what in str(error)
    assert f"{tmp_path}/data/logs/{server.value}.log" in str(error)
    assert server.url_variables[0] in str(error)
    assert error.log.read_text()


def test_an_earlier_runs_missing_library_is_not_reported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "data" / "logs" / "redis.log"
    log.parent.mkdir(parents=True)
    log.write_text("redis-server: error while loading shared libraries: libcurl.so.4: cannot open\n")
    put_on_path(tmp_path, monkeypatch, program="redis-server", content="#!/bin/sh\nexit 1\n")
    assert isinstance(fail_to_run(tmp_path / "data", Server.REDIS), ServerStartError)


@pytest.mark.parametrize("server", list(Server), ids=lambda server: server.value)
def test_without_the_extra_the_line_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    error = fail_to_run(tmp_path / "data", server)
    assert isinstance(error, MissingServerError)
    assert "[embedded]" in str(error)
    assert all(variable in str(error) for variable in server.url_variables)


def test_a_data_folder_that_cannot_be_made_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "GATEWAY_DATA_DIR" in str(fail_to_run(tmp_path / "file" / "data", Server.REDIS))


def test_a_closed_folder_is_found(tmp_path: Path) -> None:
    me = Account(name="me", uid=os.geteuid(), gid=os.getegid())
    stranger = Account(name="stranger", uid=os.geteuid() + 1, gid=os.getegid() + 1)
    tmp_path.chmod(0o700)
    inside = tmp_path / "inside"
    inside.mkdir()
    assert find_closed(inside, me) is None
    assert find_closed(inside, stranger) in inside.parents
    assert find_closed(tmp_path.parents[-1], stranger) is None


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="takes a right away from root")
def test_a_closed_folder_that_root_cannot_open_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    script = (
        "import sys; from pathlib import Path; from gateway.embedded import *\n"
        "try:\n"
        "    with run_servers(Path(sys.argv[1]), kinds=[Server.POSTGRES]): pass\n"
        "except EmbeddedServerError as error: print(error)\n"
    )
    command = [
        "setpriv",
        "--bounding-set=-dac_override",
        sys.executable,
        "-c",
        script,
        str(tmp_path / "data"),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    assert answer.count("\n") == 1
    assert "refuses to run as root" in answer
    assert "GATEWAY_DATA_DIR" in answer
