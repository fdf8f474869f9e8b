"""How often products are looked at, apart from the products themselves (seed 003)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson.objectid import ObjectId
from pymongo.errors import DuplicateKeyError

from datasources.core.calls import note_call
from datasources.products.documents import PRODUCT_ANALYTICS

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.documents import DocumentDatabase


async def count_view(database: DocumentDatabase, *, product_id: str, now: datetime) -> None:
    """Count that somebody looked at a product.

    Raises:
        ServiceUnavailable: the database cannot be reached.
    """
    try:
        await _count(database, product_id, now)
    except DuplicateKeyError:  # somebody else was the first to look at it
        await _count(database, product_id, now)


async def _count(database: DocumentDatabase, product_id: str, now: datetime) -> None:
    note_call(database.service, f"update {PRODUCT_ANALYTICS}")
    change = {"$inc": {"views": 1}, "$max": {"last_viewed": now}, "$setOnInsert": {"stock_updates": 0}}
    with database.unavailable_when_unreachable():
        await database.database[PRODUCT_ANALYTICS].update_one(
            {"product_id": ObjectId(product_id)}, change, upsert=True
        )
