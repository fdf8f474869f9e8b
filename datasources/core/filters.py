"""Filters as records: what is None in one does not matter."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def conditions_set(wanted: Any) -> dict[str, Any]:
    """The conditions of a filter record that are not None, by name."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    return {name: value for name, value in values.items() if value is not None}
