"""Stock that comes from the makers, and stock that moves between warehouses."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import uuid4

from datasources.inventory.backorders import with_backorders_filled
from datasources.inventory.errors import SameWarehouse
from datasources.inventory.holdings import hold_items, hold_warehouses
from datasources.inventory.movements import DELIVERY, TRANSFER, Move, move_stock
from datasources.inventory.operations import earlier_answer, keep_answer
from datasources.inventory.read_back import moved_from, moved_ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.inventory.changes import ItemUnits
    from datasources.inventory.records import MovedStock


async def restock(
    database: Database,
    *,
    warehouse_id: UUID,
    units: Sequence[ItemUnits],
    reference_id: str | None = None,
    reason: str | None = None,
    notes: str | None = None,
    idempotency_key: str,
    actor_id: UUID | None,
    now: datetime,
) -> MovedStock:
    """Add units that were delivered to a warehouse. Orders that wait for them there get them first.

    Orders that wait for units of another warehouse get none, until they are transferred there.

    `reference_id` is whatever the delivery is known by elsewhere, such as the number of a purchase order.

    Raises:
        ValueError: nothing was delivered, or fewer than one of something.
        UnknownItem: nobody keeps count of some of it.
        UnknownWarehouse, WarehouseInactive: it cannot come there.
        TooManyUnits: there would be more of an item than numbers hold.
        IdempotencyConflict: the key was used for something else.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    delivered = _added_up(units)
    request = {
        "warehouse_id": warehouse_id,
        "units": {str(item): delivered[item] for item in sorted(delivered)},
        "reference_id": reference_id,
    }
    async with database.transaction() as transaction:
        earlier = await earlier_answer(transaction, idempotency_key, "restock", request, now=now)
        if earlier is not None:
            return await moved_from(transaction, earlier)
        held = await hold_items(transaction, delivered)
        await hold_warehouses(transaction, [warehouse_id])
        moves = [
            Move(
                item_id=item,
                warehouse_id=warehouse_id,
                kind="restock",
                available=quantity,
                reference=None if reference_id is None else (DELIVERY, reference_id),
                reason=reason,
                notes=notes,
            )
            for item, quantity in delivered.items()
        ]
        filled = await with_backorders_filled(transaction, held, moves, now=now)
        moved = await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        await keep_answer(transaction, idempotency_key, moved_ids(moved))
        return moved


async def transfer(
    database: Database,
    *,
    from_warehouse_id: UUID,
    to_warehouse_id: UUID,
    units: Sequence[ItemUnits],
    reason: str | None = None,
    notes: str | None = None,
    idempotency_key: str,
    actor_id: UUID | None,
    now: datetime,
) -> MovedStock:
    """Move available units from one warehouse to another, all of them or none.

    Raises:
        ValueError: nothing is to be moved, or fewer than one of something.
        SameWarehouse: there is nowhere to go.
        UnknownItem: nobody keeps count of some of it.
        NotEnoughStock: less of something is available there.
        UnknownWarehouse, WarehouseInactive: it cannot come there.
        IdempotencyConflict: the key was used for something else.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the inventory database is down.
    """
    if from_warehouse_id == to_warehouse_id:
        raise SameWarehouse(from_warehouse_id)
    wanted = _added_up(units)
    request = {
        "from_warehouse_id": from_warehouse_id,
        "to_warehouse_id": to_warehouse_id,
        "units": {str(item): wanted[item] for item in sorted(wanted)},
    }
    async with database.transaction() as transaction:
        earlier = await earlier_answer(transaction, idempotency_key, "transfer", request, now=now)
        if earlier is not None:
            return await moved_from(transaction, earlier)
        held = await hold_items(transaction, wanted)
        await hold_warehouses(transaction, [from_warehouse_id, to_warehouse_id])
        reference = (TRANSFER, str(uuid4()))
        moves = [
            Move(
                item_id=item,
                warehouse_id=warehouse,
                kind="transfer",
                available=change,
                reference=reference,
                reason=reason,
                notes=notes,
            )
            for item, quantity in wanted.items()
            for warehouse, change in ((from_warehouse_id, -quantity), (to_warehouse_id, quantity))
        ]
        filled = await with_backorders_filled(transaction, held, moves, now=now)
        moved = await move_stock(transaction, held, filled, actor_id=actor_id, now=now)
        await keep_answer(transaction, idempotency_key, moved_ids(moved))
        return moved


def _added_up(units: Sequence[ItemUnits]) -> dict[UUID, int]:
    wanted: defaultdict[UUID, int] = defaultdict(int)
    for each in units:
        if each.quantity < 1:
            message = "Move at least one unit of everything."
            raise ValueError(message)
        wanted[each.item_id] += each.quantity
    if not wanted:
        message = "Move something."
        raise ValueError(message)
    return dict(wanted)
