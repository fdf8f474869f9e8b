"""What callers want done with stock: units of variants and items, counts, and new or changed warehouses and items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """So many units, at least one, of a variant."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemUnits:
    """So many units, at least one, of an inventory item."""

    item_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedItem:
    """What was counted of an item in a warehouse: `counted` units that may be sold, none or more."""

    item_id: UUID
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseAddress:
    """Where a warehouse is. `country` is ISO 3166-1 alpha-2."""

    street_address: str
    city: str
    state_province: str | None
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWarehouse:
    """A warehouse to be opened; stock is taken from the lowest `priority` first."""

    code: str
    name: str
    priority: int = 0
    address: WarehouseAddress | None = None


class WarehouseChanges(TypedDict, total=False):
    """What of a warehouse is to change. What is left out stays."""

    code: str
    name: str
    priority: int
    address: WarehouseAddress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A variant whose stock is to be counted from now on; there is none of it yet.

    Staff are told when what is available falls to `low_stock_threshold`; `reorder_point` and `reorder_quantity` say
    when and how much to order from the maker.
    """

    variant_id: UUID
    product_id: str
    sku: str
    low_stock_threshold: int = 10
    reorder_point: int = 20
    reorder_quantity: int = 100
    allows_backorder: bool = False


class ItemChanges(TypedDict, total=False):
    """What of an item is to change. What is left out stays; quantities change by movements alone."""

    sku: str
    low_stock_threshold: int
    reorder_point: int
    reorder_quantity: int
    allows_backorder: bool
