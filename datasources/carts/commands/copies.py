"""What a worker does for the durable copies: makes up for those that an outage has left behind, and purges old ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import delete, select

from datasources.carts.durable_copies import hold_copy, write_copy
from datasources.carts.owners import CartOwner
from datasources.carts.tables import shopping_carts
from datasources.carts.working_copies import forget_mark, hold_carts, marked_customers, unmark

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore

MOST_CARTS: Final = 100

# A change that is younger is most likely being copied by whoever made it.
GRACE: Final = timedelta(seconds=10)


async def copy_uncopied_carts(
    store: KeyValueStore, copies: Database, *, now: datetime, most: int = MOST_CARTS
) -> int:
    """Copy up to `most` carts whose copies are behind, those first that are so for longest; tell how many there were.

    Any number of workers may do it at once: none sets a copy back.

    Raises:
        ServiceUnavailable: Redis or CartDb is down; what is left stays marked.
    """
    marks = await marked_customers(store, before=now - GRACE, most=most)
    owners = [CartOwner(user_id=UUID(customer)) for customer in marks]
    for held in await hold_carts(store, owners) if owners else []:
        if held.cart is None:  # Redis has lost it, and what CartDb has is all there is
            await forget_mark(store, str(held.owner.user_id), marks[str(held.owner.user_id)])
            continue
        async with copies.transaction() as transaction:
            await hold_copy(transaction, UUID(held.cart.id), now=now)
            await write_copy(transaction, held.cart)
        await unmark(store, held.cart)
    return len(owners)


async def purge_expired_carts(copies: Database, *, now: datetime, most: int = MOST_CARTS) -> int:
    """Delete up to `most` copies that have expired, with their lines; tell how many they were.

    Raises:
        ServiceUnavailable: CartDb is down.
    """
    expired = (
        select(shopping_carts.c.id)
        .where(shopping_carts.c.expires_at <= now)
        .order_by(shopping_carts.c.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    async with copies.transaction() as transaction:
        deleted = await transaction.execute(
            delete(shopping_carts).where(shopping_carts.c.id.in_(expired.scalar_subquery()))
        )
    return int(deleted.rowcount)
