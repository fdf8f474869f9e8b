"""Staff's lists: warehouses, items, movements, alerts and adjustments; and the items of whole products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from datasources.core.listings import count_of_rows, page_of_rows
from datasources.core.records import from_rows
from datasources.inventory import listed, statements
from datasources.inventory.records import InventoryItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.core.databases import Database
    from datasources.core.listings import RowList
    from datasources.core.paging import Order, Page, Window
    from datasources.inventory.records import (
        AdjustmentFilter,
        AlertFilter,
        ItemFilter,
        MovementFilter,
        StockAdjustment,
        StockAlert,
        StockMovement,
        Warehouse,
        WarehouseFilter,
    )

R = TypeVar("R")
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockList(Generic[R, F]):
    """A list of the inventory's, with its one order and the filter `F` that it takes."""

    rows: RowList[R]
    order: Order

    async def page(self, database: Database, *, wanted: F, window: Window) -> Page[R]:
        """A window of what passes the filter.

        Raises:
            InvalidCursor: the cursor is not of this list.
            ServiceUnavailable: the inventory database is down.
        """
        return await page_of_rows(database, self.rows, wanted=wanted, order=self.order, window=window)

    async def count(self, database: Database, *, wanted: F) -> int:
        """How many pass the filter.

        Raises:
            ServiceUnavailable: the inventory database is down.
        """
        return await count_of_rows(database, self.rows, wanted=wanted)


WAREHOUSES: StockList[Warehouse, WarehouseFilter] = StockList(
    rows=listed.WAREHOUSES, order=listed.WAREHOUSES_PREFERRED
)
ITEMS: StockList[InventoryItem, ItemFilter] = StockList(rows=listed.ITEMS, order=listed.ITEMS_NEWEST)
MOVEMENTS: StockList[StockMovement, MovementFilter] = StockList(
    rows=listed.MOVEMENTS, order=listed.MOVEMENTS_NEWEST
)
ALERTS: StockList[StockAlert, AlertFilter] = StockList(rows=listed.ALERTS, order=listed.ALERTS_NEWEST)
ADJUSTMENTS: StockList[StockAdjustment, AdjustmentFilter] = StockList(
    rows=listed.ADJUSTMENTS, order=listed.ADJUSTMENTS_NEWEST
)


async def items_of_products(database: Database, product_ids: Sequence[str]) -> list[InventoryItem]:
    """What is counted of these products.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    rows = await database.fetch(statements.ITEMS_OF_PRODUCTS, keys=product_ids)
    return from_rows(InventoryItem, rows)
