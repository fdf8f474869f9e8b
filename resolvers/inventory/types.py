"""The types of the inventory: how much there is of something, and where."""

import strawberry

from resolvers.relations import many, one


@strawberry.type(description="A place from which goods are shipped.")
class Warehouse:
    code: str = strawberry.field(description="Its short code, unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    is_active: bool = strawberry.field(description="Whether goods are currently shipped from it.")


@strawberry.type(description="The stock in one warehouse.")
class WarehouseStock:
    warehouse: Warehouse = one(
        lambda loaders: loaders.inventory.warehouse_by_id, "warehouse_id", description="The warehouse."
    )
    available: int = strawberry.field(description="How many units can be sold.")
    reserved: int = strawberry.field(
        description="How many units are reserved for orders that are being placed."
    )


@strawberry.type(description="The stock of a variant, or of all variants of a product together.")
class Stock:
    available: int = strawberry.field(description="How many units can be sold.")
    reserved: int = strawberry.field(
        description="How many units are reserved for orders that are being placed."
    )
    is_in_stock: bool = strawberry.field(
        description="Whether it can be bought now: units are available, or it can be backordered."
    )
    allows_backorder: bool = strawberry.field(
        description="Whether it can be bought while no units are available; for a product, whether any of"
        " its variants can."
    )
    by_warehouse: list[WarehouseStock] = many(
        lambda loaders: loaders.inventory.by_warehouse,
        "item_ids",
        description="The available and reserved units in each warehouse that stocks it, the preferred "
        "warehouse first.",
    )
