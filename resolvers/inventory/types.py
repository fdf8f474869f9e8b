"""The types of the inventory: how much there is of something, and where."""

import strawberry

from resolvers.relations import many, one


@strawberry.type(description="A place that goods are sent from.")
class Warehouse:
    code: str = strawberry.field(description="Its short code, unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    is_active: bool = strawberry.field(description="Whether goods are sent from it now.")


@strawberry.type(description="How many pieces lie in one warehouse.")
class WarehouseStock:
    warehouse: Warehouse = one(
        lambda loaders: loaders.inventory.warehouse_by_id, "warehouse_id", description="The warehouse."
    )
    available: int = strawberry.field(description="How many may be sold.")
    reserved: int = strawberry.field(description="How many are set aside for orders being placed.")


@strawberry.type(
    description="How many pieces there are: of a variant, or of all variants of a product together."
)
class Stock:
    available: int = strawberry.field(description="How many may be sold.")
    reserved: int = strawberry.field(description="How many are set aside for orders being placed.")
    is_in_stock: bool = strawberry.field(
        description="Whether it can be bought now: some are available, or it may be backordered."
    )
    allows_backorder: bool = strawberry.field(
        description="Whether it can be bought although none is available; of a product, any of its variants."
    )
    by_warehouse: list[WarehouseStock] = many(
        lambda loaders: loaders.inventory.by_warehouse,
        "item_ids",
        description="The same for each warehouse that keeps it, the preferred warehouse first.",
    )
