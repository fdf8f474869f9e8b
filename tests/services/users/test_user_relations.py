"""What hangs on a user in the other services: carts, wishes, reviews, messages, orders and payments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bson.objectid import ObjectId

from datasources.carts import keys
from datasources.core.calls import record_calls
from datasources.core.errors import ServiceUnavailable
from gateway.schema import build_schema
from resolvers.permissions import Role
from resolvers.relay import global_id
from tests.collections.examples import NOW, product, product_review
from tests.services.asking import Asker
from tests.services.payments.purchases import TEA, insert_purchases
from tests.services.scratch import scratch_database
from tests.services.shops import scratch_shop
from tests.services.users.people import ADA, GRACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from gateway.embedded import EmbeddedServers

SOLD, DRAFT, DELETED, MISSING = (ObjectId() for _ in range(4))

WISHLIST = "query ($id: ID!) { user(id: $id) { wishlist { id } } }"
BELONGINGS = """
{ me {
  cart { id }
  wishlist { id }
  reviews(first: 1) { totalCount nodes { rating } pageInfo { hasNextPage } }
  notifications(first: 1) { totalCount nodes { id } }
  payments(first: 1, where: {statusIn: [SUCCEEDED, PARTIALLY_REFUNDED]}) { totalCount nodes { status } }
  paymentMethods { isDefault }
} }
"""
PAYMENT = "query ($id: ID!) { payment(id: $id) { customer { email payments { totalCount } } } }"


@pytest.fixture(scope="session")
async def shop(servers: EmbeddedServers, database: Database) -> AsyncIterator[Connections]:
    """Every service's database but that of the orders, which leads nowhere."""
    async with scratch_shop(servers.urls) as opened, scratch_database(servers.urls, "payments") as payments:
        await insert_purchases(payments)
        await _insert_wishes_and_reviews(opened)
        yield replace(opened, users=database, payments=payments)


@pytest.fixture
def whole(shop: Connections) -> Asker:
    """The schema over the whole shop."""
    return Asker(schema=build_schema(), connections=shop)


async def test_users_see_what_is_theirs_in_every_service(whole: Asker) -> None:
    with record_calls() as log:
        answer = await whole.ask(BELONGINGS, as_=ADA)
    assert answer.errors == []
    assert answer.data["me"] == {
        "cart": None,
        "wishlist": [{"id": global_id("Product", SOLD)}],
        "reviews": {"totalCount": 2, "nodes": [{"rating": 4}], "pageInfo": {"hasNextPage": True}},
        "notifications": {"totalCount": 0, "nodes": []},
        "payments": {"totalCount": 2, "nodes": [{"status": "SUCCEEDED"}]},
        "paymentMethods": [{"isDefault": True}, {"isDefault": False}, {"isDefault": False}],
    }
    # carts: Redis and the durable copy for the cart, Redis for the wishes; products: wishes, reviews, their count.
    assert log.by_service() == {"users": 1, "carts": 3, "products": 3, "notifications": 2, "payments": 3}


async def test_staff_see_wishes_for_what_is_not_yet_sold(whole: Asker) -> None:
    answer = await whole.ask(WISHLIST, as_=GRACE, role=Role.MANAGER, id=global_id("User", ADA))
    assert answer.errors == []
    wishes = [wish["id"] for wish in answer.data["user"]["wishlist"]]
    assert wishes == [global_id("Product", DRAFT), global_id("Product", SOLD)]


async def test_a_service_that_is_down_costs_only_its_own_field(whole: Asker) -> None:
    answer = await whole.ask("{ me { email orders { totalCount } wishlist { id } } }", as_=ADA)
    [error] = answer.errors
    assert isinstance(error, ServiceUnavailable)
    assert error.service == "orders"
    assert answer.data["me"] == {
        "email": "Ada@example.com",
        "orders": None,
        "wishlist": [{"id": global_id("Product", SOLD)}],
    }


async def test_a_payment_leads_back_to_its_customer(whole: Asker) -> None:
    answer = await whole.ask(PAYMENT, as_=ADA, id=global_id("Payment", TEA))
    assert answer.errors == []
    assert answer.data == {
        "payment": {"customer": {"email": "Ada@example.com", "payments": {"totalCount": 3}}}
    }


async def _insert_wishes_and_reviews(shop: Connections) -> None:
    await shop.products.database["products"].insert_many(
        [
            product(_id=SOLD),
            product(_id=DRAFT, status="draft", is_published=False, published_at=None),
            product(_id=DELETED, is_published=False, deleted_at=NOW),
        ]
    )
    await shop.products.database["product_reviews"].insert_many(
        [
            product_review(user_id=str(ADA), rating=5, created_at=NOW.replace(year=2024)),
            product_review(user_id=str(ADA), rating=4, status="pending"),
            product_review(user_id=str(GRACE)),
        ]
    )
    newest_first = [MISSING, DRAFT, SOLD, DELETED]
    wishes = {str(wish): float(-place) for place, wish in enumerate(newest_first)}
    await shop.carts.run(lambda pipeline: pipeline.zadd(keys.wishlist(ADA), wishes))
