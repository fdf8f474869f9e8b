"""Filters as records: which of their conditions are set decides the SQL text, their values are bound."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement


def conditions_set(wanted: Any) -> dict[str, Any]:
    """The conditions of a filter record that are not None, by name."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    return {name: value for name, value in values.items() if value is not None}


def clauses(
    names: Iterable[str], conditions: Mapping[str, ColumnElement[bool]]
) -> tuple[ColumnElement[bool], ...]:
    """The SQL of the named conditions; each binds a parameter of its own name."""
    return tuple(conditions[name] for name in names)
