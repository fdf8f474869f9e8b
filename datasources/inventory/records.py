"""What the inventory service gives out: how much there is of something and where, and why it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datasources.core.records import row_record

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

MovementKind = Literal[
    "restock", "sale", "adjustment", "reservation", "release", "commit", "return", "transfer"
]
ReservationStatus = Literal["active", "committed", "released", "expired"]
AdjustmentStatus = Literal["draft", "pending", "approved", "rejected", "applied"]
AlertKind = Literal["low_stock", "out_of_stock"]


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
class StockLevel:
    """All quantities of one item in one warehouse."""

    item_id: UUID
    warehouse_id: UUID
    available: int
    reserved: int
    committed: int
    backordered: int


@row_record
class Warehouse:
    """A place that goods are sent from, the lowest `priority` first. `country` is ISO 3166-1 alpha-2."""

    id: UUID
    code: str
    name: str
    is_active: bool
    priority: int
    version: int
    created_at: datetime
    street_address: str | None
    city: str | None
    state_province: str | None
    postal_code: str | None
    country: str | None


@row_record
class InventoryItem:
    """What is counted of one variant, over all warehouses.

    `available` may be sold now, `reserved` is held for orders being placed, `committed` belongs to orders placed and
    not yet shipped, `backordered` is promised beyond what there is.
    """

    id: UUID
    variant_id: UUID
    product_id: str
    sku: str
    available: int
    reserved: int
    committed: int
    backordered: int
    low_stock_threshold: int
    reorder_point: int
    reorder_quantity: int
    allows_backorder: bool
    last_restocked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@row_record
class StockMovement:
    """A change of the quantities of one item in one warehouse; `before` and `after` are what was available.

    Of movements of one moment, those of one item above all, `sequence` tells which came first.
    """

    id: UUID
    sequence: int
    item_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    available_change: int
    reserved_change: int
    committed_change: int
    backordered_change: int
    before: int
    after: int
    reference_type: str | None
    reference_id: str | None
    reason: str | None
    notes: str | None
    actor_id: UUID | None
    created_at: datetime


@row_record
class StockAlert:
    """An item that fell to its threshold, or to nothing. It is open until there is more again."""

    id: UUID
    item_id: UUID
    kind: AlertKind
    available: int
    threshold: int
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    created_at: datetime


@row_record
class StockAdjustment:
    """Counted differences in one warehouse, from the draft to their application."""

    id: UUID
    number: str
    warehouse_id: UUID
    reason: str
    notes: str | None
    status: AdjustmentStatus
    created_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None
    rejected_by: UUID | None
    rejected_at: datetime | None
    applied_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@row_record
class AdjustedItem:
    """One line of an adjustment: what was available when it was counted, and what there is instead."""

    adjustment_id: UUID
    item_id: UUID
    expected: int
    counted: int
    difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedLine:
    """What an order holds of one variant in one warehouse; `backordered` of the `quantity` are not there yet."""

    reservation_id: UUID
    item_id: UUID
    variant_id: UUID
    product_id: str
    sku: str
    warehouse_id: UUID
    quantity: int
    backordered: int
    shipped: int
    returned: int
    status: ReservationStatus
    expires_at: datetime

    @property
    def place(self) -> tuple[UUID, UUID]:
        """The item and the warehouse."""
        return (self.item_id, self.warehouse_id)

    @property
    def is_live(self) -> bool:
        """Whether it is held still: neither given back nor expired. What has been shipped is."""
        return self.status in {"active", "committed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """All that an order holds or held, in the order of items and warehouses."""

    order_id: UUID
    lines: tuple[ReservedLine, ...]

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products whose stock it is."""
        return tuple(dict.fromkeys(line.product_id for line in self.lines))

    @property
    def backordered(self) -> int:
        """How many units have still to come in."""
        return sum(line.backordered for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedStock:
    """What a command moved, and the items as they are after it."""

    items: tuple[InventoryItem, ...]
    movements: tuple[StockMovement, ...]

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products whose stock it is."""
        return tuple(dict.fromkeys(item.product_id for item in self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedAdjustment:
    """An adjustment that was applied, and what it moved."""

    adjustment: StockAdjustment
    moved: MovedStock

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products whose stock it is."""
        return self.moved.product_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseFilter:
    """Which warehouses a list holds; what is None does not matter."""

    is_active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items a list holds; what is None does not matter. `is_low` is at or below its threshold."""

    skus: tuple[str, ...] | None = None
    product_id: str | None = None
    is_low: bool | None = None
    is_out: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """Which movements a list holds; what is None does not matter."""

    item_id: UUID | None = None
    warehouse_id: UUID | None = None
    kinds: tuple[str, ...] | None = None
    reference_type: str | None = None
    reference_id: str | None = None
    at_from: datetime | None = None
    at_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts a list holds; what is None does not matter."""

    item_id: UUID | None = None
    kinds: tuple[str, ...] | None = None
    is_open: bool | None = None
    is_acknowledged: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentFilter:
    """Which adjustments a list holds; what is None does not matter."""

    statuses: tuple[str, ...] | None = None
    warehouse_id: UUID | None = None
