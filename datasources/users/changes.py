"""What a user wants to have changed: parts of the profile, of an address, of the preferences; and a new address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import date

    from datasources.users.records import AddressType, Theme


class ProfileChanges(TypedDict, total=False):
    """What of a profile is to change; None removes. What is left out stays."""

    username: str | None
    first_name: str | None
    last_name: str | None
    phone_number: str | None
    date_of_birth: date | None


class AddressChanges(TypedDict, total=False):
    """What of an address is to change. What is left out stays; an address keeps its type."""

    label: str | None
    recipient_name: str | None
    phone: str | None
    street_address: str
    apartment: str | None
    city: str
    state_province: str | None
    postal_code: str
    country: str


class PreferencesChanges(TypedDict, total=False):
    """What of the preferences is to change. What is left out stays."""

    email_notifications: bool
    sms_notifications: bool
    push_notifications: bool
    marketing_emails: bool
    language: str
    currency: str
    theme: Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """An address to be saved. `country` is ISO 3166-1 alpha-2; `postal_code` is empty where the country has none."""

    type: AddressType
    label: str | None = None
    recipient_name: str | None = None
    phone: str | None = None
    street_address: str
    apartment: str | None = None
    city: str
    state_province: str | None = None
    postal_code: str
    country: str
