"""Lists of users and of the audit log, and the account behind an e-mail address, a session or an outside identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.listings import count_of_rows, page_of_rows
from datasources.users import access_statements, history_statements, statements
from datasources.users.outside_roles import roles_by_issuer
from datasources.users.records import Account, IdentityCheck, SessionCheck

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.paging import Order as ListOrder
    from datasources.core.paging import Page, Window
    from datasources.users.records import AuditEntry, AuditFilter, User, UserFilter


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
    return _account(dict(rows[0])) if rows else None


async def session_viewer(database: Database, session_id: UUID, *, now: datetime) -> SessionCheck | None:
    """The session with this id and its account, in one call; None where either is gone.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(access_statements.SESSION_VIEWER, session_id=session_id)
    if not rows:
        return None
    row = dict(rows[0])
    is_active, expires_at = row.pop("session_is_active"), row.pop("expires_at")
    return SessionCheck(
        session_id=session_id,
        is_live=is_active and now < expires_at,
        is_locked=row.pop("is_locked"),
        password_changed_at=row.pop("password_changed_at"),
        account=_account(row),
    )


async def identity_viewer(database: Database, issuer: str, subject: str) -> IdentityCheck | None:
    """The account of an outside issuer's user, in one call; None where there is none yet (`provision_identity`).

    Raises:
        ServiceUnavailable: the user database is down.
    """
    rows = await database.fetch(access_statements.IDENTITY_VIEWER, issuer=issuer, subject=subject)
    if not rows:
        return None
    row = dict(rows[0])
    issuer_roles = tuple(row.pop("issuer_roles"))
    row["roles"] = roles_by_issuer(row["roles"], issuer_roles)
    return IdentityCheck(
        issuer=issuer,
        subject=subject,
        issuer_roles=issuer_roles,
        roles_issued_at=row.pop("roles_issued_at"),
        is_locked=row.pop("is_locked"),
        account=_account(row),
    )


async def page_of_audit(database: Database, *, wanted: AuditFilter, window: Window) -> Page[AuditEntry]:
    """A window of the audit log's lines that pass the filter, the newest first.

    Raises:
        InvalidCursor: the cursor is not of this list.
        ServiceUnavailable: the user database is down.
    """
    return await page_of_rows(
        database,
        history_statements.AUDIT,
        wanted=wanted,
        order=history_statements.AUDIT_NEWEST,
        window=window,
    )


async def count_audit(database: Database, *, wanted: AuditFilter) -> int:
    """How many lines of the audit log pass the filter.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    return await count_of_rows(database, history_statements.AUDIT, wanted=wanted)


def _account(row: Mapping[str, Any]) -> Account:
    return Account(**{**row, "roles": tuple(row["roles"])})
