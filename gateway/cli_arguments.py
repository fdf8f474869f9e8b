"""Reads arguments of commands that are files or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


def is_file(text: str) -> bool:
    """Whether this is the path of a file rather than a document, which is often too long for a path."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        ClickException: it cannot be read, or is no text in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"Cannot read {path}: {error.strerror}."
        raise click.ClickException(message) from error
    except UnicodeDecodeError as error:
        message = f"Cannot read {path}: it is not text in UTF-8."
        raise click.ClickException(message) from error


def read_variables(text: str) -> dict[str, Any]:
    """Variables that are given as JSON.

    Raises:
        ClickException: they are not, or are no object.
    """
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"--variables is not JSON: {error}"
        raise click.ClickException(message) from error
    if not isinstance(given, dict):
        message = '--variables should be a JSON object, such as {"first": 3}.'
        raise click.ClickException(message)
    return given
