"""The words MongoDB's validators are written in: small functions that each give one part of a `$jsonSchema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.decimal128 import Decimal128

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = dict[str, Any]

# The SQL databases keep amounts as DECIMAL(10, 2) (seed 000): a price that passes here always fits an order.
MOST_MONEY = Decimal128("99999999.99")
CENT = Decimal128("0.01")

# Patterns end in \z, since $ would let a newline through.
_UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z"


def document(*, required: Sequence[str] = (), **properties: Schema) -> Schema:
    """An object with these typed fields; unknown fields may stand beside them, so that a collection can grow."""
    schema: Schema = {"bsonType": "object", "properties": properties}
    if required:  # the server refuses an empty list
        schema["required"] = list(required)
    return schema


def any_document() -> Schema:
    """An object whose fields are the business of whoever writes it."""
    return {"bsonType": "object"}


def list_of(item: Schema, *, at_most: int | None = None) -> Schema:
    """An array of one kind of item."""
    schema: Schema = {"bsonType": "array", "items": item}
    if at_most is not None:
        schema["maxItems"] = at_most
    return schema


def text(*, at_least: int = 0, at_most: int | None = None, pattern: str | None = None) -> Schema:
    """A string; lengths are in code points."""
    schema: Schema = {"bsonType": "string"}
    if at_least:
        schema["minLength"] = at_least
    if at_most is not None:
        schema["maxLength"] = at_most
    if pattern is not None:
        schema["pattern"] = pattern
    return schema


def one_of(values: Sequence[str]) -> Schema:
    """One of these strings."""
    return {"bsonType": "string", "enum": list(values)}


def slug() -> Schema:
    """A name for URLs: no space, slash, question mark or hash in it. At most 500 characters (seed 001)."""
    return text(at_most=500, pattern=r"^[^\s/?#]+\z")


def web_address() -> Schema:
    """An absolute or site-relative address of at most 500 characters, so that it fits an order's snapshot (000)."""
    return text(at_least=1, at_most=500)


def currency() -> Schema:
    """An ISO 4217 alphabetic code."""
    return text(pattern=r"^[A-Z]{3}\z")


def money() -> Schema:
    """An amount in the currency's major unit: Decimal128 with at most two decimal places, never a double."""
    return decimal(at_most=MOST_MONEY) | {"multipleOf": CENT}


def decimal(*, at_most: Decimal128) -> Schema:
    """A Decimal128 from 0 to `at_most`; not-a-number and infinity fail both bounds."""
    return {"bsonType": "decimal", "minimum": 0, "maximum": at_most}


def whole(*, at_least: int = 0, at_most: int | None = None) -> Schema:
    """A 32- or 64-bit integer."""
    schema: Schema = {"bsonType": ["int", "long"], "minimum": at_least}
    if at_most is not None:
        schema["maximum"] = at_most
    return schema


def number(*, at_least: int = 0, at_most: int | None = None) -> Schema:
    """Any kind of number: for measures and averages, never for money."""
    schema: Schema = {"bsonType": "number", "minimum": at_least}
    if at_most is not None:
        schema["maximum"] = at_most
    return schema


def flag() -> Schema:
    """True or false."""
    return {"bsonType": "bool"}


def date() -> Schema:
    """A moment in UTC, in milliseconds."""
    return {"bsonType": "date"}


def object_id() -> Schema:
    """The key of a document in the same database."""
    return {"bsonType": "objectId"}


def uuid() -> Schema:
    """A UUID as BSON binary (subtype 4, which a validator cannot tell from the other subtypes)."""
    return {"bsonType": "binData"}


def uuid_text() -> Schema:
    """A UUID of another service as a lower-case string: seed 000 keeps references across services so."""
    return text(pattern=_UUID_PATTERN)


def optional(schema: Schema) -> Schema:
    """The same or null. (A field that is not in `required` may be absent in any case.)"""
    kinds = schema["bsonType"]
    nullable: Schema = schema | {"bsonType": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def size(path: str) -> Schema:
    """An aggregation expression: how long the array is, 0 when it is absent."""
    return {"$size": {"$ifNull": [f"${path}", []]}}


def no_duplicates(path: str) -> Schema:
    """A query that holds when no two items of an embedded array share the field at `path` (`variants.sku`).

    A unique index keeps two documents apart, but not two items inside one document.
    """
    array = path.rpartition(".")[0]
    return {"$expr": {"$eq": [size(array), {"$size": {"$setUnion": [{"$ifNull": [f"${path}", []]}]}}]}}
