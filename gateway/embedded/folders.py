"""The data folder: what lies where in it, its sockets, its lock, and the note that tells others the URLs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.embedded.errors import DataDirError
from gateway.embedded.urls import Server, ServerUrls, postgres_socket, postgres_sockets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform != "win32":
    import fcntl

WAIT_LIMIT = 30.0  # seconds to wait for the process that holds the folder and is still starting its servers
_SOCKET_LIMIT = 100  # bytes of a socket's path; Linux allows 107, macOS 103
_PLAIN_PATH = re.compile(r"[\w./-]+", re.ASCII)  # neither PostgreSQL nor a URL has a way to write every other


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The folder that holds everything the servers write."""

    root: Path

    def data(self, server: Server) -> Path:
        """The data of one server."""
        return self.root / server.value

    def log(self, server: Server) -> Path:
        """Everything one server has printed."""
        return self.root / "logs" / f"{server.value}.log"

    @property
    def sockets(self) -> Path:
        """The sockets, or a symbolic link to them where their paths would be too long here."""
        return self.root / "sockets"

    def pid_file(self, server: Server) -> Path:
        """The process id of the server's last start; goes when the sockets do."""
        return self.sockets / f"{server.value}.pid"

    @property
    def note(self) -> Path:
        """The URLs of running servers, for other processes."""
        return self.root / "servers.json"

    @property
    def lock(self) -> Path:
        """Locked by the process that owns the servers; holds a token of its own choice."""
        return self.root / "lock"


def open_folder(data_dir: Path) -> DataFolder:
    """Create the data folder where it is missing.

    Raises:
        DataDirError: this user may not write there.
    """
    folder = DataFolder(root=data_dir.expanduser().resolve())
    try:
        folder.log(Server.POSTGRES).parent.mkdir(parents=True, exist_ok=True)
        folder.lock.touch()
    except OSError as error:
        raise DataDirError(folder.root, why=f"cannot be written to ({error.strerror})") from error
    present = [data for data in map(folder.data, Server) if data.exists()]
    if os.geteuid() != 0 and not all(os.access(data, os.W_OK | os.X_OK) for data in present):
        raise DataDirError(folder.root, why="belongs to another user")
    return folder


@contextlib.contextmanager
def claim_folder(folder: DataFolder, *, report: Callable[[str], None]) -> Iterator[str | ServerUrls]:
    """Hold the folder's lock and yield a token, or yield the URLs that another process has published.

    Raises:
        DataDirError: another process holds the folder and has published nothing for `WAIT_LIMIT` seconds.
    """
    deadline = time.monotonic() + WAIT_LIMIT
    waits = False
    with folder.lock.open("r+") as lock:
        while not _try_lock(lock.fileno()):
            urls = _read_note(folder)
            if urls is not None:
                yield urls
                return
            if time.monotonic() > deadline:
                raise DataDirError(
                    folder.root, why="is in use by another process whose servers do not come up"
                )
            if not waits:
                report(f"Waiting for the process that is starting the servers in {folder.root}")
                waits = True
            time.sleep(0.05)
        folder.note.unlink(missing_ok=True)
        token = secrets.token_hex(8)
        lock.truncate()
        lock.write(token)
        lock.flush()
        yield token


@contextlib.contextmanager
def publish_urls(folder: DataFolder, urls: ServerUrls, *, token: str) -> Iterator[None]:
    """Tell other processes the URLs, until the block ends."""
    draft = folder.note.with_suffix(".draft")
    draft.write_text(json.dumps({"token": token, "urls": asdict(urls)}))
    draft.replace(folder.note)
    try:
        yield
    finally:
        folder.note.unlink(missing_ok=True)


@contextlib.contextmanager
def open_sockets(folder: DataFolder) -> Iterator[Path]:
    """Yield an empty private folder for the sockets, with a path that is short and plain enough for them."""
    remove_sockets(folder)
    if _fits(folder.sockets):
        sockets = folder.sockets
        sockets.mkdir(mode=0o711)
    else:
        sockets = Path(tempfile.mkdtemp(prefix="gateway-")).resolve()
        sockets.chmod(0o711)  # PostgreSQL's other user passes through; each socket is closed by its own mode
        folder.sockets.symlink_to(sockets)
    postgres_sockets(sockets).mkdir(mode=0o700)
    try:
        yield sockets
    finally:
        remove_sockets(folder)


def remove_sockets(folder: DataFolder) -> None:
    """Remove the sockets' folder of this run, or of one that was killed."""
    if folder.sockets.is_symlink():
        target = folder.sockets.readlink()
        if target.name.startswith("gateway-") and target.is_dir() and target.stat().st_uid == os.geteuid():
            shutil.rmtree(target, ignore_errors=True)
        folder.sockets.unlink()
    else:
        shutil.rmtree(folder.sockets, ignore_errors=True)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_note(folder: DataFolder) -> ServerUrls | None:
    """Return what the lock's holder has published; a note with another token is a dead process's."""
    try:
        note = json.loads(folder.note.read_text())
    except FileNotFoundError:
        return None
    return ServerUrls(**note["urls"]) if note["token"] == folder.lock.read_text() else None


def _fits(sockets: Path) -> bool:
    longest = str(postgres_socket(sockets))
    return len(longest.encode()) <= _SOCKET_LIMIT and _PLAIN_PATH.fullmatch(longest) is not None
