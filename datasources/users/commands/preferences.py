"""What users choose about messages and display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.users.accounts import change_account, hold_account
from datasources.users.journal import tell, write_audit
from datasources.users.records import CustomerPreferences
from datasources.users.statements import PREFERENCES_COLUMNS
from datasources.users.tables import customer_preferences

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.users.changes import PreferencesChanges
    from datasources.users.origins import Origin

# The record's names of columns that are called otherwise.
_COLUMNS: Final = {
    "language": "preferred_language",
    "currency": "preferred_currency",
    "theme": "theme_preference",
}


async def update_preferences(
    database: Database, *, user_id: UUID, changes: PreferencesChanges, origin: Origin, now: datetime
) -> CustomerPreferences:
    """Change what is given of the preferences, which begin as 001's defaults; offers only for who asks for them.

    Raises:
        UnknownUser: there is no such account.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    async with database.transaction() as transaction:
        account = await hold_account(transaction, user_id)
        await transaction.execute(
            insert_unless_there(customer_preferences)
            # 001 sends offers to everybody; whoever never agreed to them gets none.
            .values(user_id=user_id, marketing_emails=False, created_at=now, updated_at=now)
            .on_conflict_do_nothing(index_elements=["user_id"])
        )
        of_user = customer_preferences.c.user_id == user_id
        found = await transaction.execute(select(*PREFERENCES_COLUMNS).where(of_user))
        preferences = CustomerPreferences(**found.mappings().one())
        new: dict[str, Any] = {
            name: value for name, value in changes.items() if value != getattr(preferences, name)
        }
        if not new:
            return preferences
        columns = {_COLUMNS.get(name, name): value for name, value in new.items()}
        changed = await transaction.execute(
            update(customer_preferences)
            .where(of_user)
            .values(updated_at=now, **columns)
            .returning(*PREFERENCES_COLUMNS)
        )
        version = await change_account(transaction, account, now=now)
        old = {name: getattr(preferences, name) for name in new}
        await write_audit(
            transaction, "preferences_updated", origin=origin, now=now, entity_id=user_id, old=old, new=new
        )
        await tell(transaction, "UserPreferencesUpdated", user_id=user_id, version=version, now=now, **new)
        return CustomerPreferences(**changed.mappings().one())
