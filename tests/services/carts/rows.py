"""Puts carts where the cart service keeps them, in the words of seed 000 rather than the program's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson
from bson.objectid import ObjectId

if TYPE_CHECKING:
    from datasources.core.connections import Connections

BEGUN = "2026-01-30T09:00:00Z"
CHANGED = "2026-01-31T12:00:00.250000Z"
DAY = 24 * 60 * 60


def item(**changes: Any) -> dict[str, Any]:
    """A line as Redis keeps it: two pairs of headphones at 299.99."""
    return {
        "product_id": str(ObjectId()),
        "variant_id": str(uuid4()),
        "sku": "WH-001",
        "name": "Wireless Headphones",
        "image": "https://cdn.example.com/products/wh-001.jpg",
        "price": "299.99",
        "currency": "USD",
        "quantity": 2,
        "subtotal": "599.98",
        "added_at": BEGUN,
        **changes,
    }


async def keep_in_redis(
    shop: Connections, key: str, *items: dict[str, Any], seconds: int | None = DAY, **fields: Any
) -> None:
    """Write a cart's hash under a key."""
    values: dict[Any, Any] = {
        "items": orjson.dumps(items).decode(),
        "subtotal": "599.98",
        "total": "599.98",
        "discount": "0.00",
        "currency": "USD",
        "version": "3",
        "created_at": BEGUN,
        "updated_at": CHANGED,
        **fields,
    }
    await shop.carts.client.hset(key, mapping=values)
    if seconds is not None:
        await shop.carts.client.expire(key, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A line of a durable copy."""

    sku: str
    added_at: str
    variant_id: UUID
    product_id: str = "65a1b2c3d4e5f60718293a4b"


def copied(sku: str, minute: int) -> Copied:
    """A line that was added at this minute past nine."""
    return Copied(sku=sku, added_at=f"2026-01-30T09:{minute:02}:00Z", variant_id=uuid4())


async def keep_in_cart_db(
    shop: Connections, user_id: UUID, *lines: Copied, expires_in: str = "1 day", coupons: str = "{}"
) -> None:
    """Write the durable copy of a user's cart."""
    async with shop.cart_copies.connection() as sql:
        cart_id = await sql.fetchval(
            "INSERT INTO shopping_carts (user_id, coupon_codes, version, expires_at)"
            " VALUES ($1, $2::text::varchar[], 7, now() + $3::text::interval) RETURNING id",
            user_id,
            coupons,
            expires_in,
        )
        for line in lines:
            await sql.execute(
                "INSERT INTO cart_items"
                " (cart_id, product_variant_id, product_id, sku, quantity, unit_price, added_at)"
                " VALUES ($1, $2, $3, $4, 2, 19.90, $5::text::timestamptz)",
                cart_id,
                line.variant_id,
                line.product_id,
                line.sku,
                line.added_at,
            )
