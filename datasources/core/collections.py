"""Brings a MongoDB database's collections, validators and indexes to what is declared, and tells what is missing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from motor.motor_asyncio import AsyncIOMotorDatabase
    from pymongo import IndexModel

    Document = dict[str, Any]

# The server's error codes (src/mongo/base/error_codes.yml).
_NAMESPACE_EXISTS = 48
_INDEX_CONFLICTS = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict
# What two replicas that start at once may run into, and what passes: WriteConflict, ConflictingOperationInProgress,
# IndexBuildAborted, IndexBuildAlreadyInProgress, BackgroundOperationInProgressForNamespace.
_BUSY = frozenset({112, 117, 276, 285, 12587})

# About half a minute in all: longer than another replica needs for anything but an index over a large collection.
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 6.4, 6.4)

# The options that change what an index means; the rest (`v`, `background`, ...) is how the server keeps it.
_INDEX_OPTIONS = ("unique", "sparse", "partialFilterExpression", "expireAfterSeconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSpec:
    """One collection as it must be: what its documents may hold, and how they are found."""

    name: str
    validator: dict[str, Any]
    indexes: tuple[IndexModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionsState:
    """How a database differs from what is declared; indexes are pairs of collection and index name.

    The indexes of a missing collection are not listed again.
    """

    missing_collections: tuple[str, ...]
    different_validators: tuple[str, ...]
    missing_indexes: tuple[tuple[str, str], ...]
    different_indexes: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing differs."""
        return not (
            self.missing_collections
            or self.different_validators
            or self.missing_indexes
            or self.different_indexes
        )


class IndexConflict(DatasourceError):
    """An index of this name or with these keys exists with another definition.

    Nothing drops it by itself: replicas of two releases would rebuild it in turns. Declare the new index under another
    name, and drop the old one when no release needs it.
    """

    def __init__(self, collection: str, detail: str) -> None:
        super().__init__(f"An index of {collection} is defined otherwise in the database: {detail}")
        self.collection = collection
        self.detail = detail


async def ensure_collections(
    database: AsyncIOMotorDatabase[Document],
    specs: Sequence[CollectionSpec],
    *,
    report: Callable[[str], None] = lambda _line: None,
) -> None:
    """Create what is missing and replace validators that differ; what is there already costs one look.

    Replicas may do this at once. Documents, and collections and indexes that are not declared, are left alone.
    `report` is told in one line of each thing that is done.

    Raises:
        IndexConflict: an index exists with another definition.
        pymongo.errors.OperationFailure: the server refuses, for example since documents break a new unique index.
    """
    options = await _options_by_name(database, specs)
    for spec in specs:
        found = options.get(spec.name)
        if found is None:
            found = await _create(database, spec, report)
        if not _is_validated_by(spec, found):
            await _patiently(database, {"collMod": spec.name, **_validation(spec)})
            report(f"{database.name}.{spec.name}: replaced the validator")
        await _ensure_indexes(database, spec, report)


async def collections_state(
    database: AsyncIOMotorDatabase[Document], specs: Sequence[CollectionSpec]
) -> CollectionsState:
    """What `ensure_collections` would do, without doing it."""
    options = await _options_by_name(database, specs)
    missing_indexes: list[tuple[str, str]] = []
    different_indexes: list[tuple[str, str]] = []
    for spec in specs:
        if spec.name not in options:
            continue
        found = {index["name"]: index for index in await _indexes(database, spec.name)}
        for declared in (model.document for model in spec.indexes):
            name = declared["name"]
            if name not in found:
                missing_indexes.append((spec.name, name))
            elif _meaning(declared) != _meaning(found[name]):
                different_indexes.append((spec.name, name))
    return CollectionsState(
        missing_collections=tuple(spec.name for spec in specs if spec.name not in options),
        different_validators=tuple(
            spec.name
            for spec in specs
            if spec.name in options and not _is_validated_by(spec, options[spec.name])
        ),
        missing_indexes=tuple(missing_indexes),
        different_indexes=tuple(different_indexes),
    )


async def _create(
    database: AsyncIOMotorDatabase[Document], spec: CollectionSpec, report: Callable[[str], None]
) -> Document:
    """Create the collection unless another replica is faster; give the options it then has."""
    try:
        await _patiently(database, {"create": spec.name, **_validation(spec)})
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
        return (await _options_by_name(database, [spec])).get(spec.name, {})
    report(f"{database.name}.{spec.name}: created")
    return _validation(spec)


async def _ensure_indexes(
    database: AsyncIOMotorDatabase[Document], spec: CollectionSpec, report: Callable[[str], None]
) -> None:
    """Ask for every index, every time: the server skips those it has and waits for those another replica builds."""
    if not spec.indexes:
        return
    command = {"createIndexes": spec.name, "indexes": [model.document for model in spec.indexes]}
    try:
        reply = await _patiently(database, command)
    except OperationFailure as error:
        if error.code in _INDEX_CONFLICTS:
            raise IndexConflict(spec.name, str((error.details or {}).get("errmsg", error))) from error
        raise
    built = reply["numIndexesAfter"] - reply["numIndexesBefore"]
    if built:
        report(f"{database.name}.{spec.name}: built {built} {'index' if built == 1 else 'indexes'}")


async def _patiently(database: AsyncIOMotorDatabase[Document], command: Document) -> Document:
    """Run a command again while another replica's change to the same collection stands in its way."""
    for pause in _PAUSES:
        try:
            return await database.command(command)
        except OperationFailure as error:
            if error.code not in _BUSY:
                raise
        await asyncio.sleep(pause)
    return await database.command(command)


async def _options_by_name(
    database: AsyncIOMotorDatabase[Document], specs: Sequence[CollectionSpec]
) -> dict[str, Document]:
    # Plain commands rather than the driver's cursors: one batch holds the whole answer.
    reply = await database.command(
        {
            "listCollections": 1,
            "filter": {"name": {"$in": [spec.name for spec in specs]}},
            "cursor": {"batchSize": len(specs) + 1},
        }
    )
    return {found["name"]: found.get("options", {}) for found in reply["cursor"]["firstBatch"]}


async def _indexes(database: AsyncIOMotorDatabase[Document], collection: str) -> list[Document]:
    most_indexes = 64  # the server's limit per collection
    reply = await database.command({"listIndexes": collection, "cursor": {"batchSize": most_indexes + 1}})
    indexes: list[Document] = reply["cursor"]["firstBatch"]
    return indexes


def _validation(spec: CollectionSpec) -> Document:
    return {"validator": spec.validator, "validationLevel": "strict", "validationAction": "error"}


def _is_validated_by(spec: CollectionSpec, options: Mapping[str, Any]) -> bool:
    wanted = _validation(spec)
    return {name: options.get(name) for name in wanted} == wanted


def _meaning(index: Mapping[str, Any]) -> Document:
    """What an index does, the same for a declared one and for the server's own description of it."""
    options = {name: index[name] for name in _INDEX_OPTIONS if index.get(name)}
    text_fields = [field for field, kind in index["key"].items() if kind == "text"]
    if not text_fields:
        return {"key": list(index["key"].items()), **options}
    # The server keeps a text index as one key, with the weight of each field beside it.
    weights = dict(index.get("weights", {}))
    if text_fields != ["_fts"]:
        weights = {field: weights.get(field, 1) for field in text_fields}
    plain = [(field, kind) for field, kind in index["key"].items() if kind != "text" and field != "_ftsx"]
    return {"key": plain, "weights": weights, **options}
