"""The shop in memory as tables: 50 orders of 4 items with all that the wide query shows, in a file for everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

if TYPE_CHECKING:
    from pathlib import Path

    Row = dict[str, Any]

ORDERS = 50
ITEMS = 4
PRODUCTS = 100
NAMES = 10
IMAGES = 2
SLUG = "product-1"
START = datetime(2026, 1, 31, 12, tzinfo=UTC)

_NAMESPACE = UUID("7d2f3c52-6a0b-4b38-9d0c-3f5a3f0f6c11")
CUSTOMER = uuid5(_NAMESPACE, "customer")
_STATUSES = ("pending", "confirmed", "paid", "processing", "shipped", "delivered", "cancelled", "refunded")


def write_shop(path: Path) -> None:
    """Write the shop as JSON: tables of rows, with amounts and times as text."""
    tables = {
        "users": [{"id": str(CUSTOMER)}],
        "orders": [_order_row(number) for number in range(ORDERS)],
        "items": [_item_row(number, place) for number in range(ORDERS) for place in range(ITEMS)],
        "payments": [_payment_row(number) for number in range(ORDERS)],
        "refunds": [
            {
                "payment_id": _key("payment", number),
                "currency": "USD",
                "amount": "9.99",
                "status": "completed",
            }
            for number in range(0, ORDERS, 5)
        ],
        "products": [_product_row(number) for number in range(PRODUCTS)],
        "brands": [{"id": _document_key(number), "name": f"Brand {number}"} for number in range(NAMES)],
        "categories": [
            {"id": _document_key(number), "name": f"Category {number}"} for number in range(NAMES)
        ],
        "stock": [
            {
                "product_id": _document_key(number),
                "available": number % 7,
                "allows_backorder": number % 2 == 0,
            }
            for number in range(PRODUCTS)
        ],
    }
    path.write_bytes(orjson.dumps(tables))


def _order_row(number: int) -> Row:
    return {
        "id": _key("order", number),
        "user_id": str(CUSTOMER),
        "number": f"ORD-2026-{number:06}",
        "status": _STATUSES[number % len(_STATUSES)],
        "currency": "USD",
        "total": f"{100 + number}.95",
        "placed_at": (START - timedelta(hours=7 * number)).isoformat(),
    }


def _item_row(number: int, place: int) -> Row:
    product = (number * ITEMS + place) * 7 % PRODUCTS
    return {
        "id": _key("item", number * ITEMS + place),
        "order_id": _key("order", number),
        "product_id": _document_key(product),
        "sku": f"SKU-{product:05}",
        "name": f"Product {product}",
        "quantity": place + 1,
        "currency": "USD",
        "unit_price": f"{product}.99",
    }


def _payment_row(number: int) -> Row:
    return {
        "id": _key("payment", number),
        "order_id": _key("order", number),
        "status": "succeeded",
        "currency": "USD",
        "amount": f"{100 + number}.95",
    }


def _product_row(number: int) -> Row:
    return {
        "id": _document_key(number),
        "sku": f"SKU-{number:05}",
        "name": f"Product {number}",
        "slug": f"product-{number}",
        "currency": "USD",
        "price": f"{number}.99",
        "brand_id": _document_key(number % NAMES),
        "category_id": _document_key(number * 3 % NAMES),
        "images": [
            {
                "id": _key("image", number * IMAGES + place),
                "url": f"https://images.example.com/products/product-{number}-{place}.jpg",
                "alt_text": f"Product {number}, view {place}",
            }
            for place in range(IMAGES)
        ],
    }


def _key(kind: str, number: int) -> str:
    return str(uuid5(_NAMESPACE, f"{kind} {number}"))


def _document_key(number: int) -> str:
    return f"{number:024x}"
