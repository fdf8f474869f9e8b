"""Items and warehouses that a command holds: nobody else moves their stock until its transaction ends.

Every command takes its locks in this order, so that no two wait for each other: its idempotency key, the adjustment,
the items by their ids, then the warehouses. Only who holds an item changes its stock and its reservations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.inventory.errors import UnknownItem, UnknownWarehouse, WarehouseInactive
from datasources.inventory.tables import inventory_items, inventory_reservations, warehouses

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """An item whose row is locked until the transaction ends; never given out of this service."""

    id: uuid.UUID
    variant_id: uuid.UUID
    product_id: str
    sku: str
    available: int
    reserved: int
    committed: int
    backordered: int
    low_stock_threshold: int
    allows_backorder: bool
    version: int


_HELD = (
    inventory_items.c.id,
    inventory_items.c.product_variant_id.label("variant_id"),
    inventory_items.c.product_id,
    inventory_items.c.sku,
    inventory_items.c.quantity_available.label("available"),
    inventory_items.c.quantity_reserved.label("reserved"),
    inventory_items.c.quantity_committed.label("committed"),
    inventory_items.c.quantity_backordered.label("backordered"),
    inventory_items.c.low_stock_threshold,
    inventory_items.c.allow_backorder.label("allows_backorder"),
    inventory_items.c.version,
)


async def hold_items(transaction: AsyncConnection, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, HeldItem]:
    """Lock the items with these ids, by id.

    Raises:
        UnknownItem: there is none with some of them.
    """
    wanted = dict.fromkeys(ids)
    held = await _hold(transaction, _items(inventory_items.c.id == among(wanted)))
    missing = [item for item in wanted if item not in held]
    if missing:
        raise UnknownItem(missing)
    return held


async def hold_variants(
    transaction: AsyncConnection, variant_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, HeldItem]:
    """Lock the items of these variants, and give them by their own ids.

    Raises:
        UnknownItem: nobody keeps count of some of them.
    """
    wanted = dict.fromkeys(variant_ids)
    held = await _hold(transaction, _items(inventory_items.c.product_variant_id == among(wanted)))
    counted = {item.variant_id for item in held.values()}
    missing = [variant for variant in wanted if variant not in counted]
    if missing:
        raise UnknownItem(missing)
    return held


async def hold_items_of(transaction: AsyncConnection, order_id: uuid.UUID) -> dict[uuid.UUID, HeldItem]:
    """Lock the items that an order holds or held when this begins; it may come to hold others while this waits."""
    items = select(inventory_reservations.c.inventory_item_id).where(
        inventory_reservations.c.order_id == order_id
    )
    return await _hold(transaction, _items(inventory_items.c.id.in_(items)))


async def hold_free_items(
    transaction: AsyncConnection, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, HeldItem]:
    """Lock those of the items that nobody else holds, without waiting for anybody."""
    statement = _items(inventory_items.c.id == among(ids))
    return await _hold(transaction, statement.with_for_update(key_share=True, skip_locked=True))


async def hold_warehouses(transaction: AsyncConnection, ids: Iterable[uuid.UUID]) -> None:
    """Keep warehouses from being deactivated while stock comes to them.

    Raises:
        UnknownWarehouse: there is none with one of the ids.
        WarehouseInactive: one is not active.
    """
    wanted = dict.fromkeys(ids)
    found = await transaction.execute(
        select(warehouses.c.id, warehouses.c.is_active)
        .where(warehouses.c.id == among(wanted))
        .order_by(warehouses.c.id)
        .with_for_update(read=True)
    )
    active = {row.id: row.is_active for row in found}
    for warehouse in wanted:
        if warehouse not in active:
            raise UnknownWarehouse(warehouse)
        if not active[warehouse]:
            raise WarehouseInactive(warehouse)


async def hold_preferred_warehouse(transaction: AsyncConnection) -> uuid.UUID | None:
    """Keep the first of the warehouses that goods are sent from active; None where there is none.

    A warehouse that is deactivated while this waits for it is passed over.
    """
    return await transaction.scalar(
        select(warehouses.c.id)
        .where(warehouses.c.is_active)
        .order_by(warehouses.c.priority, warehouses.c.code)
        .limit(1)
        .with_for_update(read=True)
    )


async def active_warehouses(transaction: AsyncConnection) -> tuple[uuid.UUID, ...]:
    """The warehouses that goods are sent from, the preferred one first."""
    found = await transaction.scalars(
        select(warehouses.c.id)
        .where(warehouses.c.is_active)
        .order_by(warehouses.c.priority, warehouses.c.code)
    )
    return tuple(found)


def among(ids: Iterable[uuid.UUID]) -> ColumnElement[Any]:
    """One of these ids, as one parameter however many they are."""
    return any_(literal(list(ids), ARRAY(UUID)))


def items_of(held: dict[uuid.UUID, HeldItem]) -> dict[uuid.UUID, HeldItem]:
    """Held items by their variants."""
    return {item.variant_id: item for item in held.values()}


def _items(condition: ColumnElement[bool]) -> Select[Any]:
    # NO KEY UPDATE: rows that refer to the item may be added meanwhile, such as drafts of adjustments.
    return select(*_HELD).where(condition).order_by(inventory_items.c.id).with_for_update(key_share=True)


async def _hold(transaction: AsyncConnection, statement: Select[Any]) -> dict[uuid.UUID, HeldItem]:
    found: Sequence[Any] = (await transaction.execute(statement)).mappings().all()
    return {row["id"]: HeldItem(**row) for row in found}
