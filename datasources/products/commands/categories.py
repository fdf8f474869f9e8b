"""The category tree: adds, changes, moves and removes its nodes; the paths of all that stands below follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson.objectid import ObjectId

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import object_id_or_none
from datasources.products.catalogue_errors import CategoryCycle, CategoryInUse, UnknownCategory
from datasources.products.commands.holding import changes_between, check_version, taken_named
from datasources.products.commands.journal import CATEGORY, tell
from datasources.products.conversions import category_of
from datasources.products.documents import CATEGORIES, PRODUCTS
from datasources.products.product_readings import read_seo
from datasources.products.readings import (
    Problems,
    Reader,
    flag,
    key,
    optional,
    optional_text,
    read_fields,
    slug,
    slug_of,
    text,
    web_address,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.records import Category

# What an existing category may be given; where it stands is `move_category`'s.
CATEGORY_FIELDS: Final[dict[str, Reader]] = {
    "name": text(200),
    "slug": slug,
    "description": optional_text(20_000, lines=True),
    "image": optional(web_address),
    "icon": optional_text(500),
    "order": whole,
    "is_active": flag,
    "seo": read_seo,
}
_NEW: Final[dict[str, Reader]] = {**CATEGORY_FIELDS, "parent_id": optional(key)}

# Longer than any path: what follows a place in an array is asked for by a length.
_ALL: Final = 1_000


async def create_category(
    database: DocumentDatabase, *, given: Mapping[str, Any], actor_id: UUID | None, now: datetime
) -> Category:
    """Add a category at the top of the tree, or below the one with the id `parent_id`.

    Without a slug it gets one of its name, after its parent's where another category has that.

    Raises:
        InvalidValues: some of the values cannot be taken.
        SlugTaken: another category has the slug.
        UnknownCategory: there is no such parent.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(given), _NEW, required=frozenset({"name"}))
    problems.check()
    parent_id = read.pop("parent_id", None)

    async def create(transaction: DocumentTransaction) -> Category:
        path = [] if parent_id is None else await _path_below(transaction, parent_id)
        document = {
            "_id": ObjectId(),
            "description": None,
            "order": 0,
            "is_active": True,
            **_stored(read),
            "slug": read.get("slug") or await _free_slug(transaction, read["name"], path),
            "parent_id": path[-1] if path else None,
            "level": len(path),
            "path": path,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        await transaction.insert(CATEGORIES, document)
        await _tell(transaction, "CategoryCreated", document, actor_id, now)
        return category_of(document)

    with taken_named():
        return await in_transaction(database, create)


async def update_category(
    database: DocumentDatabase,
    *,
    category_id: str,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Category:
    """Change what is given of a category, but not where it stands.

    Raises:
        InvalidValues: some of the values cannot be taken.
        UnknownCategory: there is none.
        VersionConflict: the category is not at this version any more.
        SlugTaken: another category has the slug.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(changes), CATEGORY_FIELDS)
    problems.check()

    async def update(transaction: DocumentTransaction) -> Category:
        before = await _find(transaction, category_id, version)
        after = {**before, **_stored(read)}
        after["slug"] = after["slug"] or slug_of(after["name"])
        changed = changes_between(before, after)
        if not changed:
            return category_of(before)
        saved = await _save(transaction, before, changed, now)
        await _tell(transaction, "CategoryUpdated", saved, actor_id, now, changed=sorted(changed))
        return category_of(saved)

    with taken_named():
        return await in_transaction(database, update)


async def move_category(
    database: DocumentDatabase,
    *,
    category_id: str,
    parent_id: str | None,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Category:
    """Put a category, and all below it, below another one or at the top of the tree. Its products move with it.

    Every category and product below it is written in the same transaction. Of two moves that would make a circle only
    together one is done again, since each writes what the other stands below.

    Raises:
        UnknownCategory: there is none, or no such parent.
        CategoryCycle: the parent is the category itself, or stands below it.
        VersionConflict: the category is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    async def move(transaction: DocumentTransaction) -> Category:
        before = await _find(transaction, category_id, version)
        path = [] if parent_id is None else await _path_below(transaction, parent_id)
        if before["_id"] in path:
            raise CategoryCycle(category_id)
        if path == before["path"]:
            return category_of(before)
        place = {"parent_id": path[-1] if path else None, "path": path, "level": len(path)}
        saved = await _save(transaction, before, place, now)
        old_level = before["level"]
        below = await transaction.update_all(
            CATEGORIES,
            {"path": before["_id"]},
            [
                {"$set": {"path": _replanted("$path", path, old_level), "updated_at": now}},
                {"$set": {"level": {"$size": "$path"}, "version": {"$add": ["$version", 1]}}},
            ],
        )
        # Not the products' versions: nothing that staff edit of a product has changed.
        products = await transaction.update_all(
            PRODUCTS,
            {"category_path": before["_id"]},
            [{"$set": {"category_path": _replanted("$category_path", path, old_level)}}],
        )
        await _tell(
            transaction,
            "CategoryMoved",
            saved,
            actor_id,
            now,
            parent_id=parent_id,
            categories_below=below,
            products=products,
        )
        return category_of(saved)

    return await in_transaction(database, move)


async def delete_category(
    database: DocumentDatabase,
    *,
    category_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Category:
    """Remove an empty category, and give it back as it was.

    Raises:
        UnknownCategory: there is none.
        CategoryInUse: categories or products, on sale or not, are in it.
        VersionConflict: the category is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    async def delete(transaction: DocumentTransaction) -> Category:
        before = await _find(transaction, category_id, version)
        children = await transaction.find(CATEGORIES, {"parent_id": before["_id"]}, fields=("_id",))
        counted = await transaction.aggregate(
            PRODUCTS, [{"$match": {"category_id": before["_id"]}}, {"$count": "count"}]
        )
        products = counted[0]["count"] if counted else 0
        if children or products:
            raise CategoryInUse(children=len(children), products=products)
        await transaction.delete(CATEGORIES, {"_id": before["_id"]})
        gone = {**before, "version": before["version"] + 1}
        await _tell(transaction, "CategoryDeleted", gone, actor_id, now)
        return category_of(before)

    return await in_transaction(database, delete)


async def _find(transaction: DocumentTransaction, category_id: str, version: int | None) -> Document:
    document = await transaction.find_one(CATEGORIES, {"_id": object_id_or_none(category_id)})
    if document is None:
        raise UnknownCategory(category_id)
    check_version(document, version)
    return document


async def _path_below(transaction: DocumentTransaction, parent_id: str) -> list[ObjectId]:
    """The path of a child of this category, which can neither go nor move meanwhile."""
    parent = await transaction.update(
        CATEGORIES,
        {"_id": object_id_or_none(parent_id)},
        {"$inc": {"placements": 1}},
        fields=("path",),
    )
    if parent is None:
        raise UnknownCategory(parent_id)
    return [*parent["path"], parent["_id"]]


async def _free_slug(transaction: DocumentTransaction, name: str, path: list[ObjectId]) -> str:
    """A slug made of the name: categories below different ones may well be called the same."""
    short = slug_of(name)
    taken = await transaction.find_one(CATEGORIES, {"slug": short}, fields=("_id",))
    if taken is None or not path:
        return short
    parent = await transaction.find_one(CATEGORIES, {"_id": path[-1]}, fields=("slug",))
    return short if parent is None else f"{parent['slug']}-{short}"


async def _save(
    transaction: DocumentTransaction, before: Document, changes: Mapping[str, Any], now: datetime
) -> Document:
    saved = {**changes, "updated_at": now, "version": before["version"] + 1}
    await transaction.update(CATEGORIES, {"_id": before["_id"]}, {"$set": saved}, fields=("_id",))
    return {**before, **saved}


async def _tell(
    transaction: DocumentTransaction,
    event: str,
    category: Document,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> None:
    await tell(
        transaction,
        event,
        of=CATEGORY,
        key=str(category["_id"]),
        version=category["version"],
        actor_id=actor_id,
        now=now,
        **data,
    )


def _replanted(field: str, path: list[ObjectId], old_level: int) -> Document:
    """A path with other ancestors: the new ones, and what of the old path begins with the moved category."""
    return {"$concatArrays": [path, {"$slice": [field, old_level, _ALL]}]}


def _stored(read: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the document keeps them."""
    found = read.get("seo")
    seo = {"seo": found | {"meta_keywords": [*found.get("meta_keywords", ())]}} if found else {}
    return {**read, **seo}
