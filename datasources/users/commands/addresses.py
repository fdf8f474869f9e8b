"""The addresses that users save. Of each type that a user has addresses of, exactly one is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from datasources.users.accounts import change_account, hold_account
from datasources.users.errors import TooManyAddresses, UnknownAddress
from datasources.users.journal import ADDRESS, tell, write_audit
from datasources.users.records import Address
from datasources.users.statements import ADDRESS_COLUMNS
from datasources.users.tables import addresses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.changes import AddressChanges, NewAddress
    from datasources.users.origins import Origin
    from datasources.users.records import AddressType

MOST_ADDRESSES: Final = 50

# The record's names of columns that are called otherwise.
_COLUMNS: Final = {"phone": "phone_number", "type": "address_type"}
_FIELDS: Final = (
    "type",
    "label",
    "recipient_name",
    "phone",
    "street_address",
    "apartment",
    "city",
    "state_province",
    "postal_code",
    "country",
)


async def add_address(
    database: Database,
    *,
    user_id: UUID,
    address: NewAddress,
    make_default: bool = False,
    origin: Origin,
    now: datetime,
) -> Address:
    """Save an address. The first of its type is the default; another becomes it when asked to.

    Raises:
        UnknownUser: there is no such account.
        TooManyAddresses: the user has as many as one may save.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        of_type = await _count_by_type(transaction, user_id)
        if sum(of_type.values()) >= MOST_ADDRESSES:
            raise TooManyAddresses(MOST_ADDRESSES)
        is_default = make_default or not of_type.get(address.type)
        if is_default:
            await _clear_default(transaction, user_id, address.type, now=now)
        given = {name: getattr(address, name) for name in _FIELDS}
        added = await transaction.execute(
            insert(addresses)
            .values(
                user_id=user_id, is_default=is_default, created_at=now, updated_at=now, **_by_column(given)
            )
            .returning(*ADDRESS_COLUMNS)
        )
        saved = Address(**added.mappings().one())
        new = given | {"is_default": is_default}
        await _note(transaction, account, "address_added", "UserAddressAdded", saved.id, origin, now, new=new)
        return saved


async def update_address(
    database: Database,
    *,
    user_id: UUID,
    address_id: UUID,
    changes: AddressChanges,
    origin: Origin,
    now: datetime,
) -> Address:
    """Change what is given of an address; orders keep the address that they were placed with.

    Raises:
        UnknownUser, UnknownAddress: the user has no such address.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        address = await _find(transaction, user_id, address_id)
        new = {name: value for name, value in changes.items() if value != getattr(address, name)}
        if not new:
            return address
        changed = await transaction.execute(
            update(addresses)
            .where(addresses.c.id == address_id)
            .values(updated_at=now, **_by_column(new))
            .returning(*ADDRESS_COLUMNS)
        )
        saved = Address(**changed.mappings().one())
        old = {name: getattr(address, name) for name in new}
        await _note(
            transaction,
            account,
            "address_updated",
            "UserAddressUpdated",
            address_id,
            origin,
            now,
            old=old,
            new=new,
        )
        return saved


async def remove_address(
    database: Database, *, user_id: UUID, address_id: UUID, origin: Origin, now: datetime
) -> Address:
    """Remove an address and give it back; the oldest other of its type is the default after a default one.

    Raises:
        UnknownUser, UnknownAddress: the user has no such address.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        address = await _find(transaction, user_id, address_id)
        await transaction.execute(delete(addresses).where(addresses.c.id == address_id))
        if address.is_default:
            await _promote_oldest(transaction, user_id, address.type, now=now)
        old = {name: getattr(address, name) for name in _FIELDS} | {"is_default": address.is_default}
        await _note(
            transaction, account, "address_removed", "UserAddressRemoved", address_id, origin, now, old=old
        )
        return address


async def set_default_address(
    database: Database, *, user_id: UUID, address_id: UUID, origin: Origin, now: datetime
) -> Address:
    """Make an address the default of its type.

    Raises:
        UnknownUser, UnknownAddress: the user has no such address.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        address = await _find(transaction, user_id, address_id)
        if address.is_default:
            return address
        await _clear_default(transaction, user_id, address.type, now=now)
        changed = await transaction.execute(
            update(addresses)
            .where(addresses.c.id == address_id)
            .values(is_default=True, updated_at=now)
            .returning(*ADDRESS_COLUMNS)
        )
        saved = Address(**changed.mappings().one())
        await _note(
            transaction,
            account,
            "default_address_set",
            "UserAddressUpdated",
            address_id,
            origin,
            now,
            old={"is_default": False},
            new={"is_default": True},
        )
        return saved


async def _find(transaction: AsyncConnection, user_id: UUID, address_id: UUID) -> Address:
    found = await transaction.execute(
        select(*ADDRESS_COLUMNS).where(addresses.c.id == address_id, addresses.c.user_id == user_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownAddress(address_id)
    return Address(**row)


async def _count_by_type(transaction: AsyncConnection, user_id: UUID) -> dict[str, int]:
    counted = await transaction.execute(
        select(addresses.c.address_type, func.count())
        .where(addresses.c.user_id == user_id)
        .group_by(addresses.c.address_type)
    )
    return {row[0]: row[1] for row in counted}


async def _clear_default(
    transaction: AsyncConnection, user_id: UUID, address_type: AddressType, *, now: datetime
) -> None:
    """Make room for another default: the unique index allows one, also within a transaction."""
    await transaction.execute(
        update(addresses)
        .where(
            addresses.c.user_id == user_id, addresses.c.address_type == address_type, addresses.c.is_default
        )
        .values(is_default=False, updated_at=now)
    )


async def _promote_oldest(
    transaction: AsyncConnection, user_id: UUID, address_type: AddressType, *, now: datetime
) -> None:
    oldest = (
        select(addresses.c.id)
        .where(addresses.c.user_id == user_id, addresses.c.address_type == address_type)
        .order_by(addresses.c.created_at, addresses.c.id)
        .limit(1)
        .scalar_subquery()
    )
    await transaction.execute(
        update(addresses).where(addresses.c.id == oldest).values(is_default=True, updated_at=now)
    )


async def _note(
    transaction: AsyncConnection,
    account: HeldAccount,
    action: str,
    event: str,
    address_id: UUID,
    origin: Origin,
    now: datetime,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    version = await change_account(transaction, account, now=now)
    await write_audit(
        transaction,
        action,
        origin=origin,
        now=now,
        entity_type=ADDRESS,
        entity_id=address_id,
        old=old,
        new=new,
    )
    await tell(transaction, event, user_id=account.id, version=version, now=now, address_id=str(address_id))


def _by_column(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in values.items()}
