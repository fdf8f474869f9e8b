"""Stock as InventoryDb keeps it: warehouses, items, quantities by warehouse, journal, reservations and alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.inventory.bulk import BulkItem
from datasources.seeds.determinism import uuid_for
from datasources.seeds.people import MANAGER_ID, SHOP_AGE
from datasources.seeds.stock import LOW_STOCK, REORDER_QUANTITY, restocked_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from datasources.inventory.bulk import (
        AdjustedItemRow,
        AdjustmentRow,
        AlertRow,
        ReservationRow,
        StockRow,
        TransactionRow,
        WarehouseRow,
    )
    from datasources.seeds.stock import Item, Move

_REORDER_POINT: Final = 20

# Orders that wait for their payment keep their stock in the demo shop: a shorter hold would have lapsed before
# anybody looked, and the sweep would take those orders apart.
_HELD_FOR: Final = timedelta(days=3650)

_WAREHOUSES: Final = (
    ("WH-EAST", "East Coast Warehouse", "400 Delancey Road", "Newark", "NJ", "07105"),
    ("WH-WEST", "West Coast Warehouse", "2100 Harbor Drive", "Oakland", "CA", "94607"),
    ("WH-CENTRAL", "Central Warehouse", "75 Airport Way", "Louisville", "KY", "40213"),
)
# One item of so many was counted again, and the difference has not been applied.
_COUNTED: Final = 41
_ADJUSTMENT_STATUSES: Final = ("draft", "pending", "rejected")

_REASONS: Final = {"restock": "Delivery from the maker", "return": "Customer return"}


def warehouse_id(place: int) -> UUID:
    """The warehouse at this place of the list."""
    return uuid_for("warehouse", _WAREHOUSES[place][0])


def make_warehouse_rows(now: datetime) -> list[WarehouseRow]:
    """The three warehouses; stock is taken from the first one first."""
    return [
        {
            "id": warehouse_id(place),
            "code": code,
            "name": name,
            "address": {
                "street_address": street,
                "city": city,
                "state_province": state,
                "postal_code": postal_code,
                "country": "US",
            },
            "is_active": True,
            "priority": place,
            "created_at": now - SHOP_AGE,
            "updated_at": now - SHOP_AGE,
        }
        for place, (code, name, street, city, state, postal_code) in enumerate(_WAREHOUSES)
    ]


def make_bulk_item(item: Item, now: datetime) -> BulkItem:
    """All rows of one item."""
    item_id = uuid_for("inventory item", item.variant.id)
    moves = item.moves
    made = item.variant.product_created_at
    stock = [_stock_row(item_id, place, shelf, made) for place, shelf in enumerate(item.shelves)]
    return BulkItem(
        item={
            "id": item_id,
            "product_variant_id": item.variant.id,
            "product_id": str(item.variant.product_id),
            "sku": item.variant.sku,
            "quantity_available": sum(row["quantity_available"] for row in stock),
            "quantity_reserved": sum(row["quantity_reserved"] for row in stock),
            "quantity_committed": sum(row["quantity_committed"] for row in stock),
            "quantity_backordered": 0,
            "low_stock_threshold": LOW_STOCK,
            "reorder_point": _REORDER_POINT,
            "reorder_quantity": REORDER_QUANTITY,
            "allow_backorder": item.allows_backorder,
            "last_restocked_at": restocked_at(item),
            "version": item.version,
            "created_at": made,
            "updated_at": max((move.at for move in moves), default=made),
        },
        stock=stock,
        transactions=[
            row for place, shelf in enumerate(item.shelves) for row in _transactions(item_id, place, shelf)
        ],
        reservations=list(_reservations(item, item_id)),
        alerts=list(_alerts(item, item_id, now)),
        adjustments=list(_adjustments(item_id, now)),
        adjusted=list(_adjusted(item_id, stock[0]["quantity_available"])),
    )


def _stock_row(item_id: UUID, place: int, shelf: tuple[Move, ...], made: datetime) -> StockRow:
    return {
        "inventory_item_id": item_id,
        "warehouse_id": warehouse_id(place),
        "quantity_available": sum(move.available for move in shelf),
        "quantity_reserved": sum(move.reserved for move in shelf),
        "quantity_committed": sum(move.committed for move in shelf),
        "quantity_backordered": 0,
        "version": 1 + len(shelf),
        "created_at": made,
        "updated_at": shelf[-1].at if shelf else made,
    }


def _transactions(item_id: UUID, place: int, shelf: tuple[Move, ...]) -> Iterator[TransactionRow]:
    stock = 0
    for turn, move in enumerate(shelf):
        yield {
            "id": uuid_for("inventory transaction", item_id, place, turn),
            "inventory_item_id": item_id,
            "warehouse_id": warehouse_id(place),
            "transaction_type": move.kind,
            "quantity_change": move.available,
            "reserved_change": move.reserved,
            "committed_change": move.committed,
            "previous_stock": stock,
            "new_stock": stock + move.available,
            "reference_id": str(move.order) if move.order else None,
            "reference_type": "order" if move.order else None,
            "reason": _REASONS.get(move.kind),
            "created_by": None if move.order else MANAGER_ID,
            "created_at": move.at,
        }
        stock += move.available


def _reservations(item: Item, item_id: UUID) -> Iterator[ReservationRow]:
    for hold in item.holds:
        yield {
            "id": uuid_for("reservation", item_id, hold.order),
            "inventory_item_id": item_id,
            "warehouse_id": warehouse_id(hold.warehouse),
            "order_id": hold.order,
            "quantity_reserved": hold.quantity,
            "quantity_shipped": hold.shipped,
            "quantity_returned": hold.returned,
            "expires_at": hold.since + _HELD_FOR,
            "status": hold.status,
            "created_at": hold.since,
            "updated_at": hold.changed,
        }


def _alerts(item: Item, item_id: UUID, now: datetime) -> Iterator[AlertRow]:
    available = item.available
    if available > LOW_STOCK:
        return
    last = max((move.at for move in item.moves), default=item.variant.product_created_at)
    seen = item_id.int % 3 == 0
    yield {
        "id": uuid_for("alert", item_id),
        "inventory_item_id": item_id,
        "alert_type": "low_stock" if available else "out_of_stock",
        "current_quantity": available,
        "threshold_quantity": LOW_STOCK,
        "is_acknowledged": seen,
        "acknowledged_by": MANAGER_ID if seen else None,
        "acknowledged_at": min(last + timedelta(hours=5), now) if seen else None,
        "created_at": last,
    }


def _adjustments(item_id: UUID, now: datetime) -> Iterator[AdjustmentRow]:
    if item_id.int % _COUNTED:
        return
    status = _ADJUSTMENT_STATUSES[item_id.int // _COUNTED % len(_ADJUSTMENT_STATUSES)]
    counted = now - timedelta(days=1 + item_id.int // _COUNTED % 30)
    rejected = counted + timedelta(hours=3) if status == "rejected" else None
    yield {
        "id": uuid_for("stock adjustment", item_id),
        "adjustment_number": f"ADJ-{item_id.hex[:8].upper()}",
        "warehouse_id": warehouse_id(0),
        "reason": "Monthly count",
        "status": status,
        "created_by": MANAGER_ID,
        "rejected_by": MANAGER_ID if rejected else None,
        "rejected_at": rejected,
        "created_at": counted,
        "updated_at": rejected or counted,
    }


def _adjusted(item_id: UUID, available: int) -> Iterator[AdjustedItemRow]:
    if item_id.int % _COUNTED:
        return
    yield {
        "id": uuid_for("adjusted item", item_id),
        "adjustment_id": uuid_for("stock adjustment", item_id),
        "inventory_item_id": item_id,
        "current_quantity": available,
        "adjusted_quantity": available + 1,
        "quantity_difference": 1,
    }
