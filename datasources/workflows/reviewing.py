"""Writes reviews, and decides from the order service whether they are of a verified purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import ServiceUnavailable
from datasources.orders.queries import find_delivered_order
from datasources.products.commands.reviews import create_review, update_review
from datasources.products.reviews.queries import unverified_product

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.products.records import Review
    from datasources.products.reviews.changes import NewReview, ReviewChanges


async def write_review(
    connections: Connections, *, user_id: UUID, product_id: str, review: NewReview, now: datetime
) -> Review:
    """Write a review; it is of a verified purchase where an order of the user with the product has been delivered.

    Raises:
        UnknownProduct, AlreadyReviewed: as `create_review`.
        ServiceUnavailable: the order or the product database is down; a purchase that cannot be looked up is not
            called unverified.
    """
    order_id = await find_delivered_order(connections.orders, user_id=user_id, product_id=product_id)
    return await create_review(
        connections.products,
        user_id=user_id,
        product_id=product_id,
        review=review,
        order_id=order_id,
        now=now,
    )


async def rewrite_review(
    connections: Connections,
    *,
    user_id: UUID,
    review_id: str,
    changes: ReviewChanges,
    version: int | None,
    now: datetime,
) -> Review:
    """Change a review; one that was written before the product was delivered may be of a verified purchase by now.

    Raises:
        UnknownReview, VersionConflict: as `update_review`.
        ServiceUnavailable: the product database is down.
    """
    return await update_review(
        connections.products,
        user_id=user_id,
        review_id=review_id,
        changes=changes,
        version=version,
        order_id=await _find_purchase(connections, user_id=user_id, review_id=review_id),
        now=now,
    )


async def _find_purchase(connections: Connections, *, user_id: UUID, review_id: str) -> UUID | None:
    product_id = await unverified_product(connections.products, user_id=user_id, review_id=review_id)
    if product_id is None:
        return None
    try:
        return await find_delivered_order(connections.orders, user_id=user_id, product_id=product_id)
    except ServiceUnavailable:
        return None  # the next change looks again
