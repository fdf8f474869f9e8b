"""One service's MongoDB database: whole-list reads that name the service when it is down."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure

from datasources.core.calls import note_call
from datasources.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from motor.motor_asyncio import AsyncIOMotorDatabase

    Document = dict[str, Any]

# One batch holds a whole page: the server's default of 101 documents would cost a second round trip.
BATCH_SIZE = 10_000

# Codes of a server that is stepping down or shutting down: NotWritablePrimary, InterruptedAtShutdown,
# InterruptedDueToReplStateChange, ShutdownInProgress, PrimarySteppedDown.
_LEAVING = frozenset({10107, 11600, 11602, 91, 189})


class DocumentDatabase:
    """A service's MongoDB database; nothing connects before the first call."""

    def __init__(self, service: str, database: AsyncIOMotorDatabase[Document]) -> None:
        """Hold the database that the connections opened for this service."""
        self.service = service
        self.database = database

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        *,
        fields: Sequence[str] | None = None,
        sort: Sequence[tuple[str, Any]] = (),
        limit: int = 0,
    ) -> list[Document]:
        """Every document that matches, in one round trip.

        Raises:
            ServiceUnavailable: the database cannot be reached.
        """
        note_call(self.service, f"find {collection}")
        with self.unavailable_when_unreachable():
            cursor = self.database[collection].find(where, fields, limit=limit, batch_size=BATCH_SIZE)
            if sort:
                cursor = cursor.sort(sort)
            return await cursor.to_list(None)

    async def aggregate(
        self, collection: str | None, pipeline: Sequence[Mapping[str, Any]]
    ) -> list[Document]:
        """The documents that a pipeline gives, in one round trip; without a collection it starts with `$documents`.

        Raises:
            ServiceUnavailable: the database cannot be reached.
        """
        note_call(self.service, f"aggregate {collection or ''}".rstrip())
        source = self.database if collection is None else self.database[collection]
        with self.unavailable_when_unreachable():
            return await source.aggregate(pipeline, batchSize=BATCH_SIZE).to_list(None)

    @contextmanager
    def unavailable_when_unreachable(self) -> Iterator[None]:
        """Raise ServiceUnavailable for whatever the driver raises when the server is gone."""
        try:
            yield
        except (ConnectionFailure, ExecutionTimeout) as error:
            raise ServiceUnavailable(self.service) from error
        except OperationFailure as error:
            if error.code in _LEAVING:
                raise ServiceUnavailable(self.service) from error
            raise
