"""Writes many rows or documents at once, and tells which of them are already there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    import asyncpg
    from sqlalchemy import Table

    from datasources.core.documents import Document, DocumentDatabase

    Connection = asyncpg.Connection[asyncpg.Record]


async def ids_present(connection: Connection, table: Table, ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that the table has a row for."""
    found = await connection.fetch(
        f"SELECT id FROM {table.name} WHERE id = ANY($1::uuid[])",  # noqa: S608  # the name of a table of ours
        list(ids),
    )
    return {row["id"] for row in found}


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
