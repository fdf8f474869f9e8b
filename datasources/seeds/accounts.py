"""People as UserDb keeps them: accounts with addresses, preferences and the loyalty points of their orders."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from argon2 import PasswordHasher

from datasources.seeds.determinism import between, dice, uuid_for
from datasources.seeds.people import DEMO_PASSWORD, make_address_rows, make_preferences_row
from datasources.users.bulk import BulkAccount
from datasources.users.tiers import tier_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.seeds.orders import Order
    from datasources.seeds.people import Person
    from datasources.users.bulk import LedgerRow, LoyaltyRow, UserRow

# A fixed salt: the password is in the documentation, and the same shop must come out every time. As long as a real one,
# so that a sign-in finds nothing to make anew.
_SALT: Final = b"demo shop's salt"

_WELCOME: Final = 100
_YEAR: Final = timedelta(days=365)


class Entry(NamedTuple):
    """Points that came or went."""

    at: datetime
    points: int
    reason: str
    order: UUID | None


def hash_demo_password() -> str:
    """The hash that every account of the demo shop shares: each of its own would take a second for ten accounts."""
    return PasswordHasher().hash(DEMO_PASSWORD, salt=_SALT)


def make_accounts(
    people: Sequence[Person], orders: Iterable[Order], password_hash: str, now: datetime
) -> Iterator[BulkAccount]:
    """The accounts of a block's people after all its orders."""
    rng = dice("accounts", people[0].block)
    bought: defaultdict[UUID, list[Order]] = defaultdict(list)
    for order in orders:
        if order.person is not None:
            bought[order.person.id].append(order)
    for person in people:
        entries = sorted(_entries(person, bought[person.id]))
        seen = max([person.created_at, *(order.placed for order in bought[person.id])])
        yield BulkAccount(
            user=_user_row(
                person,
                tier_of(sum(entry.points for entry in entries)),
                password_hash,
                last_login=between(rng, seen, now),
            ),
            roles=person.roles,
            addresses=make_address_rows(person),
            preferences=make_preferences_row(person),
            loyalty=_loyalty_row(person, entries, now),
            ledger=list(_ledger(person, entries)),
        )


def _entries(person: Person, orders: Iterable[Order]) -> Iterator[Entry]:
    """A welcome, then a point for each dollar once it is delivered, taken back for what is paid back."""
    yield Entry(person.created_at, _WELCOME, "adjusted", None)
    for order in orders:
        delivered, points = order.fate.at("delivered"), (order.total - order.shipping) // 100
        if delivered is None or not points:
            continue
        yield Entry(delivered, points, "earned", order.id)
        back = min(points, order.refunded // 100)
        if back and order.fate.refund_at is not None:
            yield Entry(order.fate.refund_at + timedelta(hours=1), -back, "reversed", order.id)


def _user_row(person: Person, tier: str, password_hash: str, *, last_login: datetime) -> UserRow:
    return {
        "id": person.id,
        "email": person.email,
        "username": person.username,
        "password_hash": password_hash,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone_number": person.phone,
        "date_of_birth": person.born,
        "email_verified": True,
        "is_active": person.is_active,
        "customer_status": "active" if person.is_active else "suspended",
        "tier": tier,
        "last_login_at": last_login,
        "password_changed_at": person.created_at,
        "created_at": person.created_at,
        "updated_at": last_login,
    }


def _loyalty_row(person: Person, entries: Sequence[Entry], now: datetime) -> LoyaltyRow:
    return {
        "id": uuid_for("loyalty", person.id),
        "user_id": person.id,
        "points_balance": sum(entry.points for entry in entries),
        "lifetime_points": sum(entry.points for entry in entries if entry.points > 0),
        "tier_points": sum(entry.points for entry in entries if entry.points > 0 and now - entry.at < _YEAR),
        "last_activity_at": entries[-1].at,
        "created_at": person.created_at,
        "updated_at": entries[-1].at,
    }


def _ledger(person: Person, entries: Sequence[Entry]) -> Iterator[LedgerRow]:
    balance = 0
    for turn, entry in enumerate(entries):
        balance += entry.points
        yield {
            "id": uuid_for("loyalty entry", person.id, turn),
            "user_id": person.id,
            "points": entry.points,
            "balance_after": balance,
            "reason": entry.reason,
            "reference_type": "order" if entry.order else None,
            "reference_id": str(entry.order) if entry.order else None,
            "notes": None if entry.order else "Welcome",
            "idempotency_key": f"{entry.order or person.id}:{entry.reason}",
            "created_by": None,
            "created_at": entry.at,
        }
