"""What attributes of products mean: how they are called and ordered, and whether lists are filtered by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datasources.core.records import row_record
from datasources.products.documents import PRODUCT_ATTRIBUTES

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase

AttributeType = Literal["text", "number", "boolean", "select"]


@row_record
class AttributeValue:
    """One value of an attribute: as products hold it, and as people read it."""

    value: str
    display_value: str


@row_record
class AttributeDefinition:
    """An attribute that products may have, under the name that their documents hold."""

    id: str
    name: str
    display_name: str
    attribute_type: AttributeType
    is_filterable: bool
    is_searchable: bool
    position: int
    values: tuple[AttributeValue, ...]
    version: int


async def all_attributes(database: DocumentDatabase) -> tuple[AttributeDefinition, ...]:
    """Every attribute, in the order they are shown.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    found = await database.find(PRODUCT_ATTRIBUTES, {}, sort=[("display_order", 1), ("_id", 1)])
    return tuple(definition_of(document) for document in found)


def definition_of(document: Document) -> AttributeDefinition:
    """The record of a document of `product_attributes`."""
    values = sorted(document["values"], key=lambda value: value["display_order"])
    return AttributeDefinition(
        id=str(document["_id"]),
        name=document["name"],
        display_name=document["display_name"],
        attribute_type=document["attribute_type"],
        is_filterable=document["is_filterable"],
        is_searchable=document["is_searchable"],
        position=document["display_order"],
        values=tuple(
            AttributeValue(value=value["value"], display_value=value["display_value"]) for value in values
        ),
        version=document.get("version", 1),
    )
