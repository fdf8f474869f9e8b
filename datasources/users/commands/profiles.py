"""What users say about themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.users.accounts import change_account, hold_account, read_user
from datasources.users.errors import UsernameTaken
from datasources.users.journal import tell, write_audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.users.changes import ProfileChanges
    from datasources.users.origins import Origin
    from datasources.users.records import User


async def update_profile(
    database: Database, *, user_id: UUID, changes: ProfileChanges, origin: Origin, now: datetime
) -> User:
    """Change what is given of a profile; what is as it was changes nothing.

    Raises:
        UnknownUser: there is no such account.
        UsernameTaken: the user name belongs to another account.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    try:
        async with database.transaction() as transaction:
            account = await hold_account(transaction, user_id)
            user = await read_user(transaction, user_id)
            new = {name: value for name, value in changes.items() if value != getattr(user, name)}
            if not new:
                return user
            version = await change_account(transaction, account, now=now, **new)
            await write_audit(
                transaction,
                "profile_updated",
                origin=origin,
                now=now,
                entity_id=user_id,
                old=_plain({name: getattr(user, name) for name in new}),
                new=_plain(new),
            )
            await tell(
                transaction,
                "UserProfileUpdated",
                user_id=user_id,
                version=version,
                now=now,
                fields=sorted(new),
            )
            return await read_user(transaction, user_id)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_users_username":
            raise UsernameTaken(changes.get("username") or "") from error
        raise


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
