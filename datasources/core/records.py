"""Records that are made of rows by the hundred, and how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

R = TypeVar("R")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def row_record(cls: type[R]) -> type[R]:
    """A frozen, keyword-only, slotted record, as the type checker sees it.

    At run time it is a slotted record without the freezing: that sets each attribute through a function, and makes a
    record of twenty fields cost more than fetching its row.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


def from_rows(record: type[R], rows: Sequence[asyncpg.Record]) -> list[R]:
    """A record for each row; the statement labels its columns with the record's fields."""
    if not rows:
        return []
    if tuple(rows[0].keys()) == getattr(record, "__match_args__", None):
        return [
            record(*row) for row in rows
        ]  # in the fields' own order, which is what the checker cannot know
    return [record(**row) for row in rows]
