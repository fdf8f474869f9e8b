"""Writes many rows or documents at once, and tells which of them are already there."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    import asyncpg
    from sqlalchemy import Table

    from datasources.core.documents import Document, DocumentDatabase

    Connection = asyncpg.Connection[asyncpg.Record]

T = TypeVar("T")


async def those_missing(
    connection: Connection, table: Table, things: Sequence[T], key: Callable[[T], UUID]
) -> list[T]:
    """The things that the table has no row for, under the id that `key` gives."""
    found = await connection.fetch(
        f"SELECT id FROM {table.name} WHERE id = ANY($1::uuid[])",  # noqa: S608  # the name of a table of ours
        [key(thing) for thing in things],
    )
    present = {row["id"] for row in found}
    return [thing for thing in things if key(thing) not in present]


async def copy_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add the rows whose `id` the table does not have, in one transaction; tell how many they were.

    Raises:
        asyncpg.UniqueViolationError: another unique column is taken; then none is written.
    """
    async with connection.transaction():
        missing = await those_missing(connection, table, rows, itemgetter("id"))
        await copy_rows(connection, table, missing)
    return len(missing)


async def copy_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Append rows by COPY: every row has the same columns, named as in the table.

    Raises:
        asyncpg.UniqueViolationError: one of them is already there; then none is written.
    """
    if rows:
        columns = list(rows[0])
        await connection.copy_records_to_table(
            table.name, records=[tuple(map(row.__getitem__, columns)) for row in rows], columns=columns
        )


async def insert_missing(database: DocumentDatabase, collection: str, documents: Sequence[Document]) -> int:
    """Insert the documents whose `_id` the collection does not have, in one batch; tell how many they were.

    Raises:
        pymongo.errors.BulkWriteError: another unique field is taken, or a document breaks the validator.
        ServiceUnavailable: the database cannot be reached.
    """
    if not documents:
        return 0
    ids = [document["_id"] for document in documents]
    found = await database.find(collection, {"_id": {"$in": ids}}, fields=["_id"])
    present = {document["_id"] for document in found}
    missing = [document for document in documents if document["_id"] not in present]
    if missing:
        with database.unavailable_when_unreachable():
            await database.database[collection].insert_many(missing, ordered=False)
    return len(missing)
