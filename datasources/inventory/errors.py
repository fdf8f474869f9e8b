"""What commands on stock refuse, each as an error that carries its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from datasources.inventory.records import AdjustmentStatus


class UnknownWarehouse(DatasourceError):
    """There is no warehouse with this id."""

    def __init__(self, warehouse_id: UUID) -> None:
        super().__init__("There is no such warehouse.")
        self.warehouse_id = warehouse_id


class WarehouseInactive(DatasourceError):
    """Goods were to come to a warehouse that none are shipped from."""

    def __init__(self, warehouse_id: UUID) -> None:
        super().__init__("This warehouse is not active.")
        self.warehouse_id = warehouse_id


class WarehouseCodeTaken(DatasourceError):
    """The code belongs to another warehouse."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is another warehouse with the code {code}.")
        self.warehouse_code = code


class WarehouseNotEmpty(DatasourceError):
    """A warehouse with stock, or with promises of stock, cannot be deactivated; `units` says how much there is."""

    def __init__(self, units: int) -> None:
        super().__init__(
            f"There are {units} units in this warehouse or promised from it. Transfer them first."
        )
        self.units = units


class SameWarehouse(DatasourceError):
    """A transfer names one warehouse twice."""

    def __init__(self, warehouse_id: UUID) -> None:
        super().__init__("Transfer to another warehouse than from.")
        self.warehouse_id = warehouse_id


class UnknownItem(DatasourceError):
    """Nobody keeps count of these: of inventory items by their ids, or of variants by theirs."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        super().__init__("Nobody keeps count of this.")
        self.ids = tuple(ids)


class ItemExists(DatasourceError):
    """The variant is counted already, as the item `item_id`."""

    def __init__(self, variant_id: UUID) -> None:
        super().__init__("The stock of this variant is counted already.")
        self.variant_id = variant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """What there is too little of."""

    variant_id: UUID
    sku: str
    wanted: int
    available: int


class NotEnoughStock(DatasourceError):
    """Less is available than wanted of everything in `shortages`; nothing was taken of anything."""

    def __init__(self, shortages: Iterable[Shortage]) -> None:
        self.shortages = tuple(shortages)
        missing = ", ".join(f"{it.sku} ({it.available} of {it.wanted})" for it in self.shortages)
        super().__init__(f"There is not enough in stock: {missing}.")


class TooManyUnits(DatasourceError):
    """More units would be counted of an item than numbers can hold."""

    def __init__(self, most: int) -> None:
        super().__init__(f"No item can have more than {most} units.")
        self.most = most


class AlreadyReserved(DatasourceError):
    """The order holds units of these variants already, under another idempotency key."""

    def __init__(self, order_id: UUID, variant_ids: Iterable[UUID]) -> None:
        super().__init__("The order holds this already.")
        self.order_id = order_id
        self.variant_ids = tuple(variant_ids)


class NothingReserved(DatasourceError):
    """The order holds nothing: it never did, or gave it back, or its time ran out."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__("Nothing is reserved for this order any more.")
        self.order_id = order_id


class AlreadyShipped(DatasourceError):
    """What was to be released has left the warehouse."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__("The goods of this order have been shipped.")
        self.order_id = order_id


class NotShippable(DatasourceError):
    """What was to be shipped is not committed to the order, or not there yet: `backordered` units are missing."""

    def __init__(self, order_id: UUID, backordered: int) -> None:
        super().__init__(
            f"The order waits for {backordered} units that are not in stock."
            if backordered
            else "The goods of this order are not committed to it yet."
        )
        self.order_id = order_id
        self.backordered = backordered


class TooManyReturned(DatasourceError):
    """More is to come back than an order has, or was sent, and is not back yet; `returnable` says how much may."""

    def __init__(self, variant_id: UUID, returnable: int) -> None:
        super().__init__(f"At most {returnable} units of this can still come back.")
        self.variant_id = variant_id
        self.returnable = returnable


class UnknownAdjustment(DatasourceError):
    """There is no stock adjustment with this id."""

    def __init__(self, adjustment_id: UUID) -> None:
        super().__init__("There is no such stock adjustment.")
        self.adjustment_id = adjustment_id


class AdjustmentNotReady(DatasourceError):
    """The adjustment is not in a status from which this can be done; `status` is the one that it is in."""

    def __init__(self, status: AdjustmentStatus) -> None:
        super().__init__(f"This cannot be done to an adjustment that is {status}.")
        self.status = status


class CountedSince(DatasourceError):
    """Another adjustment of the same warehouse has corrected these items since this one was drafted."""

    def __init__(self, item_ids: Iterable[UUID]) -> None:
        super().__init__(
            "This has been corrected by another adjustment since it was counted. Count it again."
        )
        self.item_ids = tuple(item_ids)


class OwnAdjustment(DatasourceError):
    """Whoever drafted an adjustment tried to approve it."""

    def __init__(self) -> None:
        super().__init__("Somebody else has to approve what you have drafted.")


class UnknownAlert(DatasourceError):
    """There is no stock alert with this id."""

    def __init__(self, alert_id: UUID) -> None:
        super().__init__("There is no such stock alert.")
        self.alert_id = alert_id
