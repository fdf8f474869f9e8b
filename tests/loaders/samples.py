"""Keys of the demo shop for every loader, read from the tables, collections and Redis keys themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid4

from bson.objectid import ObjectId
from sqlalchemy import insert

from datasources.core.paging import Slice, Window
from datasources.core.tokens import hash_of
from datasources.loaders import Loaders
from datasources.notifications.records import NotificationFilter
from datasources.orders.records import OrderFilter
from datasources.payments.records import PaymentFilter
from datasources.products.facet_pipelines import FacetScope
from datasources.products.records import ProductFilter, ReviewFilter
from datasources.users.records import LedgerFilter
from datasources.users.tables import user_sessions
from tests.services.carts.rows import item, keep_in_redis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from datasources.core.connections import Connections

    Keys: TypeAlias = Callable[[Connections], Awaitable[list[Any]]]
    Stages: TypeAlias = Sequence[Mapping[str, Any]]

AT_MOST = 50

_VISIBLE = {"status": "active", "is_published": True, "deleted_at": None}


def unknown_like(key: Any) -> Any:
    """A key of the same kind that nothing has."""
    match key:
        case UUID():
            return uuid4()
        case str() if ObjectId.is_valid(key):
            return str(ObjectId())
        case str():
            return f"unknown-{uuid4()}"
        case Slice():
            return replace(key, parent=unknown_like(key.parent))
        case FacetScope():
            return replace(key, category_id=unknown_like(key.category_id))
        case tuple():
            return (unknown_like(key[0]), *key[1:])
    message = f"Say what an unknown key like {key!r} is."
    raise TypeError(message)


def _sql(database: str, select: str) -> Keys:
    """The values of a SELECT's only column."""

    async def keys(connections: Connections) -> list[Any]:
        async with getattr(connections, database).connection() as sql:
            rows = await sql.fetch(
                f"SELECT DISTINCT key FROM ({select}) AS t(key) ORDER BY key LIMIT {AT_MOST}"  # noqa: S608  # our own
            )
        return [row["key"] for row in rows]

    return keys


def _mongo(database: str, collection: str, field: str, *stages: Mapping[str, Any]) -> Keys:
    """The values of a field in what these stages leave of a collection; an ObjectId as its hexadecimal digits."""

    async def keys(connections: Connections) -> list[Any]:
        pipeline: Stages = [
            *stages,
            {"$group": {"_id": f"${field}"}},
            {"$sort": {"_id": 1}},
            {"$limit": AT_MOST},
        ]
        found = await getattr(connections, database).aggregate(collection, pipeline)
        return [str(key) if isinstance(key, ObjectId) else key for key in (one["_id"] for one in found)]

    return keys


_products = partial(_mongo, "products", "products")
_visible = partial(_products, "_id", {"$match": _VISIBLE})
_orders = partial(_sql, "orders")
_payments = partial(_sql, "payments")
_users = partial(_sql, "users")
_inventory = partial(_sql, "inventory")


def _redis(prefix: str) -> Keys:
    """The user ids after a prefix of Redis's keys."""

    async def keys(connections: Connections) -> list[Any]:
        found = [key async for key in connections.carts.client.scan_iter(f"{prefix}:*", count=1_000)]
        return [UUID(key.partition(":")[2]) for key in sorted(found)[:AT_MOST]]

    return keys


async def _guests(connections: Connections) -> list[Any]:
    """The hashes of new guests' tokens: nobody knows the tokens of carts that are there already."""
    hashes = [hash_of(str(uuid4())) for _ in range(AT_MOST)]
    for token_hash in hashes:
        # Without an end, since reading moves it.
        await keep_in_redis(connections, f"cart:session:{token_hash}", item(), seconds=None)
    return hashes


async def _signed_in(connections: Connections) -> list[Any]:
    """Users with a session each: nobody has signed in to the demo shop."""
    users: list[Any] = (await _users("SELECT id FROM users WHERE deleted_at IS NULL")(connections))[:AT_MOST]
    async with connections.users.transaction() as transaction:
        await transaction.execute(
            insert(user_sessions),
            [
                {
                    "user_id": user,
                    "refresh_token_hash": uuid4().hex * 2,
                    "expires_at": datetime.now(UTC) + timedelta(days=1),
                }
                for user in users
            ],
        )
    return users


async def _voters(connections: Connections) -> list[Any]:
    """Reviews with users who found them helpful."""
    votes = await connections.products.find(
        "review_votes", {"kind": "helpful"}, sort=[("_id", 1)], limit=AT_MOST
    )
    return [(str(vote["review_id"]), UUID(vote["user_id"])) for vote in votes]


async def _guest_orders(connections: Connections) -> list[Any]:
    """Numbers of guests' orders with the hashes of their tokens."""
    async with connections.orders.connection() as sql:
        rows = await sql.fetch(
            "SELECT order_number, guest_token_hash FROM orders WHERE guest_token_hash IS NOT NULL "
            "ORDER BY order_number LIMIT $1",
            AT_MOST,
        )
    return [tuple(row) for row in rows]


def _users_as_uuids(keys: Keys) -> Keys:
    """MongoDB keeps the ids of users as text."""
    return _shaped(keys, UUID)


def _shaped(keys: Keys, shape: Callable[[Any], Any]) -> Keys:
    async def shaped(connections: Connections) -> list[Any]:
        return [shape(key) for key in await keys(connections)]

    return shaped


def _windows(keys: Keys, wanted: Any) -> Keys:
    return _shaped(keys, lambda key: Slice(parent=key, filter=wanted, window=Window(size=3)))


def _counts(keys: Keys, wanted: Any) -> Keys:
    return _shaped(keys, lambda key: (key, wanted))


_CUSTOMERS = _orders("SELECT user_id FROM orders WHERE user_id IS NOT NULL")
_LEDGERS = _users("SELECT user_id FROM customer_loyalty_ledger")
_PAYERS = _payments("SELECT user_id FROM payments WHERE user_id IS NOT NULL")
_NOTIFIED = _users_as_uuids(
    _mongo("notifications", "notifications", "user_id", {"$match": {"user_id": {"$ne": None}}})
)
_PREFERRING = _users_as_uuids(_mongo("notifications", "notification_preferences", "user_id"))
_CATEGORIES_WITH_PRODUCTS = _products("category_path", {"$match": _VISIBLE}, {"$unwind": "$category_path"})
_BRANDS_WITH_PRODUCTS = _products("brand_id", {"$match": {**_VISIBLE, "brand_id": {"$ne": None}}})
_REVIEWED = _mongo("products", "product_reviews", "product_id", {"$match": {"status": "approved"}})
_REVIEWERS = _users_as_uuids(
    _mongo("products", "product_reviews", "user_id", {"$match": {"status": "approved"}})
)
_RELATED = _mongo(
    "products",
    "product_relations",
    "product_id",
    {"$lookup": {"from": "products", "localField": "related_product_id", "foreignField": "_id", "as": "to"}},
    {"$match": {f"to.{field}": value for field, value in _VISIBLE.items()}},
)


async def _customers_with_carts(connections: Connections) -> list[Any]:
    """Customers with carts, all of which are in Redis: the first to ask for one that is not puts it there."""
    users = await _sql(
        "cart_copies", "SELECT user_id FROM shopping_carts WHERE expires_at IS NULL OR expires_at > now()"
    )(connections)
    await Loaders(connections).carts.by_user.load_many(users)
    return users


SAMPLES: dict[str, Keys] = {
    "carts.by_user": _customers_with_carts,
    "carts.by_token_hash": _guests,
    "carts.wishlist_by_user": _redis("wishlist"),
    "carts.recently_viewed_by_user": _redis("recently_viewed"),
    "inventory.stock_by_variant": _inventory("SELECT product_variant_id FROM inventory_items"),
    "inventory.stock_by_product": _inventory("SELECT product_id FROM inventory_items"),
    "inventory.by_warehouse": _shaped(
        _inventory("SELECT inventory_item_id FROM inventory_stock"), lambda key: (key,)
    ),
    "inventory.item_by_id": _inventory("SELECT id FROM inventory_items"),
    "inventory.item_by_variant": _inventory("SELECT product_variant_id FROM inventory_items"),
    "inventory.levels_by_item": _inventory("SELECT inventory_item_id FROM inventory_stock"),
    "inventory.adjusted_by_adjustment": _inventory("SELECT id FROM stock_adjustments"),
    "inventory.adjustment_by_id": _inventory("SELECT id FROM stock_adjustments"),
    "inventory.alert_by_id": _inventory("SELECT id FROM low_stock_alerts"),
    "inventory.warehouse_by_id": _inventory("SELECT id FROM warehouses"),
    "notifications.by_id": _mongo("notifications", "notifications", "_id"),
    "notifications.by_user": _windows(_NOTIFIED, NotificationFilter()),
    "notifications.count_by_user": _counts(_NOTIFIED, NotificationFilter()),
    "notifications.preferences_by_user": _PREFERRING,
    "orders.by_id": _orders("SELECT id FROM orders"),
    "orders.by_number": _orders("SELECT order_number FROM orders"),
    "orders.by_guest_token": _guest_orders,
    "orders.by_user": _windows(_CUSTOMERS, OrderFilter()),
    "orders.count_by_user": _counts(_CUSTOMERS, OrderFilter()),
    "orders.items_by_order": _orders("SELECT order_id FROM order_items"),
    "orders.history_by_order": _orders("SELECT order_id FROM order_status_history"),
    "orders.shipment_by_order": _orders("SELECT order_id FROM shipping_info"),
    "orders.discounts_by_order": _orders("SELECT order_id FROM order_discounts"),
    "orders.coupon_by_id": _orders("SELECT id FROM coupons"),
    "orders.coupon_by_code": _orders("SELECT code FROM coupons"),
    "payments.by_id": _payments("SELECT id FROM payments"),
    "payments.by_order": _payments("SELECT order_id FROM payments"),
    "payments.by_user": _windows(_PAYERS, PaymentFilter()),
    "payments.count_by_user": _counts(_PAYERS, PaymentFilter()),
    "payments.next_action_by_payment": _payments("SELECT id FROM payments WHERE next_action IS NOT NULL"),
    "payments.refund_by_id": _payments("SELECT id FROM refunds"),
    "payments.refunds_by_payment": _payments("SELECT payment_id FROM refunds"),
    "payments.transactions_by_payment": _payments("SELECT payment_id FROM transactions"),
    "payments.method_by_id": _payments("SELECT id FROM payment_methods"),
    "payments.methods_by_user": _payments("SELECT user_id FROM payment_methods WHERE is_active"),
    "products.by_id": _visible(),
    "products.by_slug": _products("slug", {"$match": _VISIBLE}),
    "products.by_sku": _products("variants.sku", {"$match": _VISIBLE}, {"$unwind": "$variants"}),
    "products.variant_by_id": _products("variants.id", {"$match": _VISIBLE}, {"$unwind": "$variants"}),
    "products.related": _shaped(_RELATED, lambda key: (key, None)),
    "products.category_by_id": _mongo("products", "categories", "_id"),
    "products.category_by_slug": _mongo("products", "categories", "slug"),
    "products.categories_by_parent": _mongo("products", "categories", "parent_id"),
    "products.brand_by_id": _mongo("products", "brands", "_id"),
    "products.brand_by_slug": _mongo("products", "brands", "slug"),
    "products.products_by_category": _windows(_CATEGORIES_WITH_PRODUCTS, ProductFilter()),
    "products.count_products_by_category": _counts(_CATEGORIES_WITH_PRODUCTS, ProductFilter()),
    "products.products_by_brand": _windows(_BRANDS_WITH_PRODUCTS, ProductFilter()),
    "products.count_products_by_brand": _counts(_BRANDS_WITH_PRODUCTS, ProductFilter()),
    "products.facets": _shaped(
        _CATEGORIES_WITH_PRODUCTS, lambda key: FacetScope(wanted=ProductFilter(), category_id=key)
    ),
    "products.views_by_product": _mongo(
        "products", "product_analytics", "product_id", {"$match": {"views": {"$gt": 0}}}
    ),
    "products.review_by_id": _mongo("products", "product_reviews", "_id"),
    "products.reviews_by_product": _windows(_REVIEWED, ReviewFilter()),
    "products.count_reviews_by_product": _counts(_REVIEWED, ReviewFilter()),
    "products.reviews_by_user": _windows(_REVIEWERS, ReviewFilter()),
    "products.count_reviews_by_user": _counts(_REVIEWERS, ReviewFilter()),
    "reviews.found_helpful": _voters,
    "reviews.reports_by_review": _mongo(
        "products", "review_votes", "review_id", {"$match": {"kind": "report"}}
    ),
    "users.by_id": _users("SELECT id FROM users WHERE deleted_at IS NULL"),
    "users.roles_by_user": _users("SELECT user_id FROM user_roles"),
    "users.address_by_id": _users("SELECT id FROM addresses"),
    "users.addresses_by_user": _users("SELECT user_id FROM addresses"),
    "users.preferences_by_user": _users("SELECT user_id FROM customer_preferences"),
    "users.loyalty_by_user": _users("SELECT user_id FROM customer_loyalty"),
    "users.lockout_by_user": _users("SELECT id FROM users WHERE deleted_at IS NULL"),
    "users.sessions_by_user": _signed_in,
    "users.ledger_by_user": _windows(_LEDGERS, LedgerFilter()),
    "users.count_ledger_by_user": _counts(_LEDGERS, LedgerFilter()),
}
