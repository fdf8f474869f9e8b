"""Reads no more of a row than an operation will read of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from sqlalchemy import ColumnElement

    Reads = Callable[[str], frozenset[str] | None]
    """Which attributes of a GraphQL type's records will be read, by the type's name; None where any may be."""

# How many sets of attributes the statements of one question are kept for.
MOST_READS = 256


def everything(_type_name: str) -> None:
    """Reads of an operation that is not known: any attribute may be read."""


def narrowed(
    columns: tuple[ColumnElement[Any], ...],
    read: frozenset[str] | None,
    *,
    always: AbstractSet[str],
    behind: Mapping[str, str] | None = None,
) -> tuple[ColumnElement[Any], ...]:
    """A record's columns, with NULL for those that nobody will read; all of them where `read` is None.

    Decoding an amount, a time or a snapshot costs more than everything else that happens to its row. `always` names
    what is needed whatever is read: keys, what lists are sorted by, and what decides on who may see the record.
    `behind` says which column the record makes an attribute of, where it has another name.
    """
    if read is None:
        return columns
    needed = always | {(behind or {}).get(name, name) for name in read}
    return tuple(column if column.key in needed else null().label(column.key) for column in columns)
