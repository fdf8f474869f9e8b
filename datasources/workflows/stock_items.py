"""Starts to count the stock of variants of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from datasources.inventory.changes import NewItem
from datasources.inventory.commands.items import create_item
from datasources.products.catalogue_errors import UnknownVariant
from datasources.products.loaders import ProductLoaders
from datasources.workflows.availability import with_availability

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.inventory.records import MovedStock


class CountingRules(TypedDict, total=False):
    """How a variant is counted; what is left out is as in `NewItem`."""

    low_stock_threshold: int
    reorder_point: int
    reorder_quantity: int
    allows_backorder: bool


async def start_counting(
    connections: Connections,
    *,
    variant_id: UUID,
    rules: CountingRules,
    actor_id: UUID | None,
    now: datetime,
) -> MovedStock:
    """Count the stock of a variant of the catalogue from now on, under the sku that it has there.

    Raises:
        UnknownVariant: the catalogue does not have it.
        ItemExists: it is counted already.
        ServiceUnavailable: the product or the inventory database is down.
    """
    variant = await ProductLoaders(connections.products).variant_by_id.load(variant_id)
    if variant is None:
        raise UnknownVariant(variant_id)
    item = NewItem(variant_id=variant.id, product_id=variant.product_id, sku=variant.sku, **rules)
    return await with_availability(
        connections, create_item(connections.inventory, item=item, actor_id=actor_id, now=now)
    )
