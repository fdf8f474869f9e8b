"""What mutations on the inventory tell their users as data: one type for each error of the inventory service."""

import strawberry

from datasources.inventory import errors
from resolvers.inventory.adjustments import StockAdjustmentStatus
from resolvers.mutations import UserError


@strawberry.type(description="There is no such warehouse.")
class WarehouseNotFoundError(UserError):
    raised_as = errors.UnknownWarehouse


@strawberry.type(description="The warehouse is not active.")
class WarehouseInactiveError(UserError):
    raised_as = errors.WarehouseInactive


@strawberry.type(description="The code belongs to another warehouse.")
class WarehouseCodeTakenError(UserError):
    raised_as = errors.WarehouseCodeTaken

    warehouse_code: str = strawberry.field(description="The code.")


@strawberry.type(
    description="There is stock in the warehouse, or it was promised from it. Transfer it first."
)
class WarehouseNotEmptyError(UserError):
    raised_as = errors.WarehouseNotEmpty

    units: int = strawberry.field(description="How many units there are, or are promised.")


@strawberry.type(description="A transfer has to go to another warehouse than it comes from.")
class SameWarehouseError(UserError):
    raised_as = errors.SameWarehouse


@strawberry.type(description="Nobody keeps count of this.")
class InventoryItemNotFoundError(UserError):
    raised_as = errors.UnknownItem


@strawberry.type(description="The stock of this variant is counted already.")
class InventoryItemExistsError(UserError):
    raised_as = errors.ItemExists


@strawberry.type(description="What there is too little of.")
class StockShortage:
    sku: str = strawberry.field(description="The variant's stock keeping unit.")
    wanted: int = strawberry.field(description="How many units were wanted.")
    available: int = strawberry.field(description="How many there are.")


@strawberry.type(description="Less is available than wanted. Nothing was moved.")
class NotEnoughStockError(UserError):
    raised_as = errors.NotEnoughStock

    shortages: list[StockShortage] = strawberry.field(description="Everything that there is too little of.")


@strawberry.type(description="There would be more units of an item than can be counted.")
class TooManyUnitsError(UserError):
    raised_as = errors.TooManyUnits

    most: int = strawberry.field(description="How many there can be.")


@strawberry.type(description="There is no such stock adjustment.")
class StockAdjustmentNotFoundError(UserError):
    raised_as = errors.UnknownAdjustment


@strawberry.type(description="The adjustment is at a stage at which this cannot be done.")
class StockAdjustmentNotReadyError(UserError):
    raised_as = errors.AdjustmentNotReady

    status: StockAdjustmentStatus = strawberry.field(description="The stage that it is at.")


@strawberry.type(
    description="Another adjustment has corrected the same stock since this one was drafted. Count it again."
)
class StockCountedSinceError(UserError):
    raised_as = errors.CountedSince


@strawberry.type(description="You have drafted this adjustment: somebody else has to approve it.")
class OwnStockAdjustmentError(UserError):
    raised_as = errors.OwnAdjustment


@strawberry.type(description="There is no such stock alert.")
class StockAlertNotFoundError(UserError):
    raised_as = errors.UnknownAlert
