"""Brings every service's database to the newest schema, and tells how far each one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.collections import collections_state, ensure_collections
from datasources.core.errors import ServiceUnavailable
from datasources.core.migrations import current_revision, head_revision, migrate
from datasources.notifications import documents as notification_documents
from datasources.products import documents as product_documents
from datasources.products.vocabulary import complete_search_fields
from gateway.failures import DatabaseRefused, refusals_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasources.core.collections import CollectionSpec
    from datasources.core.connections import Connections
    from datasources.core.documents import DocumentDatabase

COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """Whether one database's schema is the one that this program needs, in words and as a fact."""

    database: str
    current: bool
    description: str


async def prepare_storage(connections: Connections, *, report: Callable[[str], None]) -> None:
    """Migrate the PostgreSQL databases and complete the MongoDB collections; safe to run at the same time twice.

    `report` gets one line per change, one for each PostgreSQL database without any, and one for each MongoDB database
    once it is complete.

    Raises:
        DatasourceError: a database is down, or newer than this program; what came before it has been done.
        DatabaseRefused: a database is there and refuses, for example since the password is wrong.
    """
    for database in connections.sql():
        with refusals_named(database.service):
            await migrate(database.url, service=database.service, report=report)
    for documents, specs in _collections(connections):
        with refusals_named(documents.service), documents.unavailable_when_unreachable():
            await ensure_collections(documents.database, specs, report=report)
            await _complete(documents, report=report)
        report(f"{documents.service}: {COMPLETE}")


async def schema_states(connections: Connections) -> tuple[SchemaState, ...]:
    """How far each database is that can be reached and asked."""
    states = []
    for database in connections.sql():
        try:
            with refusals_named(database.service):
                revision = await current_revision(database.url, service=database.service)
        except (ServiceUnavailable, DatabaseRefused):
            continue
        head = head_revision(database.service)
        description = f"at {revision or 'nothing'}" + ("" if revision == head else f", needs {head}")
        states.append(
            SchemaState(database=database.service, current=revision == head, description=description)
        )
    for documents, specs in _collections(connections):
        try:
            with refusals_named(documents.service), documents.unavailable_when_unreachable():
                found = await collections_state(documents.database, specs)
        except (ServiceUnavailable, DatabaseRefused):
            continue
        description = COMPLETE if found.complete else "collections or indexes are missing or differ"
        states.append(
            SchemaState(database=documents.service, current=found.complete, description=description)
        )
    return tuple(states)


async def _complete(documents: DocumentDatabase, *, report: Callable[[str], None]) -> None:
    """Give older documents what this program needs of them."""
    if documents.service == "products":
        completed = await complete_search_fields(documents)
        if completed:
            report(f"{documents.database.name}.products: made {completed} searchable")


def _collections(
    connections: Connections,
) -> tuple[tuple[DocumentDatabase, tuple[CollectionSpec, ...]], ...]:
    return (
        (connections.products, product_documents.COLLECTIONS),
        (connections.notifications, notification_documents.COLLECTIONS),
    )
