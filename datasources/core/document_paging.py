"""Keyset paging of MongoDB lists: what a window matches and how it is sorted."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bson.objectid import ObjectId
from pymongo import ASCENDING, DESCENDING

from datasources.core.document_values import exact
from datasources.core.paging import parse_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.core.paging import Order, Window


def keyset_match(order: Order, wanted: Window) -> dict[str, Any]:
    """The condition of what comes after the window's cursor; everything where it has none.

    A column is a field's dotted path. Join it to a filter by `$and`: both may speak of the same field.

    Raises:
        InvalidCursor: the cursor is not of this order.
    """
    branches = _branches(order, wanted)
    if len(branches) < 2:  # noqa: PLR2004  # nothing to join
        return branches[0] if branches else {}
    # Implied by the branches. Without it the planner may read a `$lookup`'s whole list up to the cursor.
    first, limit = next(iter(branches[0].items()))
    bound = {f"{compare}e": value for compare, value in limit.items()}
    return {first: bound, "$or": branches}


def keyset_filter(conditions: Mapping[str, Any], order: Order, wanted: Window) -> dict[str, Any]:
    """What meets the conditions and comes after the window's cursor, for a `find` of its own.

    The planner then merges one exact index scan per sort key, so that a thousand equal values cost nothing. Inside
    `$lookup` it does not: join `keyset_match` there.

    Raises:
        InvalidCursor: the cursor is not of this order.
    """
    branches = _branches(order, wanted)
    if not branches:
        return dict(conditions)
    return {"$or": [{"$and": [conditions, branch]} for branch in branches]}


def keyset_sort(order: Order, wanted: Window) -> list[tuple[str, int]]:
    """The sort of a window, in the direction of travel."""
    direction = DESCENDING if order.descending != wanted.backwards else ASCENDING
    return [(key.column, direction) for key in order.keys]


def parse_object_id(value: Any) -> ObjectId:
    """A cursor's ObjectId."""
    if not ObjectId.is_valid(parse_text(value)):
        raise ValueError
    return ObjectId(value)


def parse_float(value: Any) -> float:
    """A cursor's measure, such as an average or a text score; never money."""
    number = float(parse_text(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def _branches(order: Order, wanted: Window) -> list[dict[str, Any]]:
    """One condition per sort key: equal in those before it, beyond in it."""
    if wanted.cursor is None:
        return []
    compare = "$lt" if order.descending != wanted.backwards else "$gt"
    fields = [key.column for key in order.keys]
    values = [_stored(value) for value in order.position(wanted.cursor)]
    return [
        {**dict(zip(fields[:depth], values[:depth], strict=True)), fields[depth]: {compare: values[depth]}}
        for depth in range(len(fields))
    ]


def _stored(value: Any) -> Any:
    return exact(value) if isinstance(value, Decimal) else value
