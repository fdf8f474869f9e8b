"""Inserts of many rows that are given as one array for each column: one statement, the same text for any number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.dialects.postgresql import Insert
    from sqlalchemy.types import TypeEngine

_PLACE: Final = "place"


def insert_given(table: Table, columns: Iterable[str]) -> Insert:
    """Insert rows into these columns, in the order in which they are given: so follow numbers that the database makes.

    `given` makes the parameters. VALUES would be another statement, to be prepared anew, for each number of rows; with
    numbers to give back in order, SQLAlchemy would even send a statement for each row.
    """
    names = list(columns)
    types = {name: _type_of(table, name) for name in names}
    arrays = (bindparam(_parameter(table, name), type_=ARRAY(types[name])) for name in names)
    rows = (
        func.unnest(*arrays)
        .table_valued(*(column(name, types[name]) for name in names), with_ordinality=_PLACE)
        .render_derived(name="given")
    )
    return insert(table).from_select(
        names, select(*(rows.c[name] for name in names)).order_by(rows.c[_PLACE])
    )


def given(table: Table, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The parameters of `insert_given` for these rows; two tables in one statement keep theirs apart."""
    return {_parameter(table, name): [row[name] for row in rows] for name in columns}


def _parameter(table: Table, name: str) -> str:
    return f"{table.name}_{name}"


def _type_of(table: Table, name: str) -> TypeEngine[Any]:
    """The column's type. Texts without their length: a cast would cut them off, where an insertion refuses them."""
    kept = table.c[name].type
    return String() if isinstance(kept, String) else kept
