"""Warehouses."""

import re
from typing import Annotated, Any

import strawberry

from datasources.inventory import changes, records
from datasources.inventory.commands import warehouses
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries, changes_of
from resolvers.inventory.entries import acting_staff
from resolvers.inventory.problems import (
    WarehouseCodeTakenError,
    WarehouseNotEmptyError,
    WarehouseNotFoundError,
)
from resolvers.inventory.types import Warehouse
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import uuid_of

# As the columns of InventoryDb have them.
MOST_OF_CODE = 50
MOST_OF_NAME = 200
MOST_OF_LINE = 255
MOST_PRIORITY = 10_000

CODE = "Its short code, unique in the shop: capital letters, digits and hyphens, such as WH-EAST."
PRIORITY = f"Its turn, 0 to {MOST_PRIORITY}: goods are taken from the warehouse with the lowest number first."

_CODE = re.compile(r"[A-Z0-9]([A-Z0-9-]*[A-Z0-9])?", re.ASCII)


@strawberry.input(description="Where a warehouse is.")
class WarehouseAddressInput:
    street_address: str = strawberry.field(description="House number and street.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(default=None, description="State, province or region.")
    postal_code: str | None = strawberry.field(
        default=None, description="Postal code; leave it out where the country has none."
    )
    country: str = strawberry.field(description="Country (ISO 3166-1 alpha-2), such as US.")


@strawberry.input(description="A warehouse to be opened.")
class CreateWarehouseInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="Its name.")
    priority: int = strawberry.field(default=0, description=PRIORITY)
    address: WarehouseAddressInput | None = strawberry.field(default=None, description="Where it is.")


CreateWarehouseError = Annotated[
    InvalidInputError | WarehouseCodeTakenError,
    strawberry.union("CreateWarehouseError", description="Why `createWarehouse` did nothing."),
]


@strawberry.type(description="What `createWarehouse` answers.")
class CreateWarehousePayload:
    warehouse: records.Warehouse | None = entity(Warehouse, "The new warehouse.")
    user_errors: list[CreateWarehouseError] = user_errors()


@strawberry.input(description="What of a warehouse is to change. What is left out stays.")
class UpdateWarehouseInput:
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse's global id.")
    version: int = strawberry.field(description="The version that you have read.")
    code: str | None = strawberry.field(default=strawberry.UNSET, description=CODE)
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name.")
    priority: int | None = strawberry.field(default=strawberry.UNSET, description=PRIORITY)
    address: WarehouseAddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="Where it is; null removes."
    )


UpdateWarehouseError = Annotated[
    InvalidInputError | WarehouseNotFoundError | WarehouseCodeTakenError | VersionConflictError,
    strawberry.union("UpdateWarehouseError", description="Why `updateWarehouse` did nothing."),
]


@strawberry.type(description="What `updateWarehouse` answers.")
class UpdateWarehousePayload:
    warehouse: records.Warehouse | None = entity(Warehouse, "The warehouse as it is now.")
    user_errors: list[UpdateWarehouseError] = user_errors()


@strawberry.input(description="A warehouse that nothing is to be sent from any more.")
class DeactivateWarehouseInput:
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse's global id.")


DeactivateWarehouseError = Annotated[
    WarehouseNotFoundError | WarehouseNotEmptyError,
    strawberry.union("DeactivateWarehouseError", description="Why `deactivateWarehouse` did nothing."),
]


@strawberry.type(description="What `deactivateWarehouse` answers.")
class DeactivateWarehousePayload:
    warehouse: records.Warehouse | None = entity(Warehouse, "The warehouse as it is now.")
    user_errors: list[DeactivateWarehouseError] = user_errors()


@strawberry.input(description="A warehouse that goods are to be sent from again.")
class ActivateWarehouseInput:
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse's global id.")


ActivateWarehouseError = Annotated[
    WarehouseNotFoundError,
    strawberry.union("ActivateWarehouseError", description="Why `activateWarehouse` did nothing."),
]


@strawberry.type(description="What `activateWarehouse` answers.")
class ActivateWarehousePayload:
    warehouse: records.Warehouse | None = entity(Warehouse, "The warehouse as it is now.")
    user_errors: list[ActivateWarehouseError] = user_errors()


@strawberry.type
class WarehouseMutations:
    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={WarehouseCodeTakenError: "code"},
        description="Open a warehouse.",
    )
    async def create_warehouse(self, info: Info, input: CreateWarehouseInput) -> CreateWarehousePayload:
        warehouse = await warehouses.create_warehouse(
            info.context.connections.inventory, warehouse=_new_warehouse(input), **acting_staff(info)
        )
        return CreateWarehousePayload(warehouse=warehouse)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={
            WarehouseNotFoundError: "warehouseId",
            WarehouseCodeTakenError: "code",
            VersionConflictError: "version",
        },
        description="Change a warehouse.",
    )
    async def update_warehouse(self, info: Info, input: UpdateWarehouseInput) -> UpdateWarehousePayload:
        warehouse = await warehouses.update_warehouse(
            info.context.connections.inventory,
            warehouse_id=uuid_of(input.warehouse_id, "Warehouse"),
            version=input.version,
            changes=_warehouse_changes(input),
            **acting_staff(info),
        )
        return UpdateWarehousePayload(warehouse=warehouse)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={WarehouseNotFoundError: "warehouseId", WarehouseNotEmptyError: "warehouseId"},
        description="Send nothing from a warehouse any more. It must be empty.",
    )
    async def deactivate_warehouse(
        self, info: Info, input: DeactivateWarehouseInput
    ) -> DeactivateWarehousePayload:
        warehouse = await warehouses.deactivate_warehouse(
            info.context.connections.inventory,
            warehouse_id=uuid_of(input.warehouse_id, "Warehouse"),
            **acting_staff(info),
        )
        return DeactivateWarehousePayload(warehouse=warehouse)

    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={WarehouseNotFoundError: "warehouseId"},
        description="Send goods from a warehouse again.",
    )
    async def activate_warehouse(self, info: Info, input: ActivateWarehouseInput) -> ActivateWarehousePayload:
        warehouse = await warehouses.activate_warehouse(
            info.context.connections.inventory,
            warehouse_id=uuid_of(input.warehouse_id, "Warehouse"),
            **acting_staff(info),
        )
        return ActivateWarehousePayload(warehouse=warehouse)


def _new_warehouse(input: CreateWarehouseInput) -> changes.NewWarehouse:
    entries = Entries()
    read = _readers(entries)
    values = {name: read[name](getattr(input, name)) for name in read}
    entries.check()
    return changes.NewWarehouse(**values)


def _warehouse_changes(input: UpdateWarehouseInput) -> changes.WarehouseChanges:
    entries = Entries()
    read = _readers(entries)
    given = {name: getattr(input, name) for name in read}
    wanted: Any = changes_of(given, read)
    entries.check()
    return wanted  # type: ignore[no-any-return]  # the input's fields are named as the changes are


def _readers(entries: Entries) -> dict[str, Any]:
    """How each value of a warehouse is read."""
    return {
        "code": lambda it: _code(entries, it),
        "name": lambda it: entries.text(it, "name", most=MOST_OF_NAME),
        "priority": lambda it: _priority(entries, it),
        "address": lambda it: None if it is None else _address(entries, it),
    }


def _code(entries: Entries, given: str | None) -> str:
    code = entries.text(given, "code", most=MOST_OF_CODE)
    if code and not _CODE.fullmatch(code):
        entries.refuse("code", "INVALID", "Use capital letters, digits and hyphens, such as WH-EAST.")
    return code


def _priority(entries: Entries, given: int | None) -> int:
    if given is None or not 0 <= given <= MOST_PRIORITY:
        entries.refuse("priority", "INVALID", f"Give a number from 0 to {MOST_PRIORITY}.")
    return given or 0


def _address(entries: Entries, given: WarehouseAddressInput) -> changes.WarehouseAddress:
    return changes.WarehouseAddress(
        street_address=entries.text(given.street_address, "address.streetAddress", most=MOST_OF_LINE),
        city=entries.text(given.city, "address.city", most=MOST_OF_LINE),
        state_province=entries.optional(given.state_province, "address.stateProvince", most=MOST_OF_LINE),
        postal_code=entries.optional(given.postal_code, "address.postalCode", most=MOST_OF_LINE) or "",
        country=entries.country(given.country, "address.country"),
    )
