"""The stock that the tests know: of the catalogue's over-ear headphones, and of two things that it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from datasources.inventory.tables import inventory_items, inventory_stock, warehouses

if TYPE_CHECKING:
    from datasources.core.databases import Database

# The catalogue's over-ear headphones in black and white.
HEADPHONES = f"{200:024x}"
BLACK, WHITE = UUID(int=101), UUID(int=102)

MUG, MUG_VARIANT = "a" * 24, UUID(int=900)  # none left, but it may be backordered
LAMP, LAMP_VARIANT = "b" * 24, UUID(int=901)  # none left

EAST, WEST, OLD = (UUID(int=number) for number in range(801, 804))

_WAREHOUSES: tuple[dict[str, Any], ...] = (
    {"id": EAST, "code": "EAST", "name": "Eastern", "priority": 2, "is_active": True},
    {"id": WEST, "code": "WEST", "name": "Western", "priority": 1, "is_active": True},
    {"id": OLD, "code": "OLD", "name": "Old", "priority": 3, "is_active": False},
)

# Of each item: its product, its variant, whether it may be backordered, and what is available and reserved where.
_ITEMS: tuple[tuple[str, UUID, bool, dict[UUID, tuple[int, int]]], ...] = (
    (HEADPHONES, BLACK, False, {EAST: (5, 1), WEST: (0, 2)}),
    (HEADPHONES, WHITE, False, {EAST: (7, 0), OLD: (1, 0)}),
    (MUG, MUG_VARIANT, True, {EAST: (0, 0)}),
    (LAMP, LAMP_VARIANT, False, {}),
)


async def insert_goods(database: Database) -> None:
    """Write the warehouses and what lies in them."""
    async with database.transaction() as connection:
        await connection.execute(insert(warehouses), list(_WAREHOUSES))
        await connection.execute(insert(inventory_items), [_item(*item) for item in _ITEMS])
        await connection.execute(
            insert(inventory_stock),
            [
                {
                    "inventory_item_id": variant,
                    "warehouse_id": warehouse,
                    "quantity_available": available,
                    "quantity_reserved": reserved,
                }
                for _, variant, _, places in _ITEMS
                for warehouse, (available, reserved) in places.items()
            ],
        )


def _item(
    product: str, variant: UUID, backorder: bool, places: dict[UUID, tuple[int, int]]
) -> dict[str, Any]:
    return {
        "id": variant,  # not the same in the shop, but nothing here depends on it
        "product_variant_id": variant,
        "product_id": product,
        "sku": f"SKU-{variant.int}",
        "quantity_available": sum(available for available, _ in places.values()),
        "quantity_reserved": sum(reserved for _, reserved in places.values()),
        "allow_backorder": backorder,
    }
