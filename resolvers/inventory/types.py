"""The types of the inventory: how much there is of something, and where."""

from typing import Any, Optional

import strawberry

from datasources.inventory import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is
from resolvers.requirements import restricted_field


@strawberry.type(description="Where a warehouse is.")
class WarehouseAddress:
    street_address: str | None = strawberry.field(description="House number and street.")
    city: str | None = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(description="State, province or region.")
    postal_code: str | None = strawberry.field(description="Postal code.")
    country: str | None = strawberry.field(description="Country (ISO 3166-1 alpha-2), such as US.")


async def _address(root: Any, info: Info) -> Any:  # noqa: ARG001  # the resolver's signature
    """The warehouse itself, whose address is among its own attributes."""
    return root if root.street_address is not None else None


@strawberry.type(description="A place from which goods are shipped.")
class Warehouse(Node):
    is_type_of = source_is(records.Warehouse)

    id: strawberry.ID = id_field("Warehouse")
    code: str = strawberry.field(description="Its short code, unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    is_active: bool = strawberry.field(description="Whether goods are currently shipped from it.")
    priority: int = strawberry.field(
        description="Its turn: goods are taken from the warehouse with the lowest number first."
    )
    version: int = strawberry.field(description="Grows with every change; send it with the next one.")
    address: WarehouseAddress | None = restricted_field(
        Permission.READ_INVENTORY,
        graphql_type=Optional[WarehouseAddress],  # noqa: UP045  # a GraphQL type, not an annotation
        description="Where it is, for staff.",
    )(_address)


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
