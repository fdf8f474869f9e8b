"""How exact numbers and keys look in documents, and back."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from bson.decimal128 import Decimal128, create_decimal128_context
from bson.objectid import ObjectId

# What passes Decimal128's 34 digits or its exponents is rounded or infinite, as a bound in a query should be.
_LENIENT = create_decimal128_context()
_LENIENT.clear_traps()
_LENIENT.rounding = ROUND_HALF_EVEN


def exact(value: Decimal) -> Decimal128:
    """A number as documents keep it."""
    return Decimal128(_LENIENT.create_decimal(value))


def amount(value: Decimal128) -> Decimal:
    """A document's exact number."""
    return value.to_decimal()


def amount_or_none(value: Decimal128 | None) -> Decimal | None:
    """A document's exact number, where there is one."""
    return None if value is None else value.to_decimal()


def object_id_or_none(key: Any) -> ObjectId | None:
    """The ObjectId of 24 hexadecimal digits; None for whatever else, which no document has as its key."""
    return ObjectId(key) if isinstance(key, str) and ObjectId.is_valid(key) else None
