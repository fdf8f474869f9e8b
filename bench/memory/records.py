"""The shop in memory as the records that the datasources give out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from asyncpg.pgproto import pgproto

from bench.memory.tables import CUSTOMER, START
from datasources.core.batching import many_by_key, one_by_key
from datasources.core.records import row_record
from datasources.inventory.records import Stock
from datasources.orders.records import Order, OrderItem
from datasources.payments.records import Payment, Refund
from datasources.products.details import Image, Rating
from datasources.products.records import Brand, Category, Product
from datasources.users.records import User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    Row = dict[str, Any]


@row_record
class ReadyProduct(Product):
    """A product whose pictures have been read already, as they have been in the other contenders."""

    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What the loaders of the wide and the tiny query answer, by their keys."""

    users: Mapping[UUID, User]
    orders_by_user: Mapping[UUID | None, tuple[Order, ...]]
    items_by_order: Mapping[UUID, tuple[OrderItem, ...]]
    payments_by_order: Mapping[UUID, tuple[Payment, ...]]
    refunds_by_payment: Mapping[UUID, tuple[Refund, ...]]
    products_by_id: Mapping[str, Product]
    products_by_slug: Mapping[str, Product]
    brands: Mapping[str, Brand]
    categories: Mapping[str, Category]
    stock_by_product: Mapping[str, Stock]


def read_shop(path: Path) -> Shop:
    """The shop of a file, as the records that the datasources give out."""
    tables = orjson.loads(path.read_bytes())
    products = [_product(row) for row in tables["products"]]
    return Shop(
        users=one_by_key((_user(row) for row in tables["users"]), lambda user: user.id),
        orders_by_user=many_by_key((_order(row) for row in tables["orders"]), lambda order: order.user_id),
        items_by_order=many_by_key((_item(row) for row in tables["items"]), lambda item: item.order_id),
        payments_by_order=many_by_key(
            (_payment(row) for row in tables["payments"]), lambda payment: payment.order_id
        ),
        refunds_by_payment=many_by_key(
            (_refund(row) for row in tables["refunds"]), lambda refund: refund.payment_id
        ),
        products_by_id=one_by_key(products, lambda product: product.id),
        products_by_slug=one_by_key(products, lambda product: product.slug),
        brands=one_by_key((_brand(row) for row in tables["brands"]), lambda brand: brand.id),
        categories=one_by_key((_category(row) for row in tables["categories"]), lambda category: category.id),
        stock_by_product={row["product_id"]: _stock(row) for row in tables["stock"]},
    )


def _user(row: Row) -> User:
    return User(
        id=_uuid(row["id"]),
        email="customer@example.com",
        username=None,
        first_name="Ada",
        last_name="Lovelace",
        phone_number=None,
        date_of_birth=None,
        email_verified=True,
        is_active=True,
        tier="regular",
        created_at=START,
        updated_at=START,
        last_login_at=None,
    )


def _order(row: Row) -> Order:
    nothing, moment = Decimal("0.00"), datetime.fromisoformat(row["placed_at"])
    return Order(
        id=_uuid(row["id"]),
        number=row["number"],
        user_id=_uuid(row["user_id"]),
        email=None,
        status=row["status"],
        payment_status="paid",
        source="web",
        currency=row["currency"],
        subtotal=Decimal(row["total"]),
        discount=nothing,
        tax=nothing,
        shipping_cost=nothing,
        total=Decimal(row["total"]),
        refunded_amount=nothing,
        coupon_code=None,
        shipping_snapshot={},
        billing_snapshot={},
        shipping_method=None,
        customer_notes=None,
        admin_notes=None,
        placed_at=moment,
        updated_at=moment,
        shipped_at=None,
        delivered_at=None,
        cancelled_at=None,
        cancellation_reason=None,
        completed_at=None,
        version=1,
    )


def _item(row: Row) -> OrderItem:
    price = Decimal(row["unit_price"])
    return OrderItem(
        id=_uuid(row["id"]),
        order_id=_uuid(row["order_id"]),
        product_id=row["product_id"],
        variant_id=_uuid(row["id"]),
        sku=row["sku"],
        name=row["name"],
        variant_name=None,
        image_url=None,
        currency=row["currency"],
        unit_price=price,
        quantity=row["quantity"],
        subtotal=price * row["quantity"],
        discount=Decimal("0.00"),
        total=price * row["quantity"],
        attributes_snapshot=None,
        returned_quantity=0,
        refunded_quantity=0,
        refunded_amount=Decimal("0.00"),
    )


def _payment(row: Row) -> Payment:
    amount, nothing = Decimal(row["amount"]), Decimal("0.00")
    return Payment(
        id=_uuid(row["id"]),
        order_id=_uuid(row["order_id"]),
        user_id=CUSTOMER,
        status=row["status"],
        method="credit_card",
        currency=row["currency"],
        amount=amount,
        authorized_amount=amount,
        captured_amount=amount,
        refunded_amount=nothing,
        card_brand=None,
        card_last_four=None,
        failure_code=None,
        failure_reason=None,
        created_at=START,
        updated_at=START,
        authorized_at=None,
        authorization_expires_at=None,
        paid_at=None,
        failed_at=None,
        cancelled_at=None,
    )


def _refund(row: Row) -> Refund:
    return Refund(
        id=_uuid(row["payment_id"]),
        payment_id=_uuid(row["payment_id"]),
        order_id=_uuid(row["payment_id"]),
        status=row["status"],
        currency=row["currency"],
        amount=Decimal(row["amount"]),
        reason=None,
        created_at=START,
        completed_at=START,
    )


def _product(row: Row) -> Product:
    images = tuple(
        Image(id=_uuid(image["id"]), url=image["url"], alt_text=image["alt_text"], is_primary=False)
        for image in row["images"]
    )
    return ReadyProduct(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        slug=row["slug"],
        description=None,
        short_description=None,
        long_description=None,
        kind="simple",
        currency=row["currency"],
        price=Decimal(row["price"]),
        compare_at_price=None,
        discount_percentage=None,
        category_id=row["category_id"],
        brand_id=row["brand_id"],
        status="active",
        is_featured=False,
        is_published=True,
        published_at=None,
        rating=Rating(stored_average=0.0, count=0),
        version=1,
        created_at=START,
        updated_at=START,
        parts={"status": "active", "is_published": True},
        images=images,
    )


def _brand(row: Row) -> Brand:
    return Brand(
        id=row["id"],
        name=row["name"],
        slug=row["id"],
        description=None,
        logo_url=None,
        website_url=None,
        seo=None,
        is_visible=True,
        version=1,
    )


def _category(row: Row) -> Category:
    return Category(
        id=row["id"],
        name=row["name"],
        slug=row["id"],
        description=None,
        parent_id=None,
        path=(),
        level=0,
        position=0,
        image=None,
        seo=None,
        is_visible=True,
        version=1,
    )


def _stock(row: Row) -> Stock:
    return Stock(
        item_ids=(), available=row["available"], reserved=0, allows_backorder=row["allows_backorder"]
    )


def _uuid(text: str) -> UUID:
    """As asyncpg gives it out: in C, which hashes a UUID ten times faster than the standard library's class."""
    return pgproto.UUID(text)
