"""What the user service answers by key: each question in one call, and never a deleted account or a secret."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from datasources.core.calls import record_calls
from datasources.users.queries import find_by_email
from datasources.users.records import Account
from tests.services.users.people import ADA, CABIN, GONE, GRACE, HOME, INVOICES, NOBODY, ODD, OF_GONE

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.users.loaders import UserLoaders


async def test_users_are_found_by_id_in_one_call(loaders: UserLoaders) -> None:
    with record_calls() as log:
        found = await loaders.by_id.load_many([GRACE, NOBODY, ADA, GONE, GRACE])
    assert [user and user.id for user in found] == [GRACE, None, ADA, None, GRACE]
    assert log.by_service() == {"users": 1}


async def test_roles_come_with_the_most_powerful_first(loaders: UserLoaders) -> None:
    assert await loaders.roles_by_user.load_many([ADA, GRACE, ODD, GONE]) == [
        ("Customer",),
        ("Manager", "Customer"),
        (),
        (),
    ]


async def test_default_addresses_come_first_then_the_oldest(loaders: UserLoaders) -> None:
    of_ada, of_grace, of_gone = await loaders.addresses_by_user.load_many([ADA, GRACE, GONE])
    assert [address.id for address in of_ada] == [HOME, INVOICES, CABIN]
    assert of_grace == of_gone == ()


async def test_an_address_is_found_by_id_unless_its_user_is_deleted(loaders: UserLoaders) -> None:
    found = await loaders.address_by_id.load_many([CABIN, OF_GONE, NOBODY])
    assert [address and address.user_id for address in found] == [ADA, None, None]


async def test_preferences_are_those_that_were_chosen(loaders: UserLoaders) -> None:
    of_ada, of_grace, of_gone = await loaders.preferences_by_user.load_many([ADA, GRACE, GONE])
    assert of_ada is not None
    assert (of_ada.theme, of_ada.currency, of_ada.language) == ("dark", "USD", "en-US")
    assert of_grace is of_gone is None


async def test_loyalty_is_the_sum_of_points(loaders: UserLoaders) -> None:
    of_ada, of_grace, of_gone = await loaders.loyalty_by_user.load_many([ADA, GRACE, GONE])
    assert of_ada is not None
    assert (of_ada.points_balance, of_ada.lifetime_points) == (120, 500)
    assert of_grace is of_gone is None


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
async def test_an_account_is_found_by_email_in_whatever_case(database: Database, email: str) -> None:
    account = await find_by_email(database, email)
    assert account is not None
    assert (account.id, account.roles) == (ADA, ("Customer",))


async def test_an_account_knows_all_its_roles(database: Database) -> None:
    grace, odd = [await find_by_email(database, name) for name in ("grace@example.com", "b_b%x@example.com")]
    assert grace is not None
    assert odd is not None
    assert (grace.roles, odd.roles) == (("Manager", "Customer"), ())


async def test_nobody_has_an_unknown_email(database: Database) -> None:
    assert await find_by_email(database, "nobody@example.com") is None


def test_records_carry_no_secrets() -> None:
    names = {field.name for field in fields(Account)}
    assert not {name for name in names if "password" in name or "token" in name or "lock" in name}
