"""Stock adjustments: drafted, submitted, approved by somebody else or rejected, and applied."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from datasources.inventory import records
from datasources.inventory.commands import adjustments
from datasources.workflows.availability import with_availability
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.inventory.adjustments import StockAdjustment
from resolvers.inventory.entries import (
    MOST_OF_NOTES,
    MOST_OF_REASON,
    CountedStockInput,
    acting_staff,
    read_counts,
)
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.problems import (
    InventoryItemNotFoundError,
    NotEnoughStockError,
    OwnStockAdjustmentError,
    StockAdjustmentNotFoundError,
    StockAdjustmentNotReadyError,
    StockCountedSinceError,
    TooManyUnitsError,
    WarehouseInactiveError,
    WarehouseNotFoundError,
)
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import uuid_of

ADJUSTMENT_ID = "The adjustment's global id."
AS_IT_IS = "The adjustment as it is now."


@strawberry.input(description="What was counted in a warehouse.")
class DraftStockAdjustmentInput:
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse's global id.")
    counted: list[CountedStockInput] = strawberry.field(
        description="What was counted of each item; at most 100 of them."
    )
    reason: str = strawberry.field(description="Why it was counted, in a few words.")
    notes: str | None = strawberry.field(default=None, description="More about it.")


DraftStockAdjustmentError = Annotated[
    InvalidInputError | WarehouseNotFoundError | WarehouseInactiveError | InventoryItemNotFoundError,
    strawberry.union("DraftStockAdjustmentError", description="Why `draftStockAdjustment` did nothing."),
]


@strawberry.type(description="What `draftStockAdjustment` answers.")
class DraftStockAdjustmentPayload:
    adjustment: records.StockAdjustment | None = entity(StockAdjustment, "The draft.")
    user_errors: list[DraftStockAdjustmentError] = user_errors()


@strawberry.input(description="An adjustment that is to be approved.")
class SubmitStockAdjustmentInput:
    adjustment_id: strawberry.ID = strawberry.field(description=ADJUSTMENT_ID)


SubmitStockAdjustmentError = Annotated[
    StockAdjustmentNotFoundError | StockAdjustmentNotReadyError,
    strawberry.union("SubmitStockAdjustmentError", description="Why `submitStockAdjustment` did nothing."),
]


@strawberry.type(description="What `submitStockAdjustment` answers.")
class SubmitStockAdjustmentPayload:
    adjustment: records.StockAdjustment | None = entity(StockAdjustment, AS_IT_IS)
    user_errors: list[SubmitStockAdjustmentError] = user_errors()


@strawberry.input(description="An adjustment that may be applied.")
class ApproveStockAdjustmentInput:
    adjustment_id: strawberry.ID = strawberry.field(description=ADJUSTMENT_ID)


ApproveStockAdjustmentError = Annotated[
    StockAdjustmentNotFoundError | StockAdjustmentNotReadyError | OwnStockAdjustmentError,
    strawberry.union("ApproveStockAdjustmentError", description="Why `approveStockAdjustment` did nothing."),
]


@strawberry.type(description="What `approveStockAdjustment` answers.")
class ApproveStockAdjustmentPayload:
    adjustment: records.StockAdjustment | None = entity(StockAdjustment, AS_IT_IS)
    user_errors: list[ApproveStockAdjustmentError] = user_errors()


@strawberry.input(description="An adjustment that may not be applied.")
class RejectStockAdjustmentInput:
    adjustment_id: strawberry.ID = strawberry.field(description=ADJUSTMENT_ID)


RejectStockAdjustmentError = Annotated[
    StockAdjustmentNotFoundError | StockAdjustmentNotReadyError,
    strawberry.union("RejectStockAdjustmentError", description="Why `rejectStockAdjustment` did nothing."),
]


@strawberry.type(description="What `rejectStockAdjustment` answers.")
class RejectStockAdjustmentPayload:
    adjustment: records.StockAdjustment | None = entity(StockAdjustment, AS_IT_IS)
    user_errors: list[RejectStockAdjustmentError] = user_errors()


@strawberry.input(description="An adjustment by which the stock is to be changed.")
class ApplyStockAdjustmentInput:
    adjustment_id: strawberry.ID = strawberry.field(description=ADJUSTMENT_ID)


ApplyStockAdjustmentError = Annotated[
    StockAdjustmentNotFoundError
    | StockAdjustmentNotReadyError
    | StockCountedSinceError
    | NotEnoughStockError
    | TooManyUnitsError
    | WarehouseInactiveError,
    strawberry.union("ApplyStockAdjustmentError", description="Why `applyStockAdjustment` did nothing."),
]


@strawberry.type(description="What `applyStockAdjustment` answers.")
class ApplyStockAdjustmentPayload:
    adjustment: records.StockAdjustment | None = entity(StockAdjustment, AS_IT_IS)
    items: Sequence[records.InventoryItem] | None = entity(list[InventoryItem], "The items as they are now.")
    user_errors: list[ApplyStockAdjustmentError] = user_errors()


# Where in each input these errors belong.
_AT = {StockAdjustmentNotFoundError: "adjustmentId", StockAdjustmentNotReadyError: "adjustmentId"}


@strawberry.type
class StockAdjustmentMutations:
    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={
            WarehouseNotFoundError: "warehouseId",
            WarehouseInactiveError: "warehouseId",
            InventoryItemNotFoundError: "counted",
        },
        description="Write down what was counted, against what should be available at this moment.",
    )
    async def draft_stock_adjustment(
        self, info: Info, input: DraftStockAdjustmentInput
    ) -> DraftStockAdjustmentPayload:
        draft = await adjustments.draft_adjustment(
            info.context.connections.inventory,
            warehouse_id=uuid_of(input.warehouse_id, "Warehouse"),
            **_read_draft(input),
            **acting_staff(info),
        )
        return DraftStockAdjustmentPayload(adjustment=draft)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at=_AT,
        description="Ask for the approval of a draft.",
    )
    async def submit_stock_adjustment(
        self, info: Info, input: SubmitStockAdjustmentInput
    ) -> SubmitStockAdjustmentPayload:
        adjustment = await adjustments.submit_adjustment(
            info.context.connections.inventory,
            adjustment_id=uuid_of(input.adjustment_id, "StockAdjustment"),
            **acting_staff(info),
        )
        return SubmitStockAdjustmentPayload(adjustment=adjustment)

    @mutation(
        requires=Permission.APPROVE_INVENTORY,
        at={**_AT, OwnStockAdjustmentError: "adjustmentId"},
        description="Allow an adjustment that somebody else has drafted.",
    )
    async def approve_stock_adjustment(
        self, info: Info, input: ApproveStockAdjustmentInput
    ) -> ApproveStockAdjustmentPayload:
        adjustment = await adjustments.approve_adjustment(
            info.context.connections.inventory,
            adjustment_id=uuid_of(input.adjustment_id, "StockAdjustment"),
            **acting_staff(info),
        )
        return ApproveStockAdjustmentPayload(adjustment=adjustment)

    @mutation(
        requires=Permission.APPROVE_INVENTORY,
        at=_AT,
        description="Turn down an adjustment that waits for approval.",
    )
    async def reject_stock_adjustment(
        self, info: Info, input: RejectStockAdjustmentInput
    ) -> RejectStockAdjustmentPayload:
        adjustment = await adjustments.reject_adjustment(
            info.context.connections.inventory,
            adjustment_id=uuid_of(input.adjustment_id, "StockAdjustment"),
            **acting_staff(info),
        )
        return RejectStockAdjustmentPayload(adjustment=adjustment)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={
            **_AT,
            StockCountedSinceError: "adjustmentId",
            NotEnoughStockError: "adjustmentId",
            TooManyUnitsError: "adjustmentId",
            WarehouseInactiveError: "adjustmentId",
        },
        description="Change the stock by the differences of an approved adjustment, once.",
    )
    async def apply_stock_adjustment(
        self, info: Info, input: ApplyStockAdjustmentInput
    ) -> ApplyStockAdjustmentPayload:
        adjustment_id = uuid_of(input.adjustment_id, "StockAdjustment")
        applied = await with_availability(
            info.context.connections,
            adjustments.apply_adjustment(
                info.context.connections.inventory, adjustment_id=adjustment_id, **acting_staff(info)
            ),
        )
        return ApplyStockAdjustmentPayload(adjustment=applied.adjustment, items=applied.moved.items)


def _read_draft(input: DraftStockAdjustmentInput) -> dict[str, Any]:
    entries = Entries()
    values: dict[str, Any] = {
        "counted": read_counts(entries, input.counted, "counted"),
        "reason": entries.text(input.reason, "reason", most=MOST_OF_REASON),
        "notes": entries.lines(input.notes, "notes", most=MOST_OF_NOTES),
    }
    entries.check()
    return values
