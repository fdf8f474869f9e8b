"""Two warehouses with items to move about, and the sums that hold whatever happens to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from datasources.inventory.changes import ItemUnits, NewItem, NewWarehouse, Units
from datasources.inventory.commands.deliveries import restock
from datasources.inventory.commands.items import create_item
from datasources.inventory.commands.reservations import commit, release, reserve
from datasources.inventory.commands.shipments import ship
from datasources.inventory.commands.warehouses import create_warehouse

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.inventory.records import InventoryItem, Reservation

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
SOON = NOW + timedelta(minutes=15)
CLERK, MANAGER = UUID(int=1), UUID(int=2)

# Of each item and warehouse, what there is and what the movements add up to; then items and the sums of warehouses.
_JOURNAL_DIFFERS = """
SELECT COALESCE(stock.inventory_item_id, moved.inventory_item_id) FROM (
    SELECT inventory_item_id, warehouse_id, SUM(quantity_change) AS available, SUM(reserved_change) AS reserved,
        SUM(committed_change) AS committed, SUM(backordered_change) AS backordered
    FROM inventory_transactions GROUP BY inventory_item_id, warehouse_id
) AS moved FULL JOIN inventory_stock AS stock USING (inventory_item_id, warehouse_id)
WHERE (COALESCE(moved.available, 0), COALESCE(moved.reserved, 0), COALESCE(moved.committed, 0),
       COALESCE(moved.backordered, 0))
    IS DISTINCT FROM (stock.quantity_available::bigint, stock.quantity_reserved::bigint,
       stock.quantity_committed::bigint, stock.quantity_backordered::bigint)
"""
_ITEMS_DIFFER = """
SELECT item.id FROM inventory_items AS item LEFT JOIN (
    SELECT inventory_item_id, SUM(quantity_available) AS available, SUM(quantity_reserved) AS reserved,
        SUM(quantity_committed) AS committed, SUM(quantity_backordered) AS backordered
    FROM inventory_stock GROUP BY inventory_item_id
) AS stock ON stock.inventory_item_id = item.id
WHERE (item.quantity_available, item.quantity_reserved, item.quantity_committed, item.quantity_backordered)
    IS DISTINCT FROM (COALESCE(stock.available, 0), COALESCE(stock.reserved, 0), COALESCE(stock.committed, 0),
        COALESCE(stock.backordered, 0))
"""
# What reservations hold is what is reserved, committed and backordered.
_RESERVATIONS_DIFFER = """
SELECT stock.inventory_item_id FROM inventory_stock AS stock LEFT JOIN (
    SELECT inventory_item_id, warehouse_id,
        SUM(quantity_reserved - quantity_backordered) FILTER (WHERE status = 'active') AS reserved,
        SUM(quantity_reserved - quantity_backordered - quantity_shipped) FILTER (WHERE status = 'committed')
            AS committed,
        SUM(quantity_backordered) FILTER (WHERE status IN ('active', 'committed')) AS backordered
    FROM inventory_reservations GROUP BY inventory_item_id, warehouse_id
) AS held USING (inventory_item_id, warehouse_id)
WHERE (stock.quantity_reserved, stock.quantity_committed, stock.quantity_backordered)
    IS DISTINCT FROM (COALESCE(held.reserved, 0), COALESCE(held.committed, 0), COALESCE(held.backordered, 0))
"""
# Who waits for units waits in vain while there are some.
_WAITING_BESIDE_STOCK = """
SELECT inventory_item_id FROM inventory_stock WHERE quantity_available > 0 AND quantity_backordered > 0
"""
# An item deserves an alert of each kind, and has it, or has none of that kind. Low stock may stay open below nothing.
_ALERTS_DIFFER = """
SELECT alert.inventory_item_id FROM low_stock_alerts AS alert
JOIN inventory_items AS item ON item.id = alert.inventory_item_id
WHERE resolved_at IS NULL AND (quantity_available > low_stock_threshold
    OR (alert_type = 'out_of_stock' AND quantity_available > 0))
UNION ALL
SELECT item.id FROM inventory_items AS item
WHERE quantity_available <= low_stock_threshold
    AND EXISTS (SELECT FROM inventory_transactions WHERE inventory_item_id = item.id)
    AND NOT EXISTS (SELECT FROM low_stock_alerts WHERE inventory_item_id = item.id AND resolved_at IS NULL
        AND alert_type = CASE quantity_available WHEN 0 THEN 'out_of_stock' ELSE 'low_stock' END)
    AND (quantity_available > 0 OR EXISTS (
        SELECT FROM inventory_transactions WHERE inventory_item_id = item.id AND new_stock > 0))
"""
PROMISES = (_JOURNAL_DIFFERS, _ITEMS_DIFFER, _RESERVATIONS_DIFFER, _WAITING_BESIDE_STOCK, _ALERTS_DIFFER)


class Quantities(NamedTuple):
    """What there is of an item."""

    available: int
    reserved: int = 0
    committed: int = 0
    backordered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The inventory with its two warehouses, and shorter ways to move things."""

    database: Database
    east: UUID
    west: UUID

    @classmethod
    async def open(cls, database: Database) -> Shelves:
        """Open the warehouses."""
        east, west = [
            await create_warehouse(
                database,
                warehouse=NewWarehouse(code=code, name=code.title(), priority=priority),
                actor_id=CLERK,
                now=NOW,
            )
            for priority, code in enumerate(("EAST", "WEST"))
        ]
        return cls(database=database, east=east.id, west=west.id)

    async def count(
        self, *, east: int = 0, west: int = 0, backorder: bool = False, threshold: int = 0
    ) -> InventoryItem:
        """A new item with so many units in each warehouse."""
        variant = uuid4()
        new = NewItem(
            variant_id=variant,
            product_id=variant.hex[:24],
            sku=f"SKU-{variant.hex[:8]}",
            low_stock_threshold=threshold,
            allows_backorder=backorder,
        )
        item = (await create_item(self.database, item=new, actor_id=CLERK, now=NOW)).items[0]
        for warehouse, quantity in ((self.east, east), (self.west, west)):
            if quantity:
                await self.restock(item, quantity, warehouse)
        return item

    async def restock(self, item: InventoryItem, quantity: int, warehouse: UUID | None = None) -> None:
        """Units come from the maker."""
        await restock(
            self.database,
            warehouse_id=warehouse or self.east,
            units=[ItemUnits(item_id=item.id, quantity=quantity)],
            idempotency_key=uuid4().hex,
            actor_id=CLERK,
            now=NOW,
        )

    async def reserve(
        self, *wanted: tuple[InventoryItem, int], order: UUID | None = None, **options: Any
    ) -> Reservation:
        """Units for an order."""
        given = {"idempotency_key": uuid4().hex, "expires_at": SOON, "now": NOW, **options}
        return await reserve(
            self.database,
            order_id=order or uuid4(),
            units=[Units(variant_id=item.variant_id, quantity=quantity) for item, quantity in wanted],
            **given,
        )

    async def commit(self, order: UUID, **options: Any) -> Reservation:
        """The order is placed."""
        return await commit(
            self.database, order_id=order, **{"idempotency_key": uuid4().hex, "now": NOW, **options}
        )

    async def release(self, order: UUID, **options: Any) -> Reservation:
        """The order is given up."""
        return await release(
            self.database, order_id=order, **{"idempotency_key": uuid4().hex, "now": NOW, **options}
        )

    async def ship(self, order: UUID, **options: Any) -> Reservation:
        """The order goes out."""
        return await ship(
            self.database, order_id=order, **{"idempotency_key": uuid4().hex, "now": NOW, **options}
        )

    async def quantities(self, item: InventoryItem, warehouse: UUID | None = None) -> Quantities:
        """What there is of an item, in all warehouses or in one."""
        table, key = (
            ("inventory_items", "id") if warehouse is None else ("inventory_stock", "inventory_item_id")
        )
        where = "" if warehouse is None else f" AND warehouse_id = '{warehouse}'"
        rows = await self.rows(
            f"SELECT quantity_available, quantity_reserved, quantity_committed, quantity_backordered FROM {table} "  # noqa: S608  # our own tables
            f"WHERE {key} = '{item.id}'{where}"
        )
        return Quantities(*rows[0]) if rows else Quantities(0)

    async def rows(self, query: str) -> list[Any]:
        """The rows of a query."""
        async with self.database.connection() as connection:
            return list(await connection.fetch(query))

    async def check(self) -> None:
        """Every sum holds."""
        async with self.database.connection() as connection:
            for promise in PROMISES:
                assert await connection.fetch(promise) == [], promise
