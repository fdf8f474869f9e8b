"""The Dockerfile: whether it copies what there is, leaves the rest behind, and agrees with the Compose file."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# Instructions, with continued lines joined and comments left out.
INSTRUCTIONS = [
    line.strip()
    for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
    if line.strip() and not line.startswith("#")
]
IGNORED = [
    line
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SENT = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}


def arguments(instruction: str) -> list[str]:
    """What follows each instruction of a kind."""
    return [text.split(maxsplit=1)[1] for text in INSTRUCTIONS if text.split()[0] == instruction]


def test_all_is_ignored_but_for_what_is_named() -> None:
    assert IGNORED[0] == "*"
    assert {name for name in SENT if not (ROOT / name).exists()} == set()


def test_what_the_package_is_built_from_is_sent() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, *pyproject["project"]["license-files"], pyproject["project"]["readme"]}
    assert needed | {"pyproject.toml", "constraints.txt"} == SENT


@pytest.mark.parametrize(
    "built", ["gateway/graphiql/dist", "gateway/graphiql/node_modules", "**/__pycache__"]
)
def test_nothing_built_on_this_machine_is_sent(built: str) -> None:
    assert IGNORED.index(built) > max(IGNORED.index(f"!{name}") for name in SENT)


def test_every_file_that_is_copied_exists_and_is_sent() -> None:
    copied = [text.split()[:-1] for text in arguments("COPY") if not text.startswith("--from=")]
    sources = [source for names in copied for source in names]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source == "." or source.split("/")[0] in SENT, source


def test_the_page_is_built_where_the_package_looks_for_it() -> None:
    assert "--from=graphiql /graphiql/dist gateway/graphiql/dist" in arguments("COPY")
    scripts = json.loads((ROOT / "gateway/graphiql/package.json").read_text(encoding="utf-8"))["scripts"]
    assert "npm run build" in arguments("RUN")
    assert "build" in scripts


def test_versions_are_the_pinned_ones_and_no_extra_is_installed() -> None:
    (install,) = (text for text in arguments("RUN") if "pip install" in text)
    words = shlex.split(install)
    assert words[words.index("--constraint") + 1] == "constraints.txt"
    assert words[-1] == "."


def test_it_does_not_run_as_root() -> None:
    assert arguments("USER") == ["10001:10001"]
    assert any("useradd" in text and "--uid 10001" in text for text in arguments("RUN"))


def test_the_command_is_the_projects() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    (entrypoint,) = map(json.loads, arguments("ENTRYPOINT"))
    assert entrypoint == list(scripts)
    assert list(map(json.loads, arguments("CMD"))) == [["serve"]]


def test_image_and_compose_file_check_the_same() -> None:
    (healthcheck,) = arguments("HEALTHCHECK")
    command = json.loads(healthcheck.partition("CMD ")[2])
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["services"]["gateway"]["healthcheck"]["test"] == ["CMD", *command]


def test_python_is_one_that_the_project_supports() -> None:
    images = {text.split()[0] for text in arguments("FROM") if text.startswith("python:")}
    (image,) = images  # the environment is copied from one stage to the other, so they are the same
    assert tuple(map(int, image.removeprefix("python:").removesuffix("-slim").split("."))) >= (3, 11)
