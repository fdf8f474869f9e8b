"""Chance and identity that come out the same every time: everything in the demo shop is drawn from here."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from bson import ObjectId
from bson.decimal128 import Decimal128

if TYPE_CHECKING:
    from datetime import datetime

_NAMESPACE = UUID("6f1d3c1e-0e0b-5d55-9c8e-7d1f0a6b2c44")


def dice(section: str, block: int) -> Random:
    """A source of chance for one section of one block, so that changing one section leaves the others as they are."""
    return Random(f"{section}/{block}")  # noqa: S311  # repeatable on purpose, and nothing here is secret


def uuid_for(*names: object) -> UUID:
    """The UUID of the thing with this name: the same in every run, whatever else there is."""
    return uuid5(_NAMESPACE, "/".join(map(str, names)))


def object_id_for(*names: object) -> ObjectId:
    """The ObjectId of the document with this name."""
    return ObjectId(_digest(names)[:12])


def token_for(*names: object) -> str:
    """A token as a payment provider or a mail service would give out."""
    return _digest(names).hex()[:24]


def money(cents: int) -> Decimal:
    """An exact amount with two decimal places."""
    return Decimal(cents).scaleb(-2)


def money128(cents: int) -> Decimal128:
    """The same for MongoDB."""
    return Decimal128(money(cents))


def share(cents: int, percent: Decimal) -> int:
    """A percentage of an amount, to the nearest cent."""
    return int((cents * percent / 100).quantize(Decimal(1)))


def chance(rng: Random, percent: float) -> bool:
    """True in so many of a hundred cases."""
    return rng.random() * 100 < percent


def between(rng: Random, first: datetime, last: datetime) -> datetime:
    """A moment from `first` to `last`, in whole seconds."""
    return (first + (last - first) * rng.random()).replace(microsecond=0)


def _digest(names: tuple[object, ...]) -> bytes:
    return sha256("/".join(map(str, names)).encode()).digest()
