"""The list of all users: every filter, every order, and windows that neither skip nor repeat."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from datasources.core.errors import InvalidCursor
from datasources.core.paging import Window
from datasources.users.queries import count_users, page_of_users
from datasources.users.records import UserFilter
from datasources.users.statements import EMAIL_ASC, EMAIL_DESC, NEWEST, OLDEST
from tests.services.users.people import ADA, GRACE, LINUS, LIVE, ODD, START
from tests.services.walking import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.paging import Order, Page
    from datasources.users.records import User

SORTED = [
    (NEWEST, [ODD, LINUS, GRACE, ADA]),
    (OLDEST, [ADA, GRACE, LINUS, ODD]),
    (EMAIL_ASC, [ADA, ODD, GRACE, LINUS]),
    (EMAIL_DESC, [LINUS, GRACE, ODD, ADA]),
]

FILTERED = [
    (UserFilter(), LIVE),
    (UserFilter(search="ADA"), [ADA]),
    (UserFilter(search="ada lo"), [ADA]),
    (UserFilter(search="hopp"), [GRACE]),
    (UserFilter(search="linus@"), [LINUS]),
    (UserFilter(search="opper"), []),
    (UserFilter(search="b_b%"), [ODD]),
    (UserFilter(search="_"), []),
    (UserFilter(search="%"), []),
    (UserFilter(emails=("ada@example.com", "nobody@example.com")), [ADA]),
    (UserFilter(emails=()), []),
    (UserFilter(roles=("Manager",)), [GRACE]),
    (UserFilter(roles=("Customer", "Manager")), [ADA, GRACE, LINUS]),
    (UserFilter(tiers=("premium", "vip")), [ADA, LINUS]),
    (UserFilter(is_active=False), [LINUS]),
    (UserFilter(is_active=True), [ADA, GRACE, ODD]),
    (UserFilter(created_from=START + timedelta(days=1)), [GRACE, LINUS, ODD]),
    (UserFilter(created_before=START + timedelta(days=1)), [ADA]),
    (UserFilter(roles=("Customer",), tiers=("vip",), search="love"), [ADA]),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERED, ids=str)
async def test_a_filter_leaves_and_counts_who_passes_it(
    database: Database, wanted: UserFilter, expected: Sequence[UUID]
) -> None:
    found = await page_of_users(database, wanted=wanted, order=NEWEST, window=Window())
    assert {user.id for user in found.items} == set(expected)
    assert await count_users(database, wanted=wanted) == len(expected)


@pytest.mark.parametrize(("order", "expected"), SORTED, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_windows_follow_each_other(
    database: Database, order: Order, expected: Sequence[UUID], size: int
) -> None:
    assert await _walk(database, order, size=size, backwards=False) == expected
    assert await _walk(database, order, size=size, backwards=True) == expected


async def test_a_cursor_of_another_order_is_refused(database: Database) -> None:
    found = await page_of_users(database, wanted=UserFilter(), order=NEWEST, window=Window(size=1))
    window = Window(cursor=found.end_cursor)
    with pytest.raises(InvalidCursor):
        await page_of_users(database, wanted=UserFilter(), order=EMAIL_ASC, window=window)


async def _walk(database: Database, order: Order, *, size: int, backwards: bool) -> list[UUID]:
    """The users of all windows, in the list's order whichever way it was walked."""

    def fetch(window: Window) -> Awaitable[Page[User]]:
        return page_of_users(database, wanted=UserFilter(), order=order, window=window)

    return [user.id for user in await walk(fetch, size=size, backwards=backwards)]
