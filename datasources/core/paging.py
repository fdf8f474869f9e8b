"""Keyset paging: windows of a list that stay stable while rows are inserted, and the opaque cursors between them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Integer, bindparam, tuple_

from datasources.core.errors import InvalidCursor, InvalidPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql import Select

T = TypeVar("T")
P = TypeVar("P")
F = TypeVar("F")

DEFAULT_SIZE = 20
MAXIMUM_SIZE = 100

# What no sum in any database reaches; a forged cursor may.
LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is wanted: `size` items after `cursor`, or before it when `backwards`."""

    size: int = DEFAULT_SIZE
    cursor: str | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One value that a list is sorted by: how to read it off a record and back from a cursor.

    `column` is the database's name of it. Values are never null: a null would compare with nothing and drop its row.
    """

    column: str
    parse: Callable[[Any], Any]
    value: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A list's order: its sort keys, the last of which is unique, all in one direction."""

    name: str
    keys: tuple[SortKey, ...]
    descending: bool

    def cursor(self, record: object) -> str:
        """The opaque cursor of a record in this order."""
        values = [self.name, *(_plain(key.value(record)) for key in self.keys)]
        return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")

    def empty_page(self) -> Page[Any]:
        """The page of a list that holds nothing."""
        return Page(items=(), order=self, has_next_page=False, has_previous_page=False)

    def position(self, cursor: str) -> tuple[Any, ...]:
        """The sort values that a cursor stands for.

        Raises:
            InvalidCursor: it is garbage, or another list's, or this list's in another order.
        """
        try:
            name, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if name != self.name or len(values) != len(self.keys):
                raise InvalidCursor(cursor)
            return tuple(key.parse(value) for key, value in zip(self.keys, values, strict=True))
        except (ValueError, TypeError, AttributeError, ArithmeticError, binascii.Error) as error:
            raise InvalidCursor(cursor) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One window's items in the list's order, and whether there is more on either side."""

    items: tuple[T, ...]
    order: Order
    has_next_page: bool
    has_previous_page: bool

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first item."""
        return self.order.cursor(self.items[0]) if self.items else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last item."""
        return self.order.cursor(self.items[-1]) if self.items else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[P, F]):
    """A loader's key for a paged relation: the window of one parent's list, filtered."""

    parent: P
    filter: F
    window: Window


def window(*, first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The window that the Relay arguments ask for (Relay Cursor Connections Specification).

    Raises:
        InvalidPage: both directions at once, a negative size, or more than MAXIMUM_SIZE items.
    """
    backwards = last is not None or before is not None
    if backwards and (first is not None or after is not None):
        message = "Page forwards with first and after, or backwards with last and before, not both."
        raise InvalidPage(message)
    size = last if backwards else first
    if size is None:
        size = DEFAULT_SIZE
    if not 0 <= size <= MAXIMUM_SIZE:
        message = f"Ask for 0 to {MAXIMUM_SIZE} items at a time, not {size}."
        raise InvalidPage(message)
    return Window(size=size, cursor=before if backwards else after, backwards=backwards)


def page(found: Sequence[T], wanted: Window, order: Order) -> Page[T]:
    """Make the page from what was found: at most one record more than wanted, in the direction of travel."""
    items = tuple(found[: wanted.size])
    more = len(found) > wanted.size
    started_inside = wanted.cursor is not None
    if wanted.backwards:
        return Page(items=items[::-1], order=order, has_next_page=started_inside, has_previous_page=more)
    return Page(items=items, order=order, has_next_page=more, has_previous_page=started_inside)


async def pages_by_slice(
    slices: Sequence[Slice[P, F]],
    order: Order,
    fetch: Callable[[Sequence[P], F, Window], Awaitable[Mapping[Any, Sequence[T]]]],
) -> dict[Slice[P, F], Page[T]]:
    """The pages of many parents: one fetch for all that share filter and window, which one field's always do."""
    groups: dict[tuple[F, Window], list[P]] = {}
    for key in slices:
        groups.setdefault((key.filter, key.window), []).append(key.parent)
    pages: dict[Slice[P, F], Page[T]] = {}
    for (wanted_filter, wanted), parents in groups.items():
        found = await fetch(parents, wanted_filter, wanted)
        for parent in parents:
            key = Slice(parent=parent, filter=wanted_filter, window=wanted)
            pages[key] = page(found.get(parent, ()), wanted, order)
    return pages


async def counts_by_filter(
    keys: Sequence[tuple[P, F]], count: Callable[[Sequence[P], F], Awaitable[Mapping[P, int]]]
) -> dict[tuple[P, F], int]:
    """The lengths of many parents' lists: one count for all that share a filter, which one field's always do."""
    groups: dict[F, list[P]] = {}
    for parent, wanted in keys:
        groups.setdefault(wanted, []).append(parent)
    lengths: dict[tuple[P, F], int] = {}
    for wanted, parents in groups.items():
        found = await count(parents, wanted)
        lengths.update({(parent, wanted): length for parent, length in found.items()})
    return lengths


def limit_to_window(
    statement: Select[Any], columns: Sequence[ColumnElement[Any]], order: Order, wanted: Window
) -> Select[Any]:
    """Sort and limit a SQL statement to a window; `columns` are those of the order's keys.

    The values are bound by `window_parameters`, so that the compiled statement can be kept.
    """
    descending = order.descending != wanted.backwards
    if wanted.cursor is not None:
        row = tuple_(*columns)
        start = tuple_(
            *(bindparam(f"from_{index}", type_=column.type) for index, column in enumerate(columns))
        )
        statement = statement.where(row < start if descending else row > start)
    ordered = (column.desc() if descending else column.asc() for column in columns)
    return statement.order_by(*ordered).limit(bindparam("at_most", type_=Integer))


def window_parameters(order: Order, wanted: Window) -> dict[str, Any]:
    """The values for a statement made by `limit_to_window`.

    Raises:
        InvalidCursor: the cursor is not of this order.
    """
    parameters: dict[str, Any] = {"at_most": wanted.size + 1}
    if wanted.cursor is not None:
        for index, value in enumerate(order.position(wanted.cursor)):
            parameters[f"from_{index}"] = value
    return parameters


def shape(wanted: Window) -> Window:
    """The window without its values: equal for windows that need the same SQL text."""
    return _shape(wanted.cursor is not None, wanted.backwards)


@lru_cache
def _shape(started_inside: bool, backwards: bool) -> Window:
    return Window(size=0, cursor="" if started_inside else None, backwards=backwards)


def parse_time(value: Any) -> datetime:
    """A cursor's time."""
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_text(value: Any) -> str:
    """A cursor's text, without the NUL characters that PostgreSQL refuses."""
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    return value


def parse_decimal(value: Any) -> Decimal:
    """A cursor's exact number."""
    number = Decimal(parse_text(value))
    if (
        not number.is_finite()
        or number.adjusted() > LARGEST_EXPONENT
        or len(number.as_tuple().digits) > LARGEST_EXPONENT
    ):
        raise ValueError
    return number


def parse_number(value: Any, *, most: int = 2**63 - 1) -> int:
    """A cursor's whole number, of a size that the column has: of 64 bits, or up to `most`."""
    if type(value) is not int or abs(value) > most:
        raise TypeError
    return value


def parse_uuid(value: Any) -> UUID:
    """A cursor's UUID."""
    return UUID(value)


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if not isinstance(value, int)
        else value
    )
