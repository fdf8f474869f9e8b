"""The projection of the stock in product documents, for filters and facets: nothing decides on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from datasources.core.calls import note_call
from datasources.core.document_values import object_id_or_none
from datasources.products.documents.products import PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from datasources.core.documents import DocumentDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantStock:
    """What there is of a variant; `version` grows with every change of it."""

    variant_id: UUID
    product_id: str
    available: int
    allows_backorder: bool
    version: int


async def keep_availability(database: DocumentDatabase, stocks: Sequence[VariantStock]) -> None:
    """Write what there is into the products of these variants.

    Of two that come for one variant the later version stays, in whatever order they come; variants that are not given
    stay as they are. The products' own `version` stays, too: staff's edits do not conflict with sales.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    by_product: defaultdict[str, list[VariantStock]] = defaultdict(list)
    for stock in stocks:
        by_product[stock.product_id].append(stock)
    changes = [
        UpdateOne({"_id": key}, _projected(of_product))
        for product_id, of_product in by_product.items()
        if (key := object_id_or_none(product_id)) is not None
    ]
    if not changes:
        return
    note_call(database.service, f"write {PRODUCTS}")
    with database.unavailable_when_unreachable():
        await database.database[PRODUCTS].bulk_write(changes, ordered=False)


def _projected(stocks: Sequence[VariantStock]) -> list[dict[str, Any]]:
    levels = [
        {
            "id": stock.variant_id,
            "stock": stock.available,
            "stock_version": stock.version,
            "backorder": stock.allows_backorder,
        }
        for stock in stocks
    ]
    of_variant = {
        "$filter": {"input": levels, "as": "level", "cond": {"$eq": ["$$level.id", "$$variant.id"]}}
    }
    is_later = {"$gt": ["$$level.stock_version", {"$ifNull": ["$$variant.stock_version", -1]}]}
    variant = {
        "$let": {
            "vars": {"level": {"$first": of_variant}},
            # A variant without a level has a missing version, which is greater than none.
            "in": {"$cond": [is_later, {"$mergeObjects": ["$$variant", "$$level"]}, "$$variant"]},
        }
    }
    # Nobody can buy what there is of a variant that is not on sale.
    sold = {"$filter": {"input": "$variants", "cond": "$$this.is_active"}}
    stock = {"$let": {"vars": {"sold": sold}, "in": {"$sum": "$$sold.stock"}}}
    backorder = {"$let": {"vars": {"sold": sold}, "in": {"$in": [True, "$$sold.backorder"]}}}
    return [
        {"$set": {"variants": {"$map": {"input": "$variants", "as": "variant", "in": variant}}}},
        {"$set": {"stock": stock, "backorder": backorder}},
        {"$set": {"in_stock": {"$or": [{"$gt": ["$stock", 0]}, "$backorder"]}}},
    ]
