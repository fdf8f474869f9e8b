"""What the user service gives out: users with their roles, addresses, preferences and loyalty points.

Passwords, tokens and lockouts are not among it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datasources.core.records import row_record

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

RoleName = Literal["Admin", "Manager", "Customer", "Guest"]
Tier = Literal["regular", "premium", "vip"]
AddressType = Literal["shipping", "billing"]
Theme = Literal["light", "dark", "system"]


@row_record
class User:
    """A user whose account has not been deleted."""

    id: UUID
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    phone_number: str | None
    date_of_birth: date | None
    email_verified: bool
    is_active: bool
    tier: Tier
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


@row_record
class Account(User):
    """A user with the roles that decide what the user may do."""

    roles: tuple[RoleName, ...]


@row_record
class Address:
    """An address that a user saved (000: addresses)."""

    id: UUID
    user_id: UUID
    type: AddressType
    label: str | None
    recipient_name: str | None
    phone: str | None
    street_address: str
    apartment: str | None
    city: str
    state_province: str | None
    postal_code: str
    country: str
    is_default: bool


@row_record
class CustomerPreferences:
    """What a user chose about messages and display (001: customer_preferences)."""

    user_id: UUID
    email_notifications: bool
    sms_notifications: bool
    push_notifications: bool
    marketing_emails: bool
    language: str
    currency: str
    theme: Theme
    updated_at: datetime


@row_record
class Loyalty:
    """A user's points; the tier that they lead to is the user's own (001: customer_loyalty)."""

    user_id: UUID
    points_balance: int
    lifetime_points: int
    tier_points: int
    last_activity_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users a list holds; what is None does not matter.

    `search` is the beginning of an e-mail address, of a last name, or of a first name that the last name may follow.
    `emails` are in lower case.
    """

    search: str | None = None
    emails: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    tiers: tuple[str, ...] | None = None
    is_active: bool | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
