"""Saved addresses."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from datasources.users import records
from datasources.users.changes import AddressChanges, NewAddress
from datasources.users.commands import addresses
from resolvers.context import Info
from resolvers.entries import Entries, changes_of
from resolvers.inputs import value_of
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.postal_addresses import COUNTRY, POSTAL_CODE, address_readers
from resolvers.relations import one
from resolvers.relay import global_id, uuid_of
from resolvers.users.problems import AddressNotFoundError, TooManyAddressesError
from resolvers.users.types import Address, AddressType, User

# As the column of UserDb has it.
MOST_OF_LABEL = 50


@strawberry.type
class AddressOwner:
    """What every payload about an address has: its user, so that a client sees what became of the others."""

    user: User | None = one(
        lambda loaders: loaders.users.by_id, "user_id", description="The user whose address it is."
    )
    user_id: strawberry.Private[UUID | None] = None


@strawberry.input(description="An address to be saved.")
class AddAddressInput:
    type: AddressType = strawberry.field(description="What the address is for.")
    label: str | None = strawberry.field(default=None, description="Your name for it, such as Home.")
    recipient_name: str | None = strawberry.field(
        default=None, description="The person to whom deliveries are addressed."
    )
    phone: str | None = strawberry.field(default=None, description="The recipient's phone number.")
    street_address: str = strawberry.field(description="House number and street.")
    apartment: str | None = strawberry.field(default=None, description="Apartment, suite or floor.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(default=None, description="State, province or region.")
    postal_code: str | None = strawberry.field(default=None, description=POSTAL_CODE)
    country: str = strawberry.field(description=COUNTRY)
    make_default: bool = strawberry.field(
        default=False,
        description="Whether it becomes the default address of its type. The first of a type always does.",
    )


AddAddressError = Annotated[
    InvalidInputError | TooManyAddressesError,
    strawberry.union("AddAddressError", description="Why `addAddress` did nothing."),
]


@strawberry.type(description="What `addAddress` answers.")
class AddAddressPayload(AddressOwner):
    address: records.Address | None = entity(Address, "The address as it was saved.")
    user_errors: list[AddAddressError] = user_errors()


@strawberry.input(
    description="What of an address is to change. What is left out stays, null removes; an address keeps "
    "its type."
)
class UpdateAddressInput:
    address_id: strawberry.ID = strawberry.field(description="The address's global id.")
    label: str | None = strawberry.field(
        default=strawberry.UNSET, description="Your name for it, such as Home."
    )
    recipient_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The person to whom deliveries are addressed."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The recipient's phone number."
    )
    street_address: str | None = strawberry.field(
        default=strawberry.UNSET, description="House number and street."
    )
    apartment: str | None = strawberry.field(
        default=strawberry.UNSET, description="Apartment, suite or floor."
    )
    city: str | None = strawberry.field(default=strawberry.UNSET, description="City or town.")
    state_province: str | None = strawberry.field(
        default=strawberry.UNSET, description="State, province or region."
    )
    postal_code: str | None = strawberry.field(default=strawberry.UNSET, description=POSTAL_CODE)
    country: str | None = strawberry.field(default=strawberry.UNSET, description=COUNTRY)


UpdateAddressError = Annotated[
    InvalidInputError | AddressNotFoundError,
    strawberry.union("UpdateAddressError", description="Why `updateAddress` did nothing."),
]


@strawberry.type(description="What `updateAddress` answers.")
class UpdateAddressPayload(AddressOwner):
    address: records.Address | None = entity(Address, "The address as it is now.")
    user_errors: list[UpdateAddressError] = user_errors()


@strawberry.input(description="An address to be removed.")
class RemoveAddressInput:
    address_id: strawberry.ID = strawberry.field(description="The address's global id.")


RemoveAddressError = Annotated[
    AddressNotFoundError,
    strawberry.union("RemoveAddressError", description="Why `removeAddress` did nothing."),
]


@strawberry.type(description="What `removeAddress` answers.")
class RemoveAddressPayload(AddressOwner):
    removed_address_id: strawberry.ID | None = entity(strawberry.ID, "The id that the address had.")
    user_errors: list[RemoveAddressError] = user_errors()


@strawberry.input(description="An address to become the default one of its type.")
class SetDefaultAddressInput:
    address_id: strawberry.ID = strawberry.field(description="The address's global id.")


SetDefaultAddressError = Annotated[
    AddressNotFoundError,
    strawberry.union("SetDefaultAddressError", description="Why `setDefaultAddress` did nothing."),
]


@strawberry.type(description="What `setDefaultAddress` answers.")
class SetDefaultAddressPayload(AddressOwner):
    address: records.Address | None = entity(Address, "The address, now the default one of its type.")
    user_errors: list[SetDefaultAddressError] = user_errors()


@strawberry.type
class AddressMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        description="Save an address. Orders keep a copy of the address that they were placed with.",
    )
    async def add_address(self, info: Info, input: AddAddressInput) -> AddAddressPayload:
        address = await addresses.add_address(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            address=_new_address(input),
            make_default=input.make_default,
            **acting(info),
        )
        return AddAddressPayload(address=address, user_id=address.user_id)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={AddressNotFoundError: "addressId"},
        description="Change a saved address.",
    )
    async def update_address(self, info: Info, input: UpdateAddressInput) -> UpdateAddressPayload:
        address = await addresses.update_address(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            address_id=uuid_of(input.address_id, "Address"),
            changes=_address_changes(input),
            **acting(info),
        )
        return UpdateAddressPayload(address=address, user_id=address.user_id)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={AddressNotFoundError: "addressId"},
        description="Remove a saved address.",
    )
    async def remove_address(self, info: Info, input: RemoveAddressInput) -> RemoveAddressPayload:
        address = await addresses.remove_address(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            address_id=uuid_of(input.address_id, "Address"),
            **acting(info),
        )
        removed = strawberry.ID(global_id("Address", address.id))
        return RemoveAddressPayload(removed_address_id=removed, user_id=address.user_id)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={AddressNotFoundError: "addressId"},
        description="Make a saved address the default one of its type.",
    )
    async def set_default_address(
        self, info: Info, input: SetDefaultAddressInput
    ) -> SetDefaultAddressPayload:
        address = await addresses.set_default_address(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            address_id=uuid_of(input.address_id, "Address"),
            **acting(info),
        )
        return SetDefaultAddressPayload(address=address, user_id=address.user_id)


def _new_address(input: AddAddressInput) -> NewAddress:
    entries = Entries()
    read = _readers(entries)
    values = {name: read[name](getattr(input, name)) for name in read}
    entries.check()
    return NewAddress(type=value_of(input.type), **values)  # type: ignore[arg-type]  # the enum has just the databases' words


def _address_changes(input: UpdateAddressInput) -> AddressChanges:
    entries = Entries()
    given = {name: value for name, value in vars(input).items() if name != "address_id"}
    changes: Any = changes_of(given, _readers(entries))
    entries.check()
    return changes  # type: ignore[no-any-return]  # the input's fields are named as the changes are


def _readers(entries: Entries) -> dict[str, Any]:
    """How each value of an address is read; a change may leave none empty that a new address must have."""
    return {"label": lambda it: entries.optional(it, "label", most=MOST_OF_LABEL), **address_readers(entries)}
