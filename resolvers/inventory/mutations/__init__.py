"""Every mutation of the inventory service."""

import strawberry

from resolvers.inventory.mutations.adjustments import StockAdjustmentMutations
from resolvers.inventory.mutations.alerts import StockAlertMutations
from resolvers.inventory.mutations.deliveries import DeliveryMutations
from resolvers.inventory.mutations.items import InventoryItemMutations
from resolvers.inventory.mutations.warehouses import WarehouseMutations


@strawberry.type
class InventoryMutations(
    WarehouseMutations,
    InventoryItemMutations,
    DeliveryMutations,
    StockAdjustmentMutations,
    StockAlertMutations,
):
    pass
