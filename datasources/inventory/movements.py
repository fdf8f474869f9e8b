"""The one way in which quantities change: guarded and summed up in one statement, written down and told in another.

Of each item and warehouse the sum of the movements is what there is, and an item's quantities are the sums over its
warehouses, because nothing else writes any of the three.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
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
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.inventory.alerts import bring_alerts_up_to_date
from datasources.inventory.errors import NotEnoughStock, Shortage, TooManyUnits
from datasources.inventory.journal import write_down
from datasources.inventory.listed import ITEM_COLUMNS
from datasources.inventory.records import InventoryItem, MovedStock, StockMovement
from datasources.inventory.tables import inventory_items, inventory_stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, FromClause, Table, Update
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.types import TypeEngine

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
    after, items = await _change_stock(transaction, held, by_place, restocked=_restocked(moves), now=now)
    alerts = await bring_alerts_up_to_date(transaction, held, items, now=now)
    movements = _movements(moves, by_place, after, actor_id=actor_id, now=now)
    movements = await write_down(transaction, movements, items, alerts, actor_id=actor_id, now=now)
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
    restocked: frozenset[UUID],
    now: datetime,
) -> tuple[dict[tuple[UUID, UUID], int], tuple[InventoryItem, ...]]:
    """Change what there is in the warehouses, and with it the sums of the items.

    Gives what is available in each place now, and the items as they are now.
    """
    await _open_places(transaction, by_place, now=now)
    places = sorted(by_place)
    changed = await transaction.execute(
        _STOCK_CHANGED,
        {
            "item": [item for item, _ in places],
            "place": [warehouse for _, warehouse in places],
            "restocked": list(restocked),
            "moment": now,
            **_columns([by_place[place] for place in places]),
        },
    )
    after: dict[tuple[UUID, UUID], int] = {}
    items: dict[UUID, InventoryItem] = {}
    for row in changed.mappings():
        values = dict(row)
        item = values.pop("item")
        after[item, values.pop("warehouse")] = values.pop("in_warehouse")
        if values["id"] is not None:
            items[item] = InventoryItem(**values)
    refused = [place for place in places if place not in after]
    if refused:
        raise NotEnoughStock(await _shortages(transaction, held, by_place, refused))
    return after, tuple(items[item] for item in sorted(items))


async def _open_places(
    transaction: AsyncConnection, by_place: Mapping[tuple[UUID, UUID], list[int]], *, now: datetime
) -> None:
    """Add the rows of places where there has never been any. Where something is taken there is one, or too little."""
    rising = [place for place, changes in by_place.items() if max(changes) > 0 and min(changes) >= 0]
    if rising:
        await transaction.execute(
            insert_unless_there(inventory_stock).on_conflict_do_nothing(),
            [
                {"inventory_item_id": item, "warehouse_id": warehouse, "created_at": now, "updated_at": now}
                for item, warehouse in sorted(rising)
            ],
        )


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


def _restocked(moves: Sequence[Move]) -> frozenset[UUID]:
    return frozenset(move.item_id for move in moves if move.kind == "restock")


def _columns(changes: Sequence[Sequence[int]]) -> dict[str, list[int]]:
    """Changes of many rows as one list for each quantity."""
    return {name: [row[place] for row in changes] for place, name in enumerate(_QUANTITIES)}


def _added(table: Table, changes: FromClause, *keys: ColumnElement[bool]) -> Update:
    """Adds changes to the quantities of many rows at once, except where one would fall below zero."""
    sums = {f"quantity_{name}": table.c[f"quantity_{name}"] + changes.c[name] for name in _QUANTITIES}
    return (
        update(table)
        .where(*keys, *(total >= 0 for total in sums.values()))
        .values(**sums, version=table.c.version + 1, updated_at=_MOMENT)
    )


_MOMENT = bindparam("moment", type_=DateTime(timezone=True))

_GIVEN: Final[Mapping[str, TypeEngine[Any]]] = {
    "item": Uuid(),
    "place": Uuid(),
    **dict.fromkeys(_QUANTITIES, Integer()),
}

# The changes of places; their sums are those of the items.
_CHANGES = select(
    func.unnest(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _GIVEN.items()))
    .table_valued(*(column(name, type_) for name, type_ in _GIVEN.items()))
    .render_derived(name="given")
).cte("changes")
_SUMS = (
    select(_CHANGES.c.item, *(func.sum(_CHANGES.c[name]).label(name) for name in _QUANTITIES))
    .group_by(_CHANGES.c.item)
    .subquery("sums")
)

_STOCK = (
    _added(
        inventory_stock,
        _CHANGES,
        inventory_stock.c.inventory_item_id == _CHANGES.c.item,
        inventory_stock.c.warehouse_id == _CHANGES.c.place,
    )
    .returning(*inventory_stock.primary_key, inventory_stock.c.quantity_available)
    .cte("stock")
)
_ITEMS = (
    _added(inventory_items, _SUMS, inventory_items.c.id == _SUMS.c.item)
    .values(
        last_restocked_at=case(
            (inventory_items.c.id == any_(bindparam("restocked", type_=ARRAY(Uuid))), _MOMENT),
            else_=inventory_items.c.last_restocked_at,
        )
    )
    .returning(*ITEM_COLUMNS)
    .cte("items")
)
_STOCK_CHANGED = select(
    _STOCK.c.inventory_item_id.label("item"),
    _STOCK.c.warehouse_id.label("warehouse"),
    _STOCK.c.quantity_available.label("in_warehouse"),
    *_ITEMS.c,
).join_from(_STOCK, _ITEMS, _ITEMS.c.id == _STOCK.c.inventory_item_id, isouter=True)
