"""The inventory's objects by their global id: warehouses for everybody, the rest for staff."""

from datasources.inventory import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relay import NodeFinder, uuid_from


async def find_warehouse(info: Info, key: str) -> records.Warehouse | None:
    """The warehouse; whoever sees stock sees its name."""
    return await info.context.loaders.inventory.warehouse_by_id.load(uuid_from(key, "Warehouse"))


async def find_item(info: Info, key: str) -> records.InventoryItem | None:
    """The item, if the viewer may read the inventory."""
    item_id = uuid_from(key, "InventoryItem")
    if not info.context.viewer.may(Permission.READ_INVENTORY):
        return None
    return await info.context.loaders.inventory.item_by_id.load(item_id)


async def find_adjustment(info: Info, key: str) -> records.StockAdjustment | None:
    """The adjustment, if the viewer may read the inventory."""
    adjustment_id = uuid_from(key, "StockAdjustment")
    if not info.context.viewer.may(Permission.READ_INVENTORY):
        return None
    return await info.context.loaders.inventory.adjustment_by_id.load(adjustment_id)


async def find_alert(info: Info, key: str) -> records.StockAlert | None:
    """The alert, if the viewer may read the inventory."""
    alert_id = uuid_from(key, "StockAlert")
    if not info.context.viewer.may(Permission.READ_INVENTORY):
        return None
    return await info.context.loaders.inventory.alert_by_id.load(alert_id)


NODES: dict[str, NodeFinder] = {
    "Warehouse": find_warehouse,
    "InventoryItem": find_item,
    "StockAdjustment": find_adjustment,
    "StockAlert": find_alert,
}
