"""What staff see of one variant's stock: every quantity, everywhere, and when it is to be ordered again."""

from datetime import datetime

import strawberry

from datasources.inventory import records
from resolvers.inventory.types import Warehouse
from resolvers.problems import BadInput
from resolvers.products.types import ProductVariant
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, key_of, source_is

MOST_SKUS = 100


@strawberry.type(description="All quantities of an inventory item in one warehouse.")
class StockLevel:
    warehouse: Warehouse | None = one(
        lambda loaders: loaders.inventory.warehouse_by_id, "warehouse_id", description="The warehouse."
    )
    available: int = strawberry.field(description="How many units can be sold.")
    reserved: int = strawberry.field(description="How many are held for orders that are being placed.")
    committed: int = strawberry.field(description="How many belong to orders that are not shipped yet.")
    backordered: int = strawberry.field(description="How many are promised beyond what there is.")


@strawberry.type(description="The stock of one variant, as staff see it.")
class InventoryItem(Node):
    is_type_of = source_is(records.InventoryItem)

    id: strawberry.ID = id_field("InventoryItem")
    sku: str = strawberry.field(description="The variant's stock keeping unit.")
    available: int = strawberry.field(description="How many units can be sold.")
    reserved: int = strawberry.field(description="How many are held for orders that are being placed.")
    committed: int = strawberry.field(description="How many belong to orders that are not shipped yet.")
    backordered: int = strawberry.field(description="How many are promised beyond what there is.")
    low_stock_threshold: int = strawberry.field(
        description="Staff are alerted when no more than this many are available."
    )
    reorder_point: int = strawberry.field(description="At how many more are to be ordered from the maker.")
    reorder_quantity: int = strawberry.field(description="How many are to be ordered then.")
    allows_backorder: bool = strawberry.field(
        description="Whether it can be bought while no units are available."
    )
    last_restocked_at: datetime | None = strawberry.field(description="When units last came from the maker.")
    version: int = strawberry.field(
        description="Grows with every change, movements included; send it with the next change."
    )
    updated_at: datetime = strawberry.field(description="When it last changed.")
    variant: ProductVariant | None = one(
        lambda loaders: loaders.products.variant_by_id,
        "variant_id",
        description="The variant, if it still exists.",
    )
    levels: list[StockLevel] = many(
        lambda loaders: loaders.inventory.levels_by_item,
        "id",
        description="Its quantities in each warehouse, the preferred warehouse first.",
    )


@strawberry.input(description="Conditions on inventory items. Every condition must be met.")
class InventoryItemWhere:
    sku_in: list[str] | None = strawberry.field(
        default=None, description=f"The sku is one of these; at most {MOST_SKUS}."
    )
    product_id: strawberry.ID | None = strawberry.field(
        default=None, description="It is a variant of the product with this global id."
    )
    is_low: bool | None = strawberry.field(
        default=None, description="Whether no more are available than its threshold."
    )
    is_out: bool | None = strawberry.field(default=None, description="Whether none are available.")


def item_filter(where: InventoryItemWhere | None) -> records.ItemFilter:
    """The datasource's filter that an input stands for.

    Raises:
        BadInput: there are too many skus.
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return records.ItemFilter()
    if where.sku_in is not None and len(where.sku_in) > MOST_SKUS:
        message = f"Give at most {MOST_SKUS} skus, not {len(where.sku_in)}."
        raise BadInput(message, field="where.skuIn")
    return records.ItemFilter(
        skus=None if where.sku_in is None else tuple(sorted(set(where.sku_in))),
        product_id=None if where.product_id is None else key_of(where.product_id, "Product"),
        is_low=where.is_low,
        is_out=where.is_out,
    )
