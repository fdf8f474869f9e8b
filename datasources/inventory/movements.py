"""The one way in which quantities change: guarded, summed up, written down, alerted and told, in three statements.

Of each item and warehouse the sum of the movements is what there is, and an item's quantities are the sums over its
warehouses, because nothing else writes any of the three.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import (
    DateTime,
    Integer,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.inventory.alerts import bring_alerts_up_to_date
from datasources.inventory.errors import NotEnoughStock, Shortage, TooManyUnits
from datasources.inventory.journal import tell_of_items
from datasources.inventory.listed import ITEM_COLUMNS
from datasources.inventory.records import InventoryItem, MovedStock, StockMovement
from datasources.inventory.tables import inventory_items, inventory_stock, inventory_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Column, Table, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.inventory.holdings import HeldItem
    from datasources.inventory.records import MovementKind

# What the columns hold.
MOST_UNITS: Final = 2**31 - 1

ORDER: Final = "order"
TRANSFER: Final = "transfer"
ADJUSTMENT: Final = "adjustment"
DELIVERY: Final = "delivery"

_QUANTITIES: Final = ("available", "reserved", "committed", "backordered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change to be made to the quantities of an item in a warehouse, and what it is for."""

    item_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    available: int = 0
    reserved: int = 0
    committed: int = 0
    backordered: int = 0
    reference: tuple[str, str] | None = None
    reason: str | None = None
    notes: str | None = None

    @property
    def place(self) -> tuple[UUID, UUID]:
        """The item and the warehouse."""
        return (self.item_id, self.warehouse_id)

    @property
    def changes(self) -> tuple[int, int, int, int]:
        """The changes of the four quantities."""
        return (self.available, self.reserved, self.committed, self.backordered)


async def move_stock(
    transaction: AsyncConnection,
    held: Mapping[UUID, HeldItem],
    moves: Sequence[Move],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> MovedStock:
    """Make these changes, in their order, to held items; a move that changes nothing is not written down.

    Raises:
        NotEnoughStock: a quantity would fall below zero.
        TooManyUnits: one would be larger than numbers are.
    """
    moves = [move for move in moves if any(move.changes)]
    if not moves:
        return MovedStock(items=(), movements=())
    by_place = _sums((move.place, move.changes) for move in moves)
    by_item = _sums((item, changes) for (item, _), changes in by_place.items())
    for item, changes in by_item.items():
        there = (getattr(held[item], name) for name in _QUANTITIES)
        if any(units + change > MOST_UNITS for units, change in zip(there, changes, strict=True)):
            raise TooManyUnits(MOST_UNITS)
    after = await _change_stock(transaction, held, by_place, now=now)
    movements = _movements(moves, by_place, after, actor_id=actor_id, now=now)
    movements = await _write_down(transaction, movements)
    items = await _change_items(transaction, by_item, restocked=_restocked(moves), now=now)
    alerts = await bring_alerts_up_to_date(transaction, held, items, now=now)
    await tell_of_items(transaction, items, movements, alerts, actor_id=actor_id, now=now)
    return MovedStock(items=items, movements=movements)


def _sums(changes: Any) -> dict[Any, list[int]]:
    """The changes by their keys, added up."""
    sums: defaultdict[Any, list[int]] = defaultdict(lambda: [0] * len(_QUANTITIES))
    for key, values in changes:
        sums[key] = [total + value for total, value in zip(sums[key], values, strict=True)]
    return dict(sums)


async def _change_stock(
    transaction: AsyncConnection,
    held: Mapping[UUID, HeldItem],
    by_place: Mapping[tuple[UUID, UUID], list[int]],
    *,
    now: datetime,
) -> dict[tuple[UUID, UUID], int]:
    """Change the rows of the warehouses; give what is available in each now."""
    # A place where there has never been any has no row yet.
    places = sorted(by_place)
    rising = [place for place in places if max(by_place[place]) > 0]
    if rising:
        await transaction.execute(
            insert_unless_there(inventory_stock).on_conflict_do_nothing(),
            [
                {"inventory_item_id": item, "warehouse_id": warehouse, "created_at": now, "updated_at": now}
                for item, warehouse in rising
            ],
        )
    changed = await transaction.execute(
        _STOCK_CHANGED,
        {
            "items": [item for item, _ in places],
            "places": [warehouse for _, warehouse in places],
            "moment": now,
            **_columns([by_place[place] for place in places]),
        },
    )
    after = {(row.inventory_item_id, row.warehouse_id): row.quantity_available for row in changed}
    refused = [place for place in places if place not in after]
    if refused:
        raise NotEnoughStock(await _shortages(transaction, held, by_place, refused))
    return after


async def _shortages(
    transaction: AsyncConnection,
    held: Mapping[UUID, HeldItem],
    by_place: Mapping[tuple[UUID, UUID], list[int]],
    refused: Sequence[tuple[UUID, UUID]],
) -> list[Shortage]:
    found = await transaction.execute(
        select(inventory_stock.c.quantity_available, *inventory_stock.primary_key).where(
            tuple_(*inventory_stock.primary_key).in_(refused)
        )
    )
    there = {(row.inventory_item_id, row.warehouse_id): row.quantity_available for row in found}
    return [
        Shortage(
            variant_id=held[place[0]].variant_id,
            sku=held[place[0]].sku,
            wanted=-by_place[place][0],
            available=there.get(place, 0),
        )
        for place in refused
    ]


async def _change_items(
    transaction: AsyncConnection,
    by_item: Mapping[UUID, list[int]],
    *,
    restocked: frozenset[UUID],
    now: datetime,
) -> tuple[InventoryItem, ...]:
    """Change the sums of the items; give the items as they are now."""
    items = sorted(by_item)
    changed = await transaction.execute(
        _ITEMS_CHANGED,
        {
            "items": items,
            "restocked": list(restocked),
            "moment": now,
            **_columns([by_item[item] for item in items]),
        },
    )
    found = {row["id"]: InventoryItem(**row) for row in changed.mappings()}
    return tuple(found[item] for item in items)


def _movements(
    moves: Sequence[Move],
    by_place: Mapping[tuple[UUID, UUID], list[int]],
    after: Mapping[tuple[UUID, UUID], int],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> tuple[StockMovement, ...]:
    """The moves as they are written down, each with what was available before and after it."""
    level = {place: after[place] - changes[0] for place, changes in by_place.items()}
    movements = []
    for move in moves:
        before = level[move.place]
        level[move.place] = before + move.available
        about, about_id = move.reference or (None, None)
        movements.append(
            StockMovement(
                id=uuid4(),
                sequence=0,  # until it is written down
                item_id=move.item_id,
                warehouse_id=move.warehouse_id,
                kind=move.kind,
                available_change=move.available,
                reserved_change=move.reserved,
                committed_change=move.committed,
                backordered_change=move.backordered,
                before=before,
                after=before + move.available,
                reference_type=about,
                reference_id=about_id,
                reason=move.reason,
                notes=move.notes,
                actor_id=actor_id,
                created_at=now,
            )
        )
    return tuple(movements)


async def _write_down(
    transaction: AsyncConnection, movements: Sequence[StockMovement]
) -> tuple[StockMovement, ...]:
    """Add movements to the journal, in their order; give them with their places in it."""
    added = await transaction.execute(
        insert(inventory_transactions).returning(
            inventory_transactions.c.id, inventory_transactions.c.sequence, sort_by_parameter_order=True
        ),
        [_row(movement) for movement in movements],
    )
    places = {row.id: row.sequence for row in added}
    return tuple(replace(movement, sequence=places[movement.id]) for movement in movements)


def _row(movement: StockMovement) -> dict[str, Any]:
    return {column: getattr(movement, name) for column, name in _WRITTEN.items()}


def _restocked(moves: Sequence[Move]) -> frozenset[UUID]:
    return frozenset(move.item_id for move in moves if move.kind == "restock")


def _columns(changes: Sequence[Sequence[int]]) -> dict[str, list[int]]:
    """Changes of many rows as one list for each quantity."""
    return {name: [row[place] for row in changes] for place, name in enumerate(_QUANTITIES)}


def _changed(table: Table, *keys: tuple[str, Column[Any]]) -> Update:
    """Adds to the quantities of many rows at once, except where one would fall below zero."""
    given = func.unnest(
        *(bindparam(name, type_=ARRAY(Uuid)) for name, _ in keys),
        *(bindparam(name, type_=ARRAY(Integer)) for name in _QUANTITIES),
    )
    changes = given.table_valued(
        *(column(name, Uuid) for name, _ in keys), *(column(name, Integer) for name in _QUANTITIES)
    ).render_derived(name="changes")
    sums = {f"quantity_{name}": table.c[f"quantity_{name}"] + changes.c[name] for name in _QUANTITIES}
    return (
        update(table)
        .where(*(key == changes.c[name] for name, key in keys), *(total >= 0 for total in sums.values()))
        .values(**sums, version=table.c.version + 1, updated_at=bindparam("moment"))
    )


_STOCK_CHANGED = _changed(
    inventory_stock,
    ("items", inventory_stock.c.inventory_item_id),
    ("places", inventory_stock.c.warehouse_id),
).returning(*inventory_stock.primary_key, inventory_stock.c.quantity_available)

_ITEMS_CHANGED = (
    _changed(inventory_items, ("items", inventory_items.c.id))
    .values(
        last_restocked_at=case(
            (
                inventory_items.c.id == any_(bindparam("restocked", type_=ARRAY(Uuid))),
                bindparam("moment", type_=DateTime(timezone=True)),
            ),
            else_=inventory_items.c.last_restocked_at,
        )
    )
    .returning(*ITEM_COLUMNS)
)

_WRITTEN: Final = {
    "id": "id",
    "inventory_item_id": "item_id",
    "warehouse_id": "warehouse_id",
    "transaction_type": "kind",
    "quantity_change": "available_change",
    "reserved_change": "reserved_change",
    "committed_change": "committed_change",
    "backordered_change": "backordered_change",
    "previous_stock": "before",
    "new_stock": "after",
    "reference_type": "reference_type",
    "reference_id": "reference_id",
    "reason": "reason",
    "notes": "notes",
    "created_by": "actor_id",
    "created_at": "created_at",
}
