"""Turns rows into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

R = TypeVar("R")


def from_rows(record: type[R], rows: Iterable[asyncpg.Record]) -> list[R]:
    """A record for each row; the statement labels its columns with the record's field names."""
    return [record(**row) for row in rows]
