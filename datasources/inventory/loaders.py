"""The questions that fields ask of the inventory service, each answered for a whole wave at once."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from datasources.core.batching import BatchLoader, many_by_key, one_by_key
from datasources.core.once import once
from datasources.core.records import from_rows
from datasources.inventory import statements
from datasources.inventory.records import (
    AdjustedItem,
    InventoryItem,
    Stock,
    StockAdjustment,
    StockAlert,
    StockLevel,
    Warehouse,
    WarehouseStock,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    import asyncpg

    from datasources.core.databases import Database


class InventoryLoaders:
    """One request's loaders of the inventory service."""

    def __init__(self, database: Database) -> None:
        """Load from the inventory database."""
        self._database = database

    @once
    def stock_by_variant(self) -> BatchLoader[UUID, Stock | None]:
        """How much there is of a variant; None where nobody keeps count of it."""
        return BatchLoader(self._find_by_variant, missing=None)

    @once
    def stock_by_product(self) -> BatchLoader[str, Stock | None]:
        """How much there is of all variants of a product together; None where nobody keeps count of any."""
        return BatchLoader(self._find_by_product, missing=None)

    @once
    def by_warehouse(self) -> BatchLoader[tuple[UUID, ...], tuple[WarehouseStock, ...]]:
        """How much of these inventory items together lies in each warehouse, the preferred warehouse first."""
        return BatchLoader(self._find_by_warehouse, missing=())

    @once
    def warehouse_by_id(self) -> BatchLoader[UUID, Warehouse | None]:
        """The warehouse with this id."""
        return BatchLoader(self._find_warehouses, missing=None)

    @once
    def item_by_id(self) -> BatchLoader[UUID, InventoryItem | None]:
        """The inventory item with this id."""
        return BatchLoader(self._find_items, missing=None)

    @once
    def item_by_variant(self) -> BatchLoader[UUID, InventoryItem | None]:
        """The inventory item of this variant; None where nobody keeps count of it."""
        return BatchLoader(self._find_items_of_variants, missing=None)

    @once
    def levels_by_item(self) -> BatchLoader[UUID, tuple[StockLevel, ...]]:
        """All quantities of an item in each warehouse, the preferred warehouse first."""
        return BatchLoader(self._find_levels, missing=())

    @once
    def adjusted_by_adjustment(self) -> BatchLoader[UUID, tuple[AdjustedItem, ...]]:
        """The lines of an adjustment, by item."""
        return BatchLoader(self._find_adjusted, missing=())

    @once
    def adjustment_by_id(self) -> BatchLoader[UUID, StockAdjustment | None]:
        """The stock adjustment with this id."""
        return BatchLoader(self._find_adjustments, missing=None)

    @once
    def alert_by_id(self) -> BatchLoader[UUID, StockAlert | None]:
        """The stock alert with this id."""
        return BatchLoader(self._find_alerts, missing=None)

    async def _find_items(self, ids: Sequence[UUID]) -> Mapping[UUID, InventoryItem]:
        rows = await self._database.fetch(statements.ITEM_BY_ID, keys=ids)
        return one_by_key(from_rows(InventoryItem, rows), lambda item: item.id)

    async def _find_items_of_variants(self, variants: Sequence[UUID]) -> Mapping[UUID, InventoryItem]:
        rows = await self._database.fetch(statements.ITEM_BY_VARIANT, keys=variants)
        return one_by_key(from_rows(InventoryItem, rows), lambda item: item.variant_id)

    async def _find_levels(self, items: Sequence[UUID]) -> Mapping[UUID, tuple[StockLevel, ...]]:
        rows = await self._database.fetch(statements.LEVELS_BY_ITEM, keys=items)
        return many_by_key(from_rows(StockLevel, rows), lambda level: level.item_id)

    async def _find_adjusted(self, adjustments: Sequence[UUID]) -> Mapping[UUID, tuple[AdjustedItem, ...]]:
        rows = await self._database.fetch(statements.ADJUSTED_BY_ADJUSTMENT, keys=adjustments)
        return many_by_key(from_rows(AdjustedItem, rows), lambda line: line.adjustment_id)

    async def _find_alerts(self, ids: Sequence[UUID]) -> Mapping[UUID, StockAlert]:
        rows = await self._database.fetch(statements.ALERT_BY_ID, keys=ids)
        return one_by_key(from_rows(StockAlert, rows), lambda alert: alert.id)

    async def _find_adjustments(self, ids: Sequence[UUID]) -> Mapping[UUID, StockAdjustment]:
        rows = await self._database.fetch(statements.ADJUSTMENT_BY_ID, keys=ids)
        return one_by_key(from_rows(StockAdjustment, rows), lambda adjustment: adjustment.id)

    async def _find_by_variant(self, variants: Sequence[UUID]) -> Mapping[UUID, Stock]:
        rows = await self._database.fetch(statements.STOCK_BY_VARIANT, keys=variants)
        return {row["key"]: _stock(row) for row in rows}

    async def _find_by_product(self, products: Sequence[str]) -> Mapping[str, Stock]:
        rows = await self._database.fetch(statements.STOCK_BY_PRODUCT, keys=products)
        return {row["key"]: _stock(row) for row in rows}

    async def _find_by_warehouse(
        self, groups: Sequence[tuple[UUID, ...]]
    ) -> Mapping[tuple[UUID, ...], tuple[WarehouseStock, ...]]:
        items = list(dict.fromkeys(item for group in groups for item in group))
        rows = await self._database.fetch(statements.STOCK_BY_WAREHOUSE, keys=items)
        # Each row with its place: a group's rows are collected item by item, and shown warehouse by warehouse.
        by_item = many_by_key(enumerate(rows), lambda placed: placed[1]["item_id"])
        found: dict[tuple[UUID, ...], tuple[WarehouseStock, ...]] = {}
        for group in groups:
            placed = [row for item in group for row in by_item.get(item, ())]
            found[group] = _sums(row for _, row in sorted(placed, key=itemgetter(0)))
        return found

    async def _find_warehouses(self, ids: Sequence[UUID]) -> Mapping[UUID, Warehouse]:
        rows = await self._database.fetch(statements.WAREHOUSE_BY_ID, keys=ids)
        return one_by_key(from_rows(Warehouse, rows), lambda warehouse: warehouse.id)


def _stock(row: asyncpg.Record) -> Stock:
    return Stock(
        item_ids=tuple(row["item_ids"]),
        available=row["available"],
        reserved=row["reserved"],
        allows_backorder=row["allows_backorder"],
    )


def _sums(rows: Iterable[asyncpg.Record]) -> tuple[WarehouseStock, ...]:
    """The sums of each warehouse, in the order in which they first come."""
    sums: dict[UUID, list[Any]] = {}
    for row in rows:
        total = sums.setdefault(row["warehouse_id"], [0, 0])
        total[0] += row["available"]
        total[1] += row["reserved"]
    return tuple(
        WarehouseStock(warehouse_id=warehouse, available=available, reserved=reserved)
        for warehouse, (available, reserved) in sums.items()
    )
