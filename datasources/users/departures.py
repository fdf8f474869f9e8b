"""Outside identities whose accounts were deleted: a token from before then must not open the account anew."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from datasources.users.errors import IdentityRefused
from datasources.users.tables import departed_identities, user_identities

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def note_departure(transaction: AsyncConnection, user_id: UUID, *, now: datetime) -> None:
    """Remember, as hashes, the outside identities of an account that is being deleted."""
    found = await transaction.execute(
        select(user_identities.c.issuer, user_identities.c.subject).where(
            user_identities.c.user_id == user_id
        )
    )
    departed = [{"identity_hash": _hash(row.issuer, row.subject), "departed_at": now} for row in found]
    if departed:
        noted = insert(departed_identities).values(departed)
        await transaction.execute(
            noted.on_conflict_do_update(
                index_elements=["identity_hash"], set_={"departed_at": noted.excluded.departed_at}
            )
        )


async def require_no_departure(
    transaction: AsyncConnection, issuer: str, subject: str, *, since: datetime
) -> None:
    """Refuse a token that was issued before its user's account was deleted, or in the same second.

    Raises:
        IdentityRefused: it was.
    """
    found = await transaction.execute(
        select(departed_identities.c.departed_at).where(
            departed_identities.c.identity_hash == _hash(issuer, subject),
            departed_identities.c.departed_at >= since,
        )
    )
    if found.first() is not None:
        raise IdentityRefused("account_deleted")


def _hash(issuer: str, subject: str) -> str:
    # No issuer, which is a URL, has a space in it.
    return sha256(f"{issuer} {subject}".encode()).hexdigest()
