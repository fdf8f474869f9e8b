"""Forgets what a customer who is gone has left in carts and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from datasources.carts import keys
from datasources.carts.tables import abandoned_carts, shopping_carts

if TYPE_CHECKING:
    from uuid import UUID

    from redis.asyncio.client import Pipeline

    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def forget_customer(store: KeyValueStore, copies: Database, *, user_id: UUID) -> None:
    """Delete a customer's cart with its copy, what was noted of it when it was left behind, and both lists.

    Raises:
        ServiceUnavailable: Redis or CartDb is down; call it again.
    """

    def fill(pipeline: Pipeline) -> None:
        pipeline.delete(keys.cart(user_id), keys.wishlist(user_id), keys.recently_viewed(user_id))
        pipeline.zrem(keys.UNCOPIED, str(user_id))

    async with copies.transaction() as transaction:
        await transaction.execute(delete(abandoned_carts).where(abandoned_carts.c.user_id == user_id))
        await transaction.execute(delete(shopping_carts).where(shopping_carts.c.user_id == user_id))
        # Before the commit: a copy that is left would fill Redis again.
        await store.run(fill, transaction=True)
