"""What is in the demo shop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from datasources.carts import keys
from datasources.orders.tables import ORDER_STATUSES, PAYMENT_STATUSES
from datasources.seeds import DEFAULT_NOW, DEMO_ADMIN, DEMO_CUSTOMER, DEMO_MANAGER, DEMO_PASSWORD
from datasources.users.passwords import Passwords
from tests.seeds.test_sums import rows

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.databases import Database

TABLES = {
    ("users", "users"): 200,
    ("users", "customer_preferences"): 200,
    ("users", "customer_loyalty"): 200,
    ("inventory", "warehouses"): 3,
    ("orders", "orders"): 2000,
    ("cart_copies", "shopping_carts"): 40,
    ("cart_copies", "abandoned_carts"): 6,
}
COLLECTIONS = {
    ("products", "categories"): 24,
    ("products", "brands"): 12,
    ("products", "products"): 500,
    ("products", "product_analytics"): 500,
    ("products", "product_reviews"): 3000,
    ("notifications", "notification_templates"): 9,
    ("notifications", "notification_preferences"): 200,
}


async def one(database: Database, select: str, *arguments: Any) -> Any:
    async with database.connection() as sql:
        return await sql.fetchval(select, *arguments)


async def customer_id(shop: Connections) -> Any:
    return await one(shop.users, "SELECT id FROM users WHERE email = $1", DEMO_CUSTOMER)


@pytest.mark.parametrize(("place", "count"), TABLES.items())
async def test_tables_are_full(shop: Connections, place: tuple[str, str], count: int) -> None:
    database, table = place
    assert await one(getattr(shop, database), f"SELECT count(*) FROM {table}") == count  # noqa: S608  # our own


@pytest.mark.parametrize(("place", "count"), COLLECTIONS.items())
async def test_collections_are_full(shop: Connections, place: tuple[str, str], count: int) -> None:
    database, collection = place
    assert await getattr(shop, database).database[collection].count_documents({}) == count


@pytest.mark.parametrize(
    ("email", "roles"),
    [
        (DEMO_CUSTOMER, ["Customer"]),
        (DEMO_MANAGER, ["Customer", "Manager"]),
        (DEMO_ADMIN, ["Admin", "Customer"]),
    ],
)
async def test_demo_accounts_can_sign_in(shop: Connections, email: str, roles: list[str]) -> None:
    found = await rows(
        shop.users,
        "SELECT u.password_hash, array_agg(r.name::text ORDER BY r.name) AS roles FROM users u"  # noqa: S608  # a constant
        " JOIN user_roles ON user_id = u.id JOIN roles r ON r.id = role_id"
        f" WHERE u.email = '{email}' AND u.is_active AND u.email_verified GROUP BY u.id",
    )
    assert [row["roles"] for row in found] == [roles]
    assert found[0]["password_hash"].startswith("$argon2id$")
    with Passwords() as passwords:
        assert await passwords.verify(DEMO_PASSWORD, found[0]["password_hash"])
        assert not passwords.needs_rehash(found[0]["password_hash"])
        passwords.check_strength(DEMO_PASSWORD, own=[email])


async def test_the_demo_customer_has_orders_in_every_state(shop: Connections) -> None:
    orders = await rows(
        shop.orders,
        f"SELECT status, count(*) AS orders FROM orders WHERE user_id = '{await customer_id(shop)}' GROUP BY status",  # noqa: S608
    )
    assert {row["status"] for row in orders} == set(ORDER_STATUSES)
    assert sum(row["orders"] for row in orders) == 120


async def test_every_state_occurs(shop: Connections) -> None:
    for column, states in (("status", ORDER_STATUSES), ("payment_status", PAYMENT_STATUSES)):
        found = await rows(shop.orders, f"SELECT DISTINCT {column} AS state FROM orders")  # noqa: S608  # our own
        assert {row["state"] for row in found} == set(states)
    states = await one(shop.payments, "SELECT array_agg(DISTINCT status::text) FROM payments")
    assert len(states) == 9
    refunds = await one(shop.payments, "SELECT array_agg(DISTINCT status::text) FROM refunds")
    assert set(refunds) == {"completed", "pending", "rejected"}
    reviews = await shop.products.database["product_reviews"].distinct("status")
    assert set(reviews) == {"approved", "pending", "rejected"}


async def test_history_leads_to_the_state_of_each_order(shop: Connections) -> None:
    history = await rows(
        shop.orders,
        "SELECT o.id, o.status, o.created_at, o.shipped_at, o.delivered_at, o.cancelled_at,"
        " array_agg(h.old_status::text ORDER BY h.id) AS old, array_agg(h.new_status::text ORDER BY h.id) AS new,"
        " array_agg(h.changed_at ORDER BY h.id) AS at"
        " FROM orders o JOIN order_status_history h ON h.order_id = o.id GROUP BY o.id",
    )
    assert len(history) == 2000
    for row in history:
        assert row["old"] == [None, *row["new"][:-1]]
        assert (row["new"][0], row["at"][0]) == ("pending", row["created_at"])
        assert row["new"][-1] == row["status"]
        assert row["at"] == sorted(row["at"])
        assert row["at"][-1] <= DEFAULT_NOW
        moments = dict(zip(row["new"], row["at"], strict=True))
        for status in ("shipped", "delivered", "cancelled"):
            assert row[f"{status}_at"] == moments.get(status)


async def test_what_was_shipped_has_a_shipment(shop: Connections) -> None:
    shipments = await rows(
        shop.orders,
        "SELECT o.status, o.shipped_at, o.delivered_at, s.tracking_updates, s.tracking_number IS NOT DISTINCT FROM"
        " o.tracking_number AS same FROM orders o LEFT JOIN shipping_info s ON s.order_id = o.id",
    )
    for row in shipments:
        assert row["same"]
        assert (row["tracking_updates"] is None) == (row["shipped_at"] is None)
        if row["tracking_updates"] is not None:
            times = [update["occurred_at"] for update in row["tracking_updates"]]
            assert times == sorted(times)
            last = row["tracking_updates"][-1]["status"]
            assert (last == "delivered") == (row["delivered_at"] is not None)


async def test_nobody_buys_before_signing_up_or_what_is_not_listed(shop: Connections) -> None:
    joined = {
        row["id"]: row["created_at"] for row in await rows(shop.users, "SELECT id, created_at FROM users")
    }
    listed = {str(each["_id"]): each for each in await shop.products.find("products", {})}
    lines = await rows(
        shop.orders,
        "SELECT o.user_id, o.created_at, i.product_id, i.product_variant_id FROM orders o"
        " JOIN order_items i ON i.order_id = o.id",
    )
    for line in lines:
        product = listed[line["product_id"]]
        assert line["created_at"] >= product["created_at"]
        assert line["product_variant_id"] in {variant["id"] for variant in product["variants"]}
        assert line["user_id"] is None or line["created_at"] >= joined[line["user_id"]]


async def test_numbers_of_new_orders_begin_after_those_of_the_shop(shop: Connections) -> None:
    highest = await one(shop.orders, "SELECT max(split_part(order_number, '-', 3)::int) FROM orders")
    assert await one(shop.orders, "SELECT last_value FROM order_numbers") > highest
    highest = await one(
        shop.payments, "SELECT max(split_part(transaction_number, '-', 3)::int) FROM transactions"
    )
    assert await one(shop.payments, "SELECT last_value FROM transaction_numbers") > highest


async def test_headphones_are_found(shop: Connections) -> None:
    found = await shop.products.find("products", {"$text": {"$search": "headphones"}, "status": "active"})
    assert len(found) > 10
    assert any(each["slug"] == "wireless-headphones-aria" for each in found)
    categories = {each["_id"]: each for each in await shop.products.find("categories", {})}
    for product in found:
        assert categories[product["category_id"]]["slug"] == "headphones"
        assert [categories[each]["slug"] for each in product["category_path"]] == [
            "electronics",
            "headphones",
        ]


async def test_products_have_one_to_six_variants_whose_attributes_are_their_options(
    shop: Connections,
) -> None:
    counts: Counter[int] = Counter()
    for product in await shop.products.find("products", {}):
        counts[len(product["variants"])] += 1
        options = {option["name"]: option["values"] for option in product["options"]}
        for variant in product["variants"]:
            chosen = {each["name"]: each["value"] for each in variant["attributes"]}
            assert chosen.keys() == options.keys()
            assert all(value in options[name] for name, value in chosen.items())
        assert len({str(variant["attributes"]) for variant in product["variants"]}) == len(
            product["variants"]
        )
    assert set(counts) == {1, 2, 3, 4, 6} or set(counts) == {1, 2, 3, 4, 5, 6}


async def test_filters_know_every_attribute(shop: Connections) -> None:
    values = {
        each["name"]: {value["value"] for value in each["values"]}
        for each in await shop.products.find("product_attributes", {})
    }
    for product in await shop.products.find("products", {}):
        pairs = product["attributes"] + [
            pair for variant in product["variants"] for pair in variant["attributes"]
        ]
        assert all(pair["value"] in values[pair["name"]] for pair in pairs)


async def test_relations_of_each_kind_lead_to_shown_products(shop: Connections) -> None:
    shown = {
        each["_id"] for each in await shop.products.find("products", {"status": "active"}, fields=["_id"])
    }
    relations = await shop.products.find("product_relations", {})
    assert {each["relation_type"] for each in relations} == {"related", "cross_sell", "up_sell"}
    assert {each["product_id"] for each in relations} == shown
    assert {each["related_product_id"] for each in relations} <= shown


async def test_verified_reviews_follow_a_delivery(shop: Connections) -> None:
    bought = {
        (str(row["id"]), str(row["user_id"]), row["product_id"]): row["delivered_at"]
        for row in await rows(
            shop.orders,
            "SELECT o.id, o.user_id, i.product_id, o.delivered_at FROM orders o"
            " JOIN order_items i ON i.order_id = o.id",
        )
    }
    reviews = await shop.products.find("product_reviews", {})
    verified = [each for each in reviews if each["verified_purchase"]]
    for review in verified:
        delivered = bought[review["order_id"], review["user_id"], str(review["product_id"])]
        assert delivered < review["created_at"] <= DEFAULT_NOW
    assert len(verified) > 1500
    assert all(each["order_id"] is None for each in reviews if not each["verified_purchase"])


async def test_the_demo_customers_cart_has_one_problem_in_three_lines(shop: Connections) -> None:
    user = await customer_id(shop)
    fields = await shop.carts.client.hgetall(keys.cart(user))
    lines = orjson.loads(fields[keys.ITEMS])
    products = await shop.products.find("products", {})
    prices = {str(variant["id"]): str(variant["price"]) for each in products for variant in each["variants"]}
    assert [line["price"] == prices[line["variant_id"]] for line in lines] == [True, False, True]
    copied = await rows(
        shop.cart_copies,
        "SELECT i.product_variant_id, i.quantity, i.unit_price FROM cart_items i"  # noqa: S608  # our own id
        f" JOIN shopping_carts c ON c.id = cart_id WHERE c.user_id = '{user}' ORDER BY i.added_at",
    )
    assert [(str(row["product_variant_id"]), row["quantity"], str(row["unit_price"])) for row in copied] == [
        (line["variant_id"], line["quantity"], line["price"]) for line in lines
    ]
    assert 0 < await shop.carts.client.ttl(keys.cart(user)) <= keys.CART_SECONDS


async def test_carts_wishlists_and_views_are_there(shop: Connections) -> None:
    redis = shop.carts.client
    names = Counter([key.partition(":")[0] async for key in redis.scan_iter()])
    assert names == {"cart": 34, "wishlist": 80, "recently_viewed": 80}
    user = await customer_id(shop)
    assert await redis.zcard(keys.wishlist(user)) >= 2
    assert await redis.ttl(keys.wishlist(user)) == -1
    assert 5 <= await redis.zcard(keys.recently_viewed(user)) <= keys.RECENTLY_VIEWED_MOST
    assert await redis.ttl(keys.recently_viewed(user)) > 0


async def test_messages_were_written_and_the_mails_among_them_recorded(shop: Connections) -> None:
    messages = await shop.notifications.find("notifications", {})
    emails = {each["notification_id"]: each for each in await shop.notifications.find("email_logs", {})}
    assert emails.keys() == {each["_id"] for each in messages if each["type"] == "email"}
    assert all(
        emails[each["_id"]]["status"] == each["status"] for each in messages if each["type"] == "email"
    )
    assert {each["status"] for each in messages} == {"sent", "delivered", "failed", "bounced"}
    user = str(await customer_id(shop))
    assert 25 <= sum(each["user_id"] == user for each in messages) <= 45
