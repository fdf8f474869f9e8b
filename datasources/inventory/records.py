"""What the inventory service gives out: how much there is of something, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.records import row_record

if TYPE_CHECKING:
    from uuid import UUID


@row_record
class Stock:
    """How much there is of a variant, or of all variants of a product together, in pieces over all warehouses."""

    item_ids: tuple[UUID, ...]
    available: int
    reserved: int
    allows_backorder: bool

    @property
    def is_in_stock(self) -> bool:
        """Whether it can be bought now."""
        return self.available > 0 or self.allows_backorder


@row_record
class WarehouseStock:
    """How much of it lies in one warehouse."""

    warehouse_id: UUID
    available: int
    reserved: int


@row_record
class Warehouse:
    """A place that goods are sent from."""

    id: UUID
    code: str
    name: str
    is_active: bool
