"""Customers' own lists of products: what they wish for, and what they looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasources.carts import keys
from datasources.carts.errors import TooManyWished
from datasources.carts.limits import MOST_WISHED
from datasources.core.keyvalues import Script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.keyvalues import KeyValueStore

# Adds a member to a sorted set unless it is there, and tells whether it is there now. ARGV: the member, its score, and
# how many there may be.
_ADD_UP_TO: Final = Script(
    text="""
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
return redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
"""
)


async def add_to_wishlist(store: KeyValueStore, *, user_id: UUID, product_id: str, now: datetime) -> None:
    """Put a product on a customer's wishlist; one that is there stays where it is.

    Raises:
        TooManyWished: it would be more than a wishlist may have.
        ServiceUnavailable: Redis is down.
    """
    score = int(now.timestamp() * 1000)
    if not await store.run_script(_ADD_UP_TO, [keys.wishlist(user_id)], product_id, score, MOST_WISHED):
        raise TooManyWished(MOST_WISHED)


async def remove_from_wishlist(store: KeyValueStore, *, user_id: UUID, product_id: str) -> None:
    """Take a product off a customer's wishlist, whether or not it is there.

    Raises:
        ServiceUnavailable: Redis is down.
    """
    await store.run(lambda pipeline: pipeline.zrem(keys.wishlist(user_id), product_id))


async def clear_recently_viewed(
    store: KeyValueStore, *, user_id: UUID, product_ids: Sequence[str] | None = None
) -> None:
    """Forget that a customer looked at these products, or at any. Products keep the views that were counted.

    Raises:
        ServiceUnavailable: Redis is down.
    """
    viewed = keys.recently_viewed(user_id)
    if product_ids is None:
        await store.run(lambda pipeline: pipeline.delete(viewed))
    elif product_ids:
        await store.run(lambda pipeline: pipeline.zrem(viewed, *product_ids))
