"""Adds, changes and removes what attributes of products mean, with the values to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson.objectid import ObjectId

from datasources.core.document_transactions import in_transaction
from datasources.core.document_values import object_id_or_none
from datasources.products.attribute_definitions import definition_of
from datasources.products.catalogue_errors import UnknownAttribute
from datasources.products.commands.holding import changes_between, check_version, taken_named
from datasources.products.commands.journal import ATTRIBUTE, tell
from datasources.products.documents import ATTRIBUTE_TYPES, PRODUCT_ATTRIBUTES
from datasources.products.readings import Problems, Reader, flag, many, one_of, read_fields, text, whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.attribute_definitions import AttributeDefinition

MOST_VALUES: Final = 500

_VALUE: Final[dict[str, Reader]] = {"value": text(200), "display_value": text(200)}


def _value(problems: Problems, value: Any, at: str) -> dict[str, Any]:
    return read_fields(problems, value, _VALUE, required=frozenset({"value"}), within=f"{at}.")


_read_values: Final = many(_value, MOST_VALUES)


def _values(problems: Problems, value: Any, at: str) -> list[dict[str, Any]]:
    """The values in their order, each once; without words for people they are shown as they are."""
    read = _read_values(problems, value, at)
    named = [item.get("value") for item in read]
    if len(named) != len(set(named)):
        problems.add(at, "DUPLICATE", "Each value may stand here once.")
    return [
        {
            "value": item.get("value", ""),
            "display_value": item.get("display_value", item.get("value", "")),
            "display_order": place,
        }
        for place, item in enumerate(read)
    ]


ATTRIBUTE_VALUES: Final[dict[str, Reader]] = {
    "name": text(100),
    "display_name": text(100),
    "attribute_type": one_of(*ATTRIBUTE_TYPES),
    "is_filterable": flag,
    "is_searchable": flag,
    "display_order": whole,
    "values": _values,
}


async def create_attribute(
    database: DocumentDatabase, *, given: Mapping[str, Any], actor_id: UUID | None, now: datetime
) -> AttributeDefinition:
    """Add an attribute under the name that products will hold.

    Raises:
        InvalidValues: some of the values cannot be taken.
        NameTaken: there is an attribute of this name.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(given), ATTRIBUTE_VALUES, required=frozenset({"name"}))
    problems.check()

    async def create(transaction: DocumentTransaction) -> AttributeDefinition:
        document = {
            "_id": ObjectId(),
            "display_name": read["name"],
            "attribute_type": "text",
            "is_filterable": False,
            "is_searchable": False,
            "display_order": 0,
            "values": [],
            **read,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        await transaction.insert(PRODUCT_ATTRIBUTES, document)
        await _tell(transaction, "ProductAttributeCreated", document, actor_id, now)
        return definition_of(document)

    with taken_named():
        return await in_transaction(database, create)


async def update_attribute(
    database: DocumentDatabase,
    *,
    attribute_id: str,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> AttributeDefinition:
    """Change what is given of an attribute; `values` replaces them all. Products keep what they hold.

    Raises:
        InvalidValues: some of the values cannot be taken.
        UnknownAttribute: there is none.
        VersionConflict: the attribute is not at this version any more.
        NameTaken: there is another attribute of this name.
        ServiceUnavailable: the product database is down.
    """
    problems = Problems()
    read = read_fields(problems, dict(changes), ATTRIBUTE_VALUES)
    problems.check()

    async def update(transaction: DocumentTransaction) -> AttributeDefinition:
        before = await _find(transaction, attribute_id, version)
        changed = changes_between(before, {**before, **read})
        if not changed:
            return definition_of(before)
        written = {**changed, "updated_at": now, "version": before.get("version", 1) + 1}
        await transaction.update(
            PRODUCT_ATTRIBUTES, {"_id": before["_id"]}, {"$set": written}, fields=("_id",)
        )
        saved = {**before, **written}
        await _tell(transaction, "ProductAttributeUpdated", saved, actor_id, now, changed=sorted(changed))
        return definition_of(saved)

    with taken_named():
        return await in_transaction(database, update)


async def delete_attribute(
    database: DocumentDatabase,
    *,
    attribute_id: str,
    version: int | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> AttributeDefinition:
    """Remove what an attribute means, and give it back as it was. Products keep what they hold.

    Raises:
        UnknownAttribute: there is none.
        VersionConflict: the attribute is not at this version any more.
        ServiceUnavailable: the product database is down.
    """

    async def delete(transaction: DocumentTransaction) -> AttributeDefinition:
        before = await _find(transaction, attribute_id, version)
        await transaction.delete(PRODUCT_ATTRIBUTES, {"_id": before["_id"]})
        gone = {**before, "version": before.get("version", 1) + 1}
        await _tell(transaction, "ProductAttributeDeleted", gone, actor_id, now)
        return definition_of(before)

    return await in_transaction(database, delete)


async def _find(transaction: DocumentTransaction, attribute_id: str, version: int | None) -> Document:
    document = await transaction.find_one(PRODUCT_ATTRIBUTES, {"_id": object_id_or_none(attribute_id)})
    if document is None:
        raise UnknownAttribute(attribute_id)
    check_version(document, version)
    return document


async def _tell(
    transaction: DocumentTransaction,
    event: str,
    attribute: Document,
    actor_id: UUID | None,
    now: datetime,
    **data: Any,
) -> None:
    await tell(
        transaction,
        event,
        of=ATTRIBUTE,
        key=str(attribute["_id"]),
        version=attribute["version"],
        actor_id=actor_id,
        now=now,
        name=attribute["name"],
        **data,
    )
