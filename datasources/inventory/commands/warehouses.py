"""Warehouses, opened and closed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.errors import VersionConflict
from datasources.inventory.errors import UnknownWarehouse, WarehouseCodeTaken, WarehouseNotEmpty
from datasources.inventory.journal import WAREHOUSE, tell
from datasources.inventory.listed import WAREHOUSE_COLUMNS
from datasources.inventory.records import Warehouse
from datasources.inventory.tables import inventory_stock, warehouses

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.inventory.changes import NewWarehouse, WarehouseAddress, WarehouseChanges


async def create_warehouse(
    database: Database, *, warehouse: NewWarehouse, actor_id: UUID | None, now: datetime
) -> Warehouse:
    """Open a warehouse, without any stock yet.

    Raises:
        WarehouseCodeTaken: another one has the code.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    try:
        async with database.transaction() as transaction:
            added = await transaction.execute(
                insert(warehouses)
                .values(
                    code=warehouse.code,
                    name=warehouse.name,
                    priority=warehouse.priority,
                    address=_address(warehouse.address),
                    created_at=now,
                    updated_at=now,
                )
                .returning(*WAREHOUSE_COLUMNS)
            )
            opened = Warehouse(**added.mappings().one())
            await _tell(transaction, "WarehouseCreated", opened, actor_id=actor_id, now=now)
            return opened
    except IntegrityError as error:
        if violated_constraint(error) == "uq_warehouses_code":
            raise WarehouseCodeTaken(warehouse.code) from error
        raise


async def update_warehouse(
    database: Database,
    *,
    warehouse_id: UUID,
    version: int,
    changes: WarehouseChanges,
    actor_id: UUID | None,
    now: datetime,
) -> Warehouse:
    """Change what is given of a warehouse that is at this version.

    Raises:
        UnknownWarehouse: there is none.
        VersionConflict: it is at another version.
        WarehouseCodeTaken: another one has the code.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    values: dict[str, Any] = dict(changes)
    if "address" in changes:
        values["address"] = _address(changes["address"])
    try:
        async with database.transaction() as transaction:
            held = await _hold(transaction, warehouse_id)
            if held.version != version:
                raise VersionConflict(held.version)
            return await _change(transaction, held, "WarehouseUpdated", actor_id=actor_id, now=now, **values)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_warehouses_code":
            raise WarehouseCodeTaken(values["code"]) from error
        raise


async def deactivate_warehouse(
    database: Database, *, warehouse_id: UUID, actor_id: UUID | None, now: datetime
) -> Warehouse:
    """Send nothing from a warehouse any more; one that is not active stays so.

    Raises:
        UnknownWarehouse: there is none.
        WarehouseNotEmpty: there is stock in it, or it was promised from it.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        held = await _hold(transaction, warehouse_id)
        if not held.is_active:
            return held
        units = await _units_in(transaction, warehouse_id)
        if units:
            raise WarehouseNotEmpty(units)
        return await _change(
            transaction, held, "WarehouseDeactivated", actor_id=actor_id, now=now, is_active=False
        )


async def activate_warehouse(
    database: Database, *, warehouse_id: UUID, actor_id: UUID | None, now: datetime
) -> Warehouse:
    """Send goods from a warehouse again; one that is active stays so.

    Raises:
        UnknownWarehouse: there is none.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        held = await _hold(transaction, warehouse_id)
        if held.is_active:
            return held
        return await _change(
            transaction, held, "WarehouseActivated", actor_id=actor_id, now=now, is_active=True
        )


def _address(address: WarehouseAddress | None) -> Any:
    """An address as the column has it: SQL's null where there is none, not JSON's."""
    return null() if address is None else asdict(address)


async def _hold(transaction: AsyncConnection, warehouse_id: UUID) -> Warehouse:
    # NO KEY UPDATE waits for those who bring stock here (FOR SHARE), and not for those who take some.
    found = await transaction.execute(
        select(*WAREHOUSE_COLUMNS).where(warehouses.c.id == warehouse_id).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownWarehouse(warehouse_id)
    return Warehouse(**row)


async def _units_in(transaction: AsyncConnection, warehouse_id: UUID) -> int:
    """How many units there are, or are promised."""
    quantities = (
        inventory_stock.c.quantity_available
        + inventory_stock.c.quantity_reserved
        + inventory_stock.c.quantity_committed
        + inventory_stock.c.quantity_backordered
    )
    units = await transaction.scalar(
        select(func.coalesce(func.sum(quantities), 0)).where(inventory_stock.c.warehouse_id == warehouse_id)
    )
    return int(units or 0)


async def _change(
    transaction: AsyncConnection,
    held: Warehouse,
    event: str,
    *,
    actor_id: UUID | None,
    now: datetime,
    **values: Any,
) -> Warehouse:
    changed = await transaction.execute(
        update(warehouses)
        .where(warehouses.c.id == held.id)
        .values(version=warehouses.c.version + 1, updated_at=now, **values)
        .returning(*WAREHOUSE_COLUMNS)
    )
    warehouse = Warehouse(**changed.mappings().one())
    await _tell(transaction, event, warehouse, actor_id=actor_id, now=now)
    return warehouse


async def _tell(
    transaction: AsyncConnection, event: str, warehouse: Warehouse, *, actor_id: UUID | None, now: datetime
) -> None:
    await tell(
        transaction,
        event,
        aggregate_type=WAREHOUSE,
        aggregate_id=warehouse.id,
        version=warehouse.version,
        actor_id=actor_id,
        now=now,
        warehouse_id=str(warehouse.id),
        code=warehouse.code,
        is_active=warehouse.is_active,
    )
