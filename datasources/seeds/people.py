"""The demo shop's people: who they are, where they live, what they want to hear of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import between, chance, dice, uuid_for
from datasources.seeds.vocabulary.people import CITIES, FIRST_NAMES, LAST_NAMES, STREETS, City

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from datasources.users.bulk import AddressRow, PreferencesRow

USERS_PER_BLOCK: Final = 200

DEMO_PASSWORD: Final = "demo-password"  # noqa: S105  # everybody is told it
DEMO_CUSTOMER: Final = "customer@example.com"
DEMO_MANAGER: Final = "manager@example.com"
DEMO_ADMIN: Final = "admin@example.com"

# The accounts that everything else in the shop may refer to, whatever the block.
CUSTOMER_ID: Final = uuid_for("user", 0, 0)
MANAGER_ID: Final = uuid_for("user", 0, 1)

SHOP_AGE: Final = timedelta(days=760)
"""How long ago the first account was opened and the first product listed."""

ORDERS_SINCE: Final = timedelta(days=540)

_DEMO: Final = (
    (DEMO_CUSTOMER, "Clara", "Castillo", ("Customer",)),
    (DEMO_MANAGER, "Marcus", "Meyer", ("Customer", "Manager")),
    (DEMO_ADMIN, "Ada", "Adams", ("Customer", "Admin")),
)
_BEFORE_OPENING = 0.4
_TWO_ADDRESSES = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is sent to."""

    label: str
    recipient: str
    phone: str
    street: str
    apartment: str | None
    city: City

    def snapshot(self) -> dict[str, str | None]:
        """As an order keeps it."""
        return {
            "recipient_name": self.recipient,
            "phone": self.phone,
            "street_address": self.street,
            "apartment": self.apartment,
            "city": self.city.name,
            "state_province": self.city.state,
            "postal_code": self.city.postal_code,
            "country": self.city.country,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer, or a member of staff."""

    block: int
    index: int
    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    phone: str
    born: date | None
    roles: tuple[str, ...]
    addresses: tuple[Address, ...]
    created_at: datetime
    wants_marketing: bool
    wants_sms: bool
    is_active: bool

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


def make_people(block: int, now: datetime) -> list[Person]:
    """The people of a block by the age of their accounts; those of the first block begin with the demo accounts."""
    rng = dice("people", block)
    opened = now - SHOP_AGE
    first_orders = now - ORDERS_SINCE
    joined = sorted(
        between(rng, opened + timedelta(days=1), first_orders)
        if place < USERS_PER_BLOCK * _BEFORE_OPENING
        else between(rng, first_orders, now - timedelta(days=2))
        for place in range(USERS_PER_BLOCK)
    )
    people = [_make_person(rng, block, index, created) for index, created in enumerate(joined)]
    if block == 0:
        demo = [_make_demo_person(rng, index, opened) for index in range(len(_DEMO))]
        people[: len(demo)] = demo
    return people


def make_address_rows(person: Person) -> list[AddressRow]:
    """The addresses as the account has them: the first is the default, and bills go there, too."""
    uses = [("shipping", place, address, place == 0) for place, address in enumerate(person.addresses)]
    uses.append(("billing", 0, person.addresses[0], True))
    return [
        {
            "id": uuid_for("address", person.id, kind, place),
            "user_id": person.id,
            "address_type": kind,
            "label": address.label,
            "recipient_name": address.recipient,
            "phone_number": address.phone,
            "street_address": address.street,
            "apartment": address.apartment,
            "city": address.city.name,
            "state_province": address.city.state,
            "postal_code": address.city.postal_code,
            "country": address.city.country,
            "is_default": is_default,
            "created_at": person.created_at,
            "updated_at": person.created_at,
        }
        for kind, place, address, is_default in uses
    ]


def make_preferences_row(person: Person) -> PreferencesRow:
    """What the person wants to hear of."""
    return {
        "id": uuid_for("preferences", person.id),
        "user_id": person.id,
        "email_notifications": True,
        "sms_notifications": person.wants_sms,
        "push_notifications": person.index % 3 != 0,
        "marketing_emails": person.wants_marketing,
        "preferred_language": "en-US",
        "preferred_currency": "USD",
        "theme_preference": ("light", "dark", "system")[person.index % 3],
        "created_at": person.created_at,
        "updated_at": person.created_at,
    }


def make_address(rng: Random, name: str, label: str) -> Address:
    """Somewhere to live."""
    return Address(
        label=label,
        recipient=name,
        phone=f"+1555{rng.randrange(10_000_000):07d}",
        street=f"{rng.randrange(1, 990)} {rng.choice(STREETS)}",
        apartment=f"Apt {rng.randrange(1, 60)}" if chance(rng, 30) else None,
        city=rng.choice(CITIES),
    )


def _make_person(rng: Random, block: int, index: int, created_at: datetime) -> Person:
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    number = block * USERS_PER_BLOCK + index
    handle = f"{first}.{last}{number}".lower()
    name = f"{first} {last}"
    addresses = [make_address(rng, name, "Home")]
    if chance(rng, _TWO_ADDRESSES):
        addresses.append(make_address(rng, name, "Work"))
    return Person(
        block=block,
        index=index,
        id=uuid_for("user", block, index),
        email=f"{handle}@example.{rng.choice(('com', 'net', 'org'))}",
        username=handle if chance(rng, 50) else None,
        first_name=first,
        last_name=last,
        phone=addresses[0].phone,
        born=date(1950, 1, 1) + timedelta(days=rng.randrange(20_000)) if chance(rng, 60) else None,
        roles=("Customer",),
        addresses=tuple(addresses),
        created_at=created_at,
        wants_marketing=chance(rng, 60),
        wants_sms=chance(rng, 20),
        is_active=not chance(rng, 2),
    )


def _make_demo_person(rng: Random, index: int, created_at: datetime) -> Person:
    email, first, last, roles = _DEMO[index]
    name = f"{first} {last}"
    addresses = (make_address(rng, name, "Home"), make_address(rng, name, "Work"))
    return Person(
        block=0,
        index=index,
        id=uuid_for("user", 0, index),
        email=email,
        username=email.partition("@")[0],
        first_name=first,
        last_name=last,
        phone=addresses[0].phone,
        born=date(1988, 4, 12 + index),
        roles=roles,
        addresses=addresses,
        created_at=created_at.replace(microsecond=0),
        wants_marketing=True,
        wants_sms=False,
        is_active=True,
    )
