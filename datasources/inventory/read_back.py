"""Reads what was moved, and items, as a transaction leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from datasources.inventory.holdings import among
from datasources.inventory.listed import ITEM_COLUMNS, MOVEMENT_COLUMNS
from datasources.inventory.records import InventoryItem, MovedStock, StockMovement
from datasources.inventory.tables import inventory_items, inventory_transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


def moved_ids(moved: MovedStock) -> dict[str, list[str]]:
    """What is kept of an answer: movements never change, so that their ids are enough."""
    return {
        "items": [str(item.id) for item in moved.items],
        "movements": [str(movement.id) for movement in moved.movements],
    }


async def moved_from(transaction: AsyncConnection, answer: Mapping[str, Any]) -> MovedStock:
    """What was moved then, and the items as they are now."""
    ids = [UUID(movement) for movement in answer["movements"]]
    found = await transaction.execute(
        select(*MOVEMENT_COLUMNS).where(inventory_transactions.c.id == among(ids))
    )
    by_id = {row["id"]: StockMovement(**row) for row in found.mappings()}
    items = await read_items(transaction, [UUID(item) for item in answer["items"]])
    return MovedStock(items=items, movements=tuple(by_id[movement] for movement in ids))


async def read_items(transaction: AsyncConnection, ids: Iterable[UUID]) -> tuple[InventoryItem, ...]:
    """The items with these ids, by id."""
    found = await transaction.execute(
        select(*ITEM_COLUMNS).where(inventory_items.c.id == among(ids)).order_by(inventory_items.c.id)
    )
    return tuple(InventoryItem(**row) for row in found.mappings())
