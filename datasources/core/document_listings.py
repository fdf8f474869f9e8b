"""Lists of a collection's documents by what they belong to: in windows and counted, for many parents at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from datasources.core.document_paging import keyset_match, keyset_sort
from datasources.core.paging import counts_by_filter, pages_by_slice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Order, Page, Slice, Window
    from datasources.core.records import Projection

P = TypeVar("P")
F = TypeVar("F")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentList(Generic[P, F, R]):
    """How the documents of a collection are listed by their parents, such as reviews by product.

    A document names its parent in `field`: `stored` gives the names of parents, without those that no document can
    have, and `parent` reads one. `conditions` is what a filter stands for. A window costs no more than itself if there
    is an index on the field, the conditions' equalities and the order's columns.
    """

    collection: str
    field: str
    stored: Callable[[Sequence[P]], Sequence[Any]]
    parent: Callable[[Any], P]
    conditions: Callable[[DocumentDatabase, F], Awaitable[Document]]
    order: Order
    fields: Sequence[str]
    record: Callable[[Document], R]

    def projected(self, projection: Projection[R]) -> DocumentList[P, F, R]:
        """The same list of records with less in them; what it is sorted by must be there."""
        return replace(self, fields=projection.fields, record=projection.record_of)


async def pages_by_parent(
    database: DocumentDatabase, documents: DocumentList[P, F, R], slices: Sequence[Slice[P, F]]
) -> dict[Slice[P, F], Page[R]]:
    """Windows of many parents' lists, by one call for each filter and window.

    Raises:
        InvalidCursor: a cursor is not of this list.
        ServiceUnavailable: the database is down.
    """

    async def fetch(parents: Sequence[P], wanted: F, window: Window) -> Mapping[P, Sequence[R]]:
        pipeline = windows(documents, parents, await documents.conditions(database, wanted), window)
        groups = await database.aggregate(None, pipeline)
        return {documents.parent(group["_id"]): [*map(documents.record, group["found"])] for group in groups}

    return await pages_by_slice(slices, documents.order, fetch)


async def counts_by_parent(
    database: DocumentDatabase, documents: DocumentList[P, F, Any], keys: Sequence[tuple[P, F]]
) -> dict[tuple[P, F], int]:
    """The lengths of many parents' lists, by one call for each filter.

    Raises:
        ServiceUnavailable: the database is down.
    """

    async def count(parents: Sequence[P], wanted: F) -> Mapping[P, int]:
        conditions = await documents.conditions(database, wanted)
        groups = await database.aggregate(documents.collection, counts(documents, parents, conditions))
        return {documents.parent(group["_id"]): group["count"] for group in groups}

    return await counts_by_filter(keys, count)


def windows(
    documents: DocumentList[P, Any, Any],
    parents: Sequence[P],
    conditions: Mapping[str, Any],
    window: Window,
) -> list[Document]:
    """The pipeline of the same window of each parent's list: a document `{_id: parent, found: [...]}` per parent.

    Raises:
        InvalidCursor: the window's cursor is not of this list.
    """
    within: list[Document] = [
        {"$match": {"$and": [conditions, keyset_match(documents.order, window)]}},
        {"$sort": dict(keyset_sort(documents.order, window))},
        {"$limit": window.size + 1},
        {"$project": dict.fromkeys(documents.fields, 1)},
    ]
    return [
        {"$documents": [{"_id": parent} for parent in documents.stored(parents)]},
        {
            "$lookup": {
                "from": documents.collection,
                "localField": "_id",
                "foreignField": documents.field,
                "as": "found",
                "pipeline": within,
            }
        },
    ]


def counts(
    documents: DocumentList[P, Any, Any], parents: Sequence[P], conditions: Mapping[str, Any]
) -> list[Document]:
    """The pipeline of the lengths of parents' lists: a document `{_id: parent, count}` per parent with any."""
    of_parents = {documents.field: {"$in": documents.stored(parents)}}
    return [
        {"$match": {"$and": [of_parents, conditions]}},
        # A document may belong to several parents, and not all of them are asked for.
        {"$unwind": f"${documents.field}"},
        {"$match": of_parents},
        {"$group": {"_id": f"${documents.field}", "count": {"$sum": 1}}},
    ]
