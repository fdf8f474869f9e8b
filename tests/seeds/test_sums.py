"""What must add up in the demo shop: stock, ratings, money, points."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.databases import Database


async def rows(database: Database, select: str) -> list[Any]:
    async with database.connection() as sql:
        return list(await sql.fetch(select))


QUANTITIES = ("available", "reserved", "committed", "backordered")
CHANGES = ("quantity_change", "reserved_change", "committed_change", "backordered_change")


async def test_stock_is_the_sum_of_its_transactions(shop: Connections) -> None:
    sums = ", ".join(f"coalesce(sum(t.{change}), 0) AS sum_{change}" for change in CHANGES)
    stock = await rows(
        shop.inventory,
        f"SELECT s.*, {sums} FROM inventory_stock s LEFT JOIN inventory_transactions t"  # noqa: S608  # our own words
        " USING (inventory_item_id, warehouse_id) GROUP BY s.inventory_item_id, s.warehouse_id",
    )
    assert len(stock) > 3000
    for row in stock:
        for quantity, change in zip(QUANTITIES, CHANGES, strict=True):
            assert row[f"quantity_{quantity}"] == row[f"sum_{change}"]


async def test_items_are_the_sums_of_their_stock(shop: Connections) -> None:
    sums = " AND ".join(f"i.quantity_{each} = sum(s.quantity_{each})" for each in QUANTITIES)
    wrong = await rows(
        shop.inventory,
        "SELECT i.id FROM inventory_items i JOIN inventory_stock s ON s.inventory_item_id = i.id"  # noqa: S608  # ours
        f" GROUP BY i.id HAVING NOT ({sums}) OR count(*) <> 3",
    )
    assert not wrong


async def test_each_transaction_begins_where_the_one_before_ended(shop: Connections) -> None:
    journal = await rows(
        shop.inventory,
        "SELECT inventory_item_id, warehouse_id, previous_stock, new_stock FROM inventory_transactions"
        " ORDER BY created_at, transaction_type = 'reservation' DESC, abs(quantity_change)",
    )
    shelves: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in journal:
        shelves[row["inventory_item_id"], row["warehouse_id"]].append(row)
    for moves in shelves.values():
        assert moves[0]["previous_stock"] == 0
        for before, after in pairwise(moves):
            assert after["previous_stock"] == before["new_stock"]


async def test_reserved_and_committed_stock_belongs_to_open_orders(shop: Connections) -> None:
    held = await rows(
        shop.orders,
        "SELECT product_variant_id, sum(quantity) FILTER (WHERE status = 'pending') AS reserved,"
        " sum(quantity) FILTER (WHERE status IN ('confirmed', 'paid', 'processing')) AS committed"
        " FROM orders JOIN order_items ON order_id = orders.id GROUP BY product_variant_id",
    )
    items = await rows(shop.inventory, "SELECT * FROM inventory_items")
    wanted = {row["product_variant_id"]: (row["reserved"] or 0, row["committed"] or 0) for row in held}
    for item in items:
        found = (item["quantity_reserved"], item["quantity_committed"])
        assert found == wanted.get(item["product_variant_id"], (0, 0))
    assert sum(item["quantity_reserved"] for item in items) > 0
    active = await rows(
        shop.inventory,
        "SELECT sum(quantity_reserved) FILTER (WHERE status = 'active') AS active FROM inventory_reservations",
    )
    assert active[0]["active"] == sum(item["quantity_reserved"] for item in items)


async def test_products_project_the_stock_and_the_lowest_price(shop: Connections) -> None:
    items = {
        row["product_variant_id"]: row for row in await rows(shop.inventory, "SELECT * FROM inventory_items")
    }
    products = await shop.products.find("products", {})
    for product in products:
        for variant in product["variants"]:
            item = items.pop(variant["id"])
            assert variant["stock"] == item["quantity_available"]
            assert variant["stock_version"] == item["version"]
            assert variant["backorder"] == item["allow_backorder"]
            assert variant["sku"] == item["sku"]
            assert item["product_id"] == str(product["_id"])
        assert product["stock"] == sum(variant["stock"] for variant in product["variants"])
        assert product["backorder"] == any(variant["backorder"] for variant in product["variants"])
        assert product["in_stock"] == (product["stock"] > 0 or product["backorder"])
        prices = [variant["price"].to_decimal() for variant in product["variants"]]
        assert product["price"].to_decimal() == min(prices)
    assert not items, "every item belongs to a variant"
    assert 5 < sum(not product["in_stock"] for product in products) < 60


async def test_alerts_are_open_for_what_is_low(shop: Connections) -> None:
    wrong = await rows(
        shop.inventory,
        "SELECT i.id FROM inventory_items i LEFT JOIN low_stock_alerts a"
        " ON a.inventory_item_id = i.id AND a.resolved_at IS NULL"
        " WHERE (i.quantity_available <= i.low_stock_threshold) <> (a.id IS NOT NULL)"
        " OR a.current_quantity <> i.quantity_available",
    )
    assert not wrong


async def test_ratings_are_the_averages_of_approved_reviews(shop: Connections) -> None:
    pipeline: list[dict[str, Any]] = [
        {"$match": {"status": "approved"}},
        {"$group": {"_id": "$product_id", "average": {"$avg": "$rating"}, "stars": {"$push": "$rating"}}},
    ]
    stars = {each["_id"]: each for each in await shop.products.aggregate("product_reviews", pipeline)}
    products = await shop.products.find("products", {})
    for product in products:
        approved = stars.get(product["_id"], {"average": 0.0, "stars": []})
        assert product["rating"] == {
            "average": approved["average"],
            "count": len(approved["stars"]),
            "distribution": [approved["stars"].count(number) for number in range(1, 6)],
        }
    assert len(stars) > 400


async def test_votes_are_counted(shop: Connections) -> None:
    votes = await shop.products.find("review_votes", {})
    counts: defaultdict[Any, int] = defaultdict(int)
    for vote in votes:
        counts[vote["review_id"], vote["kind"]] += 1
    for review in await shop.products.find("product_reviews", {}):
        assert review["helpful_count"] == counts[review["_id"], "helpful"]
        assert review["reported_count"] == counts[review["_id"], "report"]


@pytest.mark.parametrize(
    "wrong",
    [
        "o.subtotal <> i.subtotal",
        "o.discount <> i.discount",
        "o.discount <> coalesce(d.amount, 0)",
        "o.coupon_discount <> coalesce(r.amount, 0)",
        "o.refunded_amount <> i.refunded + CASE WHEN o.payment_status = 'refunded' THEN o.shipping_cost ELSE 0 END",
        "(o.payment_status = 'refunded') <> (o.refunded_amount = o.total)",
        "(o.payment_status = 'partially_refunded') <> (o.refunded_amount > 0 AND o.refunded_amount < o.total)",
        "o.currency <> 'USD'",
    ],
)
async def test_orders_add_up(shop: Connections, wrong: str) -> None:
    found = await rows(
        shop.orders,
        "SELECT o.order_number FROM orders o"  # noqa: S608  # the words are these tests' own
        " JOIN (SELECT order_id, sum(subtotal) AS subtotal, sum(discount) AS discount,"
        "   sum(refunded_amount) AS refunded FROM order_items GROUP BY order_id) i ON i.order_id = o.id"
        " LEFT JOIN (SELECT order_id, sum(discount_amount) AS amount FROM order_discounts GROUP BY order_id) d"
        "   ON d.order_id = o.id"
        f" LEFT JOIN coupon_redemptions r ON r.order_id = o.id WHERE {wrong}",
    )
    assert not found


async def test_coupons_count_their_redemptions(shop: Connections) -> None:
    coupons = await rows(
        shop.orders,
        "SELECT c.code, c.usage_count, count(r.id) FILTER (WHERE r.released_at IS NULL) AS used, count(r.id) AS ever"
        " FROM coupons c LEFT JOIN coupon_redemptions r ON r.coupon_id = c.id GROUP BY c.id",
    )
    assert all(row["usage_count"] == row["used"] for row in coupons)
    assert all(row["ever"] for row in coupons)
    over = await rows(
        shop.orders,
        "SELECT c.code FROM coupons c JOIN coupon_redemptions r ON r.coupon_id = c.id AND r.released_at IS NULL"
        " GROUP BY c.id, r.email HAVING count(*) > c.per_user_limit",
    )
    assert not over


STATES = {
    "pending": {"pending", "processing", "requires_action"},
    "authorized": {"authorized"},
    "paid": {"succeeded"},
    "partially_refunded": {"partially_refunded"},
    "refunded": {"refunded"},
    "failed": {"failed"},
    "cancelled": {"cancelled"},
}


async def test_payments_agree_with_their_orders(shop: Connections) -> None:
    payments = {row["id"]: row for row in await rows(shop.payments, "SELECT * FROM payments")}
    orders = {row["id"]: row for row in await rows(shop.orders, "SELECT * FROM orders")}
    for order in orders.values():
        payment = payments[order["payment_id"]]
        assert payment["status"] in STATES[order["payment_status"]]
        assert payment["amount"] == order["total"]
        assert payment["refunded_amount"] == order["refunded_amount"]
        assert (payment["order_id"], payment["user_id"]) == (order["id"], order["user_id"])
        captured = order["payment_status"] in {"paid", "refunded", "partially_refunded"}
        assert payment["captured_amount"] == (order["total"] if captured else 0)
    settling = {order["payment_id"] for order in orders.values()}
    assert {row["status"] for key, row in payments.items() if key not in settling} == {"failed"}
    assert {row["order_id"] for row in payments.values()} == set(orders)


async def test_refunds_and_transactions_agree_with_their_payments(shop: Connections) -> None:
    wrong = await rows(
        shop.payments,
        "SELECT p.id FROM payments p"
        " LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refunds WHERE status = 'completed'"
        "   GROUP BY payment_id) r ON r.payment_id = p.id"
        " LEFT JOIN (SELECT payment_id, sum(amount) FILTER (WHERE type = 'refund') AS refunded,"
        "   sum(amount) FILTER (WHERE type IN ('capture', 'charge') AND status = 'succeeded') AS captured"
        "   FROM transactions GROUP BY payment_id) t ON t.payment_id = p.id"
        " WHERE p.refunded_amount <> coalesce(r.amount, 0) OR p.refunded_amount <> coalesce(t.refunded, 0)"
        " OR p.captured_amount <> coalesce(t.captured, 0)",
    )
    assert not wrong
    last = await rows(
        shop.payments,
        "SELECT DISTINCT ON (payment_id) event_type, p.status FROM payment_events e"
        " JOIN payments p ON p.id = payment_id ORDER BY payment_id, sequence DESC",
    )
    ends = {(row["status"], row["event_type"]) for row in last}
    assert ends == {
        ("pending", "created"),
        ("processing", "processing"),
        ("requires_action", "requires_action"),
        ("authorized", "authorized"),
        ("succeeded", "captured"),
        ("succeeded", "refund_requested"),
        ("refunded", "refunded"),
        ("partially_refunded", "refunded"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
    }


async def test_refund_lines_are_those_of_the_order(shop: Connections) -> None:
    refunds = await rows(
        shop.payments, "SELECT order_id, amount, lines FROM refunds WHERE status = 'completed'"
    )
    items = {str(row["id"]): row for row in await rows(shop.orders, "SELECT * FROM order_items")}
    for refund in refunds:
        lines = refund["lines"]
        for line in lines:
            item = items[line["order_item_id"]]
            assert item["order_id"] == refund["order_id"]
            assert item["refunded_amount"] == Decimal(line["amount"])
            assert item["refunded_quantity"] == line["quantity"]
            assert item["returned_quantity"] == (line["quantity"] if line["restock"] else 0)
        assert sum(Decimal(line["amount"]) for line in lines) <= refund["amount"]
    assert len(refunds) > 100


async def test_points_are_the_sums_of_their_ledger(shop: Connections) -> None:
    wrong = await rows(
        shop.users,
        "SELECT l.user_id FROM customer_loyalty l JOIN customer_loyalty_ledger e USING (user_id)"
        " GROUP BY l.id HAVING l.points_balance <> sum(e.points)"
        " OR l.points_balance <> (array_agg(e.balance_after ORDER BY e.created_at DESC, e.points))[1]"
        " OR l.lifetime_points <> sum(e.points) FILTER (WHERE e.points > 0)",
    )
    assert not wrong
