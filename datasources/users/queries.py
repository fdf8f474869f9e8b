"""Lists of users, and the account behind an e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.listings import count_of_rows, page_of_rows
from datasources.users import statements
from datasources.users.records import Account

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.users.records import User, UserFilter


async def page_of_users(
    database: Database, *, wanted: UserFilter, order: ListOrder, window: Window
) -> Page[User]:
    """A window of the users that pass the filter.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the user database is down.
    """
    return await page_of_rows(database, statements.LISTED, wanted=wanted, order=order, window=window)


async def count_users(database: Database, *, wanted: UserFilter) -> int:
    """How many users pass the filter.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    return await count_of_rows(database, statements.LISTED, wanted=wanted)


async def find_by_email(database: Database, email: str) -> Account | None:
    """The user with this e-mail address, in whatever case, with roles; an inactive one, too.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(statements.ACCOUNT_BY_EMAIL, email=email)
    return Account(**{**rows[0], "roles": tuple(rows[0]["roles"])}) if rows else None
