"""Lists of users, and the account behind an e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.filters import conditions_set
from datasources.core.paging import page, shape, window_parameters
from datasources.core.records import from_rows
from datasources.users import statements
from datasources.users.records import Account, User

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.users.records import UserFilter


async def page_of_users(
    database: Database, *, wanted: UserFilter, order: ListOrder, window: Window
) -> Page[User]:
    """A window of the users that pass the filter.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the user database is down.
    """
    conditions = conditions_set(wanted)
    statement = statements.page_of_users(order, frozenset(conditions), shape(window))
    rows = await database.fetch(statement, **conditions, **window_parameters(order, window))
    return page(from_rows(User, rows), window, order)


async def count_users(database: Database, *, wanted: UserFilter) -> int:
    """How many users pass the filter.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    conditions = conditions_set(wanted)
    rows = await database.fetch(statements.count_of_users(frozenset(conditions)), **conditions)
    return int(rows[0]["count"])


async def find_by_email(database: Database, email: str) -> Account | None:
    """The user with this e-mail address, in whatever case, with roles; an inactive one, too.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(statements.ACCOUNT_BY_EMAIL, email=email)
    return Account(**{**rows[0], "roles": tuple(rows[0]["roles"])}) if rows else None
