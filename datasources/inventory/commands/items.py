"""What is counted of variants: which of them, when staff are told, and whether more may be sold than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.errors import VersionConflict
from datasources.inventory.alerts import bring_alerts_up_to_date
from datasources.inventory.errors import ItemExists
from datasources.inventory.holdings import hold_items
from datasources.inventory.journal import tell_of_items
from datasources.inventory.listed import ITEM_COLUMNS
from datasources.inventory.records import InventoryItem, MovedStock
from datasources.inventory.tables import inventory_items

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.inventory.changes import ItemChanges, NewItem

# The record's names of columns that are called otherwise.
_COLUMNS: Final = {"allows_backorder": "allow_backorder"}


async def create_item(
    database: Database, *, item: NewItem, actor_id: UUID | None, now: datetime
) -> MovedStock:
    """Count a variant's stock from now on. Nothing has moved yet, so nobody is alerted that there is none.

    Raises:
        ItemExists: it is counted already.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    try:
        async with database.transaction() as transaction:
            added = await transaction.execute(
                insert(inventory_items)
                .values(
                    product_variant_id=item.variant_id,
                    product_id=item.product_id,
                    sku=item.sku,
                    low_stock_threshold=item.low_stock_threshold,
                    reorder_point=item.reorder_point,
                    reorder_quantity=item.reorder_quantity,
                    allow_backorder=item.allows_backorder,
                    created_at=now,
                    updated_at=now,
                )
                .returning(*ITEM_COLUMNS)
            )
            items = (InventoryItem(**added.mappings().one()),)
            await tell_of_items(transaction, items, (), actor_id=actor_id, now=now)
            return MovedStock(items=items, movements=())
    except IntegrityError as error:
        if violated_constraint(error) == "idx_inventory_variant":
            raise ItemExists(item.variant_id) from error
        raise


async def update_item(
    database: Database,
    *,
    item_id: UUID,
    version: int,
    changes: ItemChanges,
    actor_id: UUID | None,
    now: datetime,
) -> MovedStock:
    """Change what is given of an item that is at this version. What is promised stays promised.

    Raises:
        UnknownItem: there is none.
        VersionConflict: it is at another version; every movement of its stock makes one.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    values: dict[str, Any] = {_COLUMNS.get(name, name): value for name, value in changes.items()}
    async with database.transaction() as transaction:
        held = await hold_items(transaction, [item_id])
        if held[item_id].version != version:
            raise VersionConflict(held[item_id].version)
        changed = await transaction.execute(
            update(inventory_items)
            .where(inventory_items.c.id == item_id)
            .values(version=version + 1, updated_at=now, **values)
            .returning(*ITEM_COLUMNS)
        )
        items = (InventoryItem(**changed.mappings().one()),)
        alerts = await bring_alerts_up_to_date(transaction, held, items, now=now)
        await tell_of_items(transaction, items, alerts, actor_id=actor_id, now=now)
        return MovedStock(items=items, movements=())


async def rename_item(
    database: Database, *, variant_id: UUID, sku: str, actor_id: UUID | None, now: datetime
) -> None:
    """Write the SKU that a variant has now to its item, if anybody keeps count of it.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        changed = await transaction.execute(
            update(inventory_items)
            .where(inventory_items.c.product_variant_id == variant_id, inventory_items.c.sku != sku)
            .values(version=inventory_items.c.version + 1, updated_at=now, sku=sku)
            .returning(*ITEM_COLUMNS)
        )
        items = tuple(InventoryItem(**row) for row in changed.mappings())
        if items:
            await tell_of_items(transaction, items, (), actor_id=actor_id, now=now)
