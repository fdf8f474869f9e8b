"""The users that the tests of the user service know, and the rows that make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select

from datasources.users.tables import (
    addresses,
    customer_loyalty,
    customer_preferences,
    roles,
    user_roles,
    users,
)

if TYPE_CHECKING:
    from datasources.core.databases import Database

START = datetime(2026, 1, 1, 12, tzinfo=UTC)

ADA = UUID(int=1)
GRACE = UUID(int=2)
LINUS = UUID(int=3)
GONE = UUID(int=4)
ODD = UUID(int=5)
NOBODY = UUID(int=999)

LIVE = (ADA, GRACE, LINUS, ODD)

HOME = UUID(int=11)
INVOICES = UUID(int=12)
CABIN = UUID(int=13)
OF_GONE = UUID(int=14)

# Grace and Linus joined at the same moment, so that their order is for the tiebreaker to decide.
_PEOPLE: tuple[dict[str, Any], ...] = (
    {
        "id": ADA,
        "email": "Ada@example.com",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "tier": "vip",
        "created_at": START,
    },
    {
        "id": GRACE,
        "email": "grace@example.com",
        "first_name": "Grace",
        "last_name": "Hopper",
        "created_at": START + timedelta(days=1),
    },
    {
        "id": LINUS,
        "email": "linus@example.com",
        "first_name": "Linus",
        "last_name": "Pauling",
        "tier": "premium",
        "is_active": False,
        "created_at": START + timedelta(days=1),
    },
    {"id": ODD, "email": "b_b%x@example.com", "created_at": START + timedelta(days=2)},
    {
        "id": GONE,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Gone",
        "created_at": START,
        "deleted_at": START + timedelta(days=9),
    },
)

_ROLES = {ADA: ("Customer",), GRACE: ("Customer", "Manager"), LINUS: ("Customer",), GONE: ("Customer",)}


async def insert_people(database: Database) -> None:
    """Write the users with everything they own."""
    defaults = {
        "tier": "regular",
        "is_active": True,
        "first_name": None,
        "last_name": None,
        "deleted_at": None,
    }
    async with database.transaction() as transaction:
        people = [{"password_hash": "secret", **defaults, **person} for person in _PEOPLE]
        await transaction.execute(insert(users), people)
        known = await transaction.execute(select(roles.c.name, roles.c.id))
        role_ids = {row.name: row.id for row in known}
        held = [
            {"user_id": user, "role_id": role_ids[name]} for user, names in _ROLES.items() for name in names
        ]
        await transaction.execute(insert(user_roles), held)
        await transaction.execute(
            insert(addresses),
            [
                _address(CABIN, ADA, days=1),
                _address(HOME, ADA, days=2, is_default=True),
                _address(INVOICES, ADA, days=3, address_type="billing", is_default=True),
                _address(OF_GONE, GONE, days=1),
            ],
        )
        await transaction.execute(
            insert(customer_preferences),
            [{"user_id": user, "theme_preference": "dark"} for user in (ADA, GONE)],
        )
        await transaction.execute(
            insert(customer_loyalty),
            [{"user_id": user, "points_balance": 120, "lifetime_points": 500} for user in (ADA, GONE)],
        )


def _address(
    address: UUID, user: UUID, *, days: int, address_type: str = "shipping", is_default: bool = False
) -> dict[str, Any]:
    return {
        "id": address,
        "user_id": user,
        "address_type": address_type,
        "street_address": "1 Analytical Way",
        "city": "London",
        "postal_code": "N1",
        "country": "GB",
        "is_default": is_default,
        "created_at": START + timedelta(days=days),
    }
