"""A review is not called unverified because the orders could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.errors import ServiceUnavailable
from datasources.products.commands.reviews import create_review
from datasources.products.documents import PRODUCT_REVIEWS
from datasources.products.reviews.changes import NewReview
from datasources.workflows.reviewing import rewrite_review, write_review
from tests.collections import examples
from tests.collections.examples import NOW

if TYPE_CHECKING:
    from datasources.core.connections import Connections


async def test_without_the_orders_nothing_new_is_written_and_what_is_written_can_be_changed(
    shop: Connections,
) -> None:
    inserted = await shop.products.database["products"].insert_one(examples.product())
    product_id, user_id, review = str(inserted.inserted_id), uuid4(), NewReview(rating=5)
    with pytest.raises(ServiceUnavailable) as down:
        await write_review(shop, user_id=user_id, product_id=product_id, review=review, now=NOW)
    assert down.value.service == "orders"
    assert await shop.products.find(PRODUCT_REVIEWS, {"user_id": str(user_id)}) == []
    written = await create_review(
        shop.products, user_id=user_id, product_id=product_id, review=review, order_id=None, now=NOW
    )
    changed = await rewrite_review(
        shop, user_id=user_id, review_id=written.id, changes={"rating": 1}, version=1, now=NOW
    )
    assert (changed.rating, changed.is_verified_purchase) == (1, False)
