"""The inventory at the root of the schema, for staff."""

from typing import Annotated, Any, Optional

import strawberry

from datasources.core.paging import window
from datasources.inventory import queries, records
from resolvers.context import Info
from resolvers.inventory.adjustments import StockAdjustment, StockAdjustmentWhere, adjustment_filter
from resolvers.inventory.alerts import StockAlert, StockAlertWhere, alert_filter
from resolvers.inventory.items import InventoryItem, InventoryItemWhere, item_filter
from resolvers.inventory.movements import StockMovement, StockMovementWhere, movement_filter
from resolvers.inventory.types import Warehouse
from resolvers.permissions import Permission
from resolvers.problems import require_exactly_one
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, uuid_of
from resolvers.requirements import restricted_field

ITEMS = "Only items that meet every condition."


@strawberry.type
class InventoryQueries:
    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Connection[Warehouse],
        description="All warehouses, the preferred one first.",
    )
    async def warehouses(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        is_active: Annotated[
            bool | None, strawberry.argument(description="Only those that are active, or those that are not.")
        ] = None,
    ) -> Listing[records.Warehouse]:
        wanted = records.WarehouseFilter(is_active=is_active)
        return await _listing(info, queries.WAREHOUSES, wanted, first, after, last, before)

    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Optional[InventoryItem],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The inventory item with this id, or of this variant; null where nobody keeps count of it.",
    )
    async def inventory_item(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = None,
        variant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Its variant's global id.")
        ] = None,
    ) -> records.InventoryItem | None:
        require_exactly_one(id=id, variantId=variant_id)
        loaders = info.context.loaders.inventory
        if id is not None:
            return await loaders.item_by_id.load(uuid_of(id, "InventoryItem"))
        return await loaders.item_by_variant.load(uuid_of(variant_id or "", "ProductVariant"))

    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Connection[InventoryItem],
        description="All that is counted, the newest item first.",
    )
    async def inventory_items(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[InventoryItemWhere | None, strawberry.argument(description=ITEMS)] = None,
    ) -> Listing[records.InventoryItem]:
        return await _listing(info, queries.ITEMS, item_filter(where), first, after, last, before)

    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Connection[StockMovement],
        description="Every movement of stock, the newest first.",
    )
    async def stock_movements(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[StockMovementWhere | None, strawberry.argument(description=ITEMS)] = None,
    ) -> Listing[records.StockMovement]:
        return await _listing(info, queries.MOVEMENTS, movement_filter(where), first, after, last, before)

    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Connection[StockAlert],
        description="Alerts of low stock and of none, the newest first.",
    )
    async def stock_alerts(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[StockAlertWhere | None, strawberry.argument(description=ITEMS)] = None,
    ) -> Listing[records.StockAlert]:
        return await _listing(info, queries.ALERTS, alert_filter(where), first, after, last, before)

    @restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Connection[StockAdjustment],
        description="Stock adjustments, the newest first.",
    )
    async def stock_adjustments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[StockAdjustmentWhere | None, strawberry.argument(description=ITEMS)] = None,
    ) -> Listing[records.StockAdjustment]:
        return await _listing(info, queries.ADJUSTMENTS, adjustment_filter(where), first, after, last, before)


async def _listing(
    info: Info,
    stock_list: queries.StockList[Any, Any],
    wanted: Any,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Listing[Any]:
    database = info.context.connections.inventory
    page = await stock_list.page(
        database, wanted=wanted, window=window(first=first, after=after, last=last, before=before)
    )
    return Listing(page_info=page, count=lambda: stock_list.count(database, wanted=wanted))
