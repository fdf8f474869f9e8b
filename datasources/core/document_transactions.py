"""Transactions of a MongoDB database: all of a command's changes or none, and again from the start after a conflict."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from bson.timestamp import Timestamp
from pymongo import ReturnDocument
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from datasources.core.calls import note_call
from datasources.core.documents import BATCH_SIZE
from datasources.core.errors import ServiceUnavailable
from datasources.core.event_documents import DOMAIN_EVENTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from motor.motor_asyncio import AsyncIOMotorClientSession

    from datasources.core.documents import Document, DocumentDatabase

    Change = Mapping[str, Any] | Sequence[Mapping[str, Any]]
    """The driver's words for a change: operators, or a pipeline."""

R = TypeVar("R")

# Of two transactions that write the same document the server lets one go on and ends the other at once. So the loser
# waits a little, longer each time and seldom as long as the others that lost, which lets hundreds through in turn.
SHORTEST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1
MOST_SECONDS = 20.0

_SNAPSHOT = ReadConcern("snapshot")
_MAJORITY = WriteConcern("majority")


class DocumentTransaction:
    """One transaction under way. What it reads is of one moment; what it writes, others see when it is over.

    Whoever writes a document that another transaction has changed since that moment is sent back to the beginning, so
    that reading a document and writing it holds it. A document that is only read is not held, and neither is one whose
    values a write leaves as they are.
    """

    def __init__(self, database: DocumentDatabase, session: AsyncIOMotorClientSession) -> None:
        """Work in this session, whose transaction has begun."""
        self._service = database.service
        self._database = database.database
        self._session = session

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        *,
        fields: Sequence[str] | None = None,
        limit: int = 0,
    ) -> list[Document]:
        """Every document that matches."""
        self._note("find", collection)
        cursor = self._database[collection].find(
            where, fields, limit=limit, batch_size=BATCH_SIZE, session=self._session
        )
        return await cursor.to_list(None)

    async def find_one(
        self, collection: str, where: Mapping[str, Any], *, fields: Sequence[str] | None = None
    ) -> Document | None:
        """A document that matches, if there is one."""
        found = await self.find(collection, where, fields=fields, limit=1)
        return found[0] if found else None

    async def aggregate(self, collection: str, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """The documents that a pipeline gives."""
        self._note("aggregate", collection)
        cursor = self._database[collection].aggregate(pipeline, batchSize=BATCH_SIZE, session=self._session)
        return await cursor.to_list(None)

    async def insert(self, collection: str, *documents: Document) -> None:
        """Add documents.

        Raises:
            pymongo.errors.BulkWriteError: a unique value is taken, or a document breaks the validator.
        """
        if documents:
            self._note("insert", collection)
            await self._database[collection].insert_many(documents, session=self._session)

    async def update(
        self,
        collection: str,
        where: Mapping[str, Any],
        change: Change,
        *,
        fields: Sequence[str] | None = None,
    ) -> Document | None:
        """Change a document that matches; give it, or these fields of it, as it is then, or None where none matched.

        Raises:
            pymongo.errors.DuplicateKeyError: a unique value is taken.
        """
        self._note("update", collection)
        changed: Document | None = await self._database[collection].find_one_and_update(
            where,
            change,
            projection=fields,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        return changed

    async def update_all(self, collection: str, where: Mapping[str, Any], change: Change) -> int:
        """Change every document that matches; tell how many did."""
        self._note("update", collection)
        result = await self._database[collection].update_many(where, change, session=self._session)
        return result.matched_count

    async def delete(self, collection: str, where: Mapping[str, Any]) -> int:
        """Remove every document that matches; tell how many did."""
        self._note("delete", collection)
        result = await self._database[collection].delete_many(where, session=self._session)
        return result.deleted_count

    async def tell(
        self,
        event: str,
        *,
        aggregate: tuple[str, object],
        version: int,
        now: datetime,
        **data: Any,
    ) -> None:
        """Add an event to the outbox. `aggregate` is what it is about, such as ("Product", its id); `version` is the
        aggregate's after the change. Like that of the SQL outboxes, `data` holds what JSON can.
        """
        kind, key = aggregate
        event_document = outbox_document(event, of=kind, key=str(key), version=version, now=now, data=data)
        await self.insert(DOMAIN_EVENTS, event_document)

    def _note(self, command: str, collection: str) -> None:
        note_call(self._service, f"{command} {collection}")


def outbox_document(
    event: str, *, of: str, key: str, version: int, now: datetime, data: Mapping[str, Any]
) -> Document:
    """The outbox's document of an event. The server puts the order of relay in place of the empty `sequence`."""
    return {
        "_id": uuid4(),
        "sequence": Timestamp(0, 0),
        "aggregate_id": key,
        "aggregate_type": of,
        "event_type": event,
        "event_data": dict(data),
        "version": version,
        "occurred_at": now,
        "processed": False,
        "processed_at": None,
        "attempts": 0,
        "last_error": None,
    }


async def in_transaction(
    database: DocumentDatabase, work: Callable[[DocumentTransaction], Awaitable[R]]
) -> R:
    """Do the work in one transaction, and give what it gives: committed when it returns, undone when it raises.

    The work is done again, from the start, where another transaction was faster: it may change nothing but documents.

    Raises:
        ServiceUnavailable: the database is down, or others write the same documents without end.
    """
    clock = asyncio.get_running_loop().time
    ends, pause = clock() + MOST_SECONDS, SHORTEST_PAUSE_SECONDS
    with database.unavailable_when_unreachable():
        async with await database.database.client.start_session() as session:
            while True:
                try:
                    async with session.start_transaction(read_concern=_SNAPSHOT, write_concern=_MAJORITY):
                        return await work(DocumentTransaction(database, session))
                except PyMongoError as error:
                    if not _is_conflict(error):
                        raise
                    if clock() > ends:
                        raise ServiceUnavailable(database.service) from error
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  # to keep losers apart
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)


def _is_conflict(error: PyMongoError) -> bool:
    # The driver calls a server that is gone transient, too, and would ask for it anew for two minutes.
    return error.has_error_label("TransientTransactionError") and not isinstance(error, ConnectionFailure)
