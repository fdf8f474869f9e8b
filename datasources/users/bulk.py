"""Loads many accounts into UserDb at once; accounts that are already there are left as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from datasources.core.bulk import copy_rows, those_missing
from datasources.users import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]


class UserRow(TypedDict):
    """A row of users."""

    id: UUID
    email: str
    username: str | None
    password_hash: str
    first_name: str
    last_name: str
    phone_number: str | None
    date_of_birth: date | None
    email_verified: bool
    is_active: bool
    customer_status: str
    tier: str
    last_login_at: datetime | None
    password_changed_at: datetime
    created_at: datetime
    updated_at: datetime


class AddressRow(TypedDict):
    """A row of addresses."""

    id: UUID
    user_id: UUID
    address_type: str
    label: str | None
    recipient_name: str
    phone_number: str | None
    street_address: str
    apartment: str | None
    city: str
    state_province: str | None
    postal_code: str
    country: str
    is_default: bool
    created_at: datetime
    updated_at: datetime


class PreferencesRow(TypedDict):
    """A row of customer_preferences."""

    id: UUID
    user_id: UUID
    email_notifications: bool
    sms_notifications: bool
    push_notifications: bool
    marketing_emails: bool
    preferred_language: str
    preferred_currency: str
    theme_preference: str
    created_at: datetime
    updated_at: datetime


class LoyaltyRow(TypedDict):
    """A row of customer_loyalty."""

    id: UUID
    user_id: UUID
    points_balance: int
    lifetime_points: int
    tier_points: int
    last_activity_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LedgerRow(TypedDict):
    """A row of customer_loyalty_ledger."""

    id: UUID
    user_id: UUID
    points: int
    balance_after: int
    reason: str
    reference_type: str | None
    reference_id: str | None
    notes: str | None
    idempotency_key: str
    created_by: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAccount:
    """An account with all that is made together with it."""

    user: UserRow
    roles: tuple[str, ...]
    addresses: Sequence[AddressRow]
    preferences: PreferencesRow
    loyalty: LoyaltyRow
    ledger: Sequence[LedgerRow]


async def copy_accounts(connection: Connection, accounts: Sequence[BulkAccount]) -> int:
    """Add the accounts that are missing, in one transaction; tell how many they were.

    Raises:
        asyncpg.UniqueViolationError: an e-mail address or a user name belongs to another account.
    """
    async with connection.transaction():
        missing = await those_missing(connection, tables.users, accounts, lambda account: account.user["id"])
        roles = {row["name"]: row["id"] for row in await connection.fetch("SELECT id, name FROM roles")}
        await copy_rows(connection, tables.users, [account.user for account in missing])
        await copy_rows(
            connection,
            tables.user_roles,
            [
                {
                    "user_id": account.user["id"],
                    "role_id": roles[role],
                    "assigned_at": account.user["created_at"],
                }
                for account in missing
                for role in account.roles
            ],
        )
        await copy_rows(
            connection, tables.addresses, [row for account in missing for row in account.addresses]
        )
        await copy_rows(connection, tables.customer_preferences, [account.preferences for account in missing])
        await copy_rows(connection, tables.customer_loyalty, [account.loyalty for account in missing])
        await copy_rows(
            connection, tables.customer_loyalty_ledger, [row for account in missing for row in account.ledger]
        )
    return len(missing)
