"""What customers look at: each product once in a while, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts import keys

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from redis.asyncio.client import Pipeline

    from datasources.core.keyvalues import KeyValueStore


async def note_view(
    store: KeyValueStore, *, product_id: str, viewer: str, user_id: UUID | None, now: datetime
) -> bool:
    """Note that a viewer looks at a product, in one call; tell whether it is the first time in a while.

    For a user it becomes the newest of what was recently viewed.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """

    def fill(pipeline: Pipeline) -> None:
        pipeline.set(keys.product_view(viewer, product_id), "", nx=True, ex=keys.PRODUCT_VIEW_SECONDS)
        if user_id is not None:
            viewed = keys.recently_viewed(user_id)
            pipeline.zadd(viewed, {product_id: int(now.timestamp() * 1000)})
            pipeline.zremrangebyrank(viewed, 0, -keys.RECENTLY_VIEWED_MOST - 1)
            pipeline.expire(viewed, keys.RECENTLY_VIEWED_SECONDS)

    replies = await store.run(fill, transaction=True)
    return bool(replies[0])
