"""Decides which warehouses an order's units come from: the same stock and the same order give the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is available of an item in one warehouse."""

    item_id: UUID
    warehouse_id: UUID
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Units from one warehouse: those that are there, and those that are promised from it."""

    warehouse_id: UUID
    taken: int = 0
    backordered: int = 0


def allocate(
    wanted: int, levels: Sequence[Level], *, backorder_from: UUID | None
) -> tuple[Allocation, ...] | None:
    """Where to take so many units of one item from; None where there are too few.

    `levels` are the item's in the active warehouses, the preferred one first. One warehouse that has them all is better
    than two preferred ones that have some. What no warehouse has is promised from `backorder_from`, if that is given.
    """
    whole = next((level for level in levels if level.available >= wanted), None)
    if whole is not None:
        return (Allocation(warehouse_id=whole.warehouse_id, taken=wanted),)
    taken: dict[UUID, int] = {}
    rest = wanted
    for level in levels:
        units = min(rest, level.available)
        if units > 0:
            taken[level.warehouse_id] = units
            rest -= units
    if rest and backorder_from is None:
        return None
    if rest and backorder_from is not None:
        taken.setdefault(backorder_from, 0)
    return tuple(
        Allocation(
            warehouse_id=warehouse, taken=units, backordered=rest if warehouse == backorder_from else 0
        )
        for warehouse, units in taken.items()
    )
