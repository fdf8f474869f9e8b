"""One block of the demo shop, made in memory: a scale of N is N blocks that refer to nothing outside themselves.

So a larger scale adds blocks to those that are there, and no more than one block is ever held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.seeds.accounts import make_accounts
from datasources.seeds.baskets import make_carts, make_lists
from datasources.seeds.coupons import CouponBook
from datasources.seeds.messages import make_messages, make_preferences
from datasources.seeds.order_rows import make_bulk_order
from datasources.seeds.orders import make_orders
from datasources.seeds.payment_methods import make_methods
from datasources.seeds.payments import make_payments
from datasources.seeds.people import make_people
from datasources.seeds.product_documents import make_analytics, make_document, make_relations
from datasources.seeds.products import make_products
from datasources.seeds.reviews import make_reviews, stars_by_product
from datasources.seeds.stock import make_items
from datasources.seeds.stock_rows import make_bulk_item

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.carts.bulk import BulkCart, BulkLists
    from datasources.core.documents import Document
    from datasources.inventory.bulk import BulkItem
    from datasources.orders.bulk import BulkOrder, CouponRow
    from datasources.payments.bulk import BulkPayment, MethodRow
    from datasources.users.bulk import BulkAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows and documents, ready to be loaded."""

    accounts: list[BulkAccount]
    products: list[Document]
    relations: list[Document]
    analytics: list[Document]
    items: list[BulkItem]
    coupons: list[CouponRow]
    orders: list[BulkOrder]
    methods: list[MethodRow]
    payments: list[BulkPayment]
    reviews: list[Document]
    votes: list[Document]
    carts: list[BulkCart]
    lists: list[BulkLists]
    preferences: list[Document]
    notifications: list[Document]
    emails: list[Document]


def make_block(number: int, now: datetime, *, password_hash: str) -> Block:
    """The block with this number: always the same for the same moment."""
    people = make_people(number, now)
    products = make_products(number, now)
    coupons = CouponBook(number, now)
    orders = make_orders(number, people, products, coupons, now)
    stock = make_items(products, orders, now)
    reviews, votes = make_reviews(people, products, orders, now)
    stars = stars_by_product(reviews)
    methods = make_methods(people, now)
    saved = {(row["user_id"], row["type"]): row for row in methods}
    notifications, emails = make_messages(people, orders, now)
    return Block(
        accounts=list(make_accounts(people, orders, password_hash, now)),
        products=[make_document(product, stock, stars, now) for product in products],
        relations=list(make_relations(products)),
        analytics=list(make_analytics(products, stock, now)),
        items=[make_bulk_item(item, now) for item in stock.values()],
        coupons=coupons.make_rows(),
        orders=[make_bulk_order(order) for order in orders],
        methods=methods,
        payments=[payment for order in orders for payment in make_payments(order, saved)],
        reviews=reviews,
        votes=votes,
        carts=list(make_carts(people, products, stock, now)),
        lists=list(make_lists(people, products, now)),
        preferences=make_preferences(people),
        notifications=notifications,
        emails=emails,
    )
