"""Records that are made of rows and documents by the hundred, and how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import asyncpg

    Document = Mapping[str, Any]

R = TypeVar("R")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def row_record(cls: type[R]) -> type[R]:
    """A frozen, keyword-only, slotted record, as the type checker sees it.

    At run time it is a slotted record without the freezing: that sets each attribute through a function, and makes a
    record of twenty fields cost more than fetching its row. It also serves what is made anew for each request.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one attribute of a record is made of: these fields of a document, dotted paths among them.

    Without `read` the record parses it itself, out of the document that it holds.
    """

    fields: tuple[str, ...]
    read: Callable[[Document], Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Generic[R]):
    """Which fields of documents to ask for, and how a record with some of its attributes is made of them.

    Decoding a whole document takes several times as long as all that is done with it. An attribute that was not asked
    for is not there: whoever reads it gets an AttributeError, never a wrong null.
    """

    record: type[R]
    fields: tuple[str, ...]
    attributes: tuple[tuple[str, Callable[[Document], Any]], ...]

    def record_of(self, document: Document) -> R:
        """The record of a document that has at least these fields."""
        record = object.__new__(self.record)
        for name, read in self.attributes:
            setattr(record, name, read(document))
        return record

    def joined(self, other: Projection[R]) -> Projection[R]:
        """What either of two projections asks for."""
        return Projection(
            record=self.record,
            fields=distinct_fields((*self.fields, *other.fields)),
            attributes=tuple(dict([*self.attributes, *other.attributes]).items()),
        )


def project(record: type[R], parts: Mapping[str, Part], attributes: Iterable[str]) -> Projection[R]:
    """The projection to some attributes of a record; `parts` says what each of them is made of."""
    wanted = {name: parts[name] for name in attributes}
    return Projection(
        record=record,
        fields=distinct_fields(field for part in wanted.values() for field in part.fields),
        attributes=tuple((name, part.read) for name, part in wanted.items() if part.read is not None),
    )


def distinct_fields(fields: Iterable[str]) -> tuple[str, ...]:
    """The fields without repetitions, nor what is inside another one: MongoDB refuses to project both."""
    wanted = dict.fromkeys(fields)
    return tuple(field for field in wanted if not any(outer in wanted for outer in _outer_fields(field)))


def _outer_fields(field: str) -> list[str]:
    steps = field.split(".")
    return [".".join(steps[:length]) for length in range(1, len(steps))]
