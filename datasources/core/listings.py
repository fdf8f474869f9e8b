"""Lists of a table's rows: filtered, in windows and counted, as SQL that is compiled once per shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import any_, bindparam, func, not_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.batching import many_by_key
from datasources.core.databases import compile_statement
from datasources.core.filters import conditions_set
from datasources.core.paging import (
    counts_by_filter,
    limit_to_window,
    page,
    pages_by_slice,
    shape,
    window_parameters,
)
from datasources.core.records import from_rows

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

    from datasources.core.databases import Database, Statement
    from datasources.core.paging import Order, Page, Slice, Window

R = TypeVar("R")
F = TypeVar("F")

_KEYS = bindparam("keys", type_=ARRAY(UUID))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowList(Generic[R]):
    """How a table's rows are listed.

    `columns` are labelled with the record's fields. `conditions` stand under the names of a filter's fields, each
    binding a parameter of its own name; `always` holds in every list. `switches` are conditions that a filter wants to
    hold or not to hold: each is written out as wanted, so that the planner sees which partial index it matches.
    `sorted_by` says what sort keys that are no column of the table stand for.
    """

    record: type[R]
    table: Table
    columns: tuple[ColumnElement[Any], ...]
    conditions: Mapping[str, ColumnElement[bool]]
    always: tuple[ColumnElement[bool], ...] = ()
    switches: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    sorted_by: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)


async def page_of_rows(
    database: Database, rows: RowList[R], *, wanted: Any, order: Order, window: Window
) -> Page[R]:
    """A window of the rows that pass the filter.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the database is down.
    """
    names, conditions = _chosen(rows, wanted)
    statement = page_statement(rows, order, names, shape(window))
    found = await database.fetch(statement, **conditions, **window_parameters(order, window))
    return page(from_rows(rows.record, found), window, order)


async def count_of_rows(database: Database, rows: RowList[Any], *, wanted: Any) -> int:
    """How many rows pass the filter.

    Raises:
        ServiceUnavailable: the database is down.
    """
    names, conditions = _chosen(rows, wanted)
    found = await database.fetch(_count(rows, names), **conditions)
    return int(found[0]["count"])


async def pages_by_user(
    database: Database, rows: RowList[R], order: Order, slices: Sequence[Slice[uuid.UUID, F]]
) -> dict[Slice[uuid.UUID, F], Page[R]]:
    """Windows of many users' rows, by one statement for each filter and window.

    Raises:
        InvalidCursor: a cursor is not of this list.
        ServiceUnavailable: the database is down.
    """

    async def fetch(users: Sequence[uuid.UUID], wanted: F, window: Window) -> Mapping[Any, Sequence[R]]:
        names, conditions = _chosen(rows, wanted)
        statement = windows_by_user(rows, order, names, shape(window))
        parameters = window_parameters(order, window)
        found = await database.fetch(statement, keys=users, **conditions, **parameters)
        return many_by_key(from_rows(rows.record, found), attrgetter("user_id"))

    return await pages_by_slice(slices, order, fetch)


async def counts_by_user(
    database: Database, rows: RowList[Any], keys: Sequence[tuple[uuid.UUID, F]]
) -> dict[tuple[uuid.UUID, F], int]:
    """How many rows of each user pass the filter, by one statement for each filter.

    Raises:
        ServiceUnavailable: the database is down.
    """

    async def count(users: Sequence[uuid.UUID], wanted: F) -> Mapping[uuid.UUID, int]:
        names, conditions = _chosen(rows, wanted)
        found = await database.fetch(_counts_by_user(rows, names), keys=users, **conditions)
        return {row["user_id"]: row["count"] for row in found}

    return await counts_by_filter(keys, count)


@lru_cache(maxsize=1024)
def page_statement(rows: RowList[Any], order: Order, conditions: frozenset[str], shape: Window) -> Statement:
    """The statement of a window of the rows, with the conditions and switches of these names."""
    statement = select(*rows.columns).where(*_clauses(rows, conditions))
    return compile_statement(limit_to_window(statement, _sort_columns(rows, order), order, shape))


@lru_cache(maxsize=1024)
def windows_by_user(rows: RowList[Any], order: Order, conditions: frozenset[str], shape: Window) -> Statement:
    """The same window of each user's rows, by an index scan per user that stops at the window's end.

    Each user's rows come in order: what is LATERAL can only be joined by a nested loop.
    """
    users = func.unnest(_KEYS).table_valued("key", name="users").render_derived()
    statement = select(*rows.columns).where(rows.table.c.user_id == users.c.key, *_clauses(rows, conditions))
    window = limit_to_window(statement, _sort_columns(rows, order), order, shape).lateral("page")
    return compile_statement(select(window).select_from(users).join(window, true()))


@lru_cache(maxsize=1024)
def _count(rows: RowList[Any], conditions: frozenset[str]) -> Statement:
    counted = select(func.count().label("count")).select_from(rows.table)
    return compile_statement(counted.where(*_clauses(rows, conditions)))


@lru_cache(maxsize=1024)
def _counts_by_user(rows: RowList[Any], conditions: frozenset[str]) -> Statement:
    user = rows.table.c.user_id
    counted = select(user, func.count().label("count")).group_by(user)
    return compile_statement(counted.where(user == any_(_KEYS), *_clauses(rows, conditions)))


def _chosen(rows: RowList[Any], wanted: Any) -> tuple[frozenset[str], dict[str, Any]]:
    """The names of a filter's conditions, of switches with what is wanted of them, and the parameters of the others."""
    values = conditions_set(wanted)
    parameters = {name: value for name, value in values.items() if name not in rows.switches}
    switched = (f"{name}:{bool(value)}" for name, value in values.items() if name in rows.switches)
    return frozenset((*parameters, *switched)), parameters


def _clauses(rows: RowList[Any], conditions: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    return (*rows.always, *(_clause(rows, name) for name in conditions))


def _clause(rows: RowList[Any], name: str) -> ColumnElement[bool]:
    switch, is_switch, wanted = name.partition(":")
    if not is_switch:
        return rows.conditions[name]
    return rows.switches[switch] if wanted == "True" else not_(rows.switches[switch])


def _sort_columns(rows: RowList[Any], order: Order) -> tuple[ColumnElement[Any], ...]:
    named = {**rows.table.c, **rows.sorted_by}
    return tuple(named[key.column] for key in order.keys)
