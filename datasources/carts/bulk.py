"""Loads many carts, wishlists and what was viewed at once; what is already there is left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import orjson

from datasources.carts import keys, tables
from datasources.core.bulk import copy_rows, those_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    import asyncpg
    from redis.asyncio.client import Pipeline

    from datasources.core.keyvalues import KeyValueStore

    Connection = asyncpg.Connection[asyncpg.Record]


class CartRow(TypedDict):
    """A row of shopping_carts."""

    id: UUID
    user_id: UUID
    currency: str
    coupon_codes: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class CartItemRow(TypedDict):
    """A row of cart_items."""

    id: UUID
    cart_id: UUID
    product_variant_id: UUID
    product_id: str
    sku: str
    name: str | None
    image_url: str | None
    quantity: int
    unit_price: Decimal
    currency: str
    position: int
    added_at: datetime
    updated_at: datetime


class AbandonedRow(TypedDict):
    """A row of abandoned_carts."""

    id: UUID
    cart_id: UUID
    user_id: UUID
    email: str
    cart_data: dict[str, Any]
    abandoned_at: datetime
    recovery_email_sent: bool
    recovery_email_sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkCart:
    """A signed-in customer's cart: its rows in CartDb, and its lines and sums in Redis."""

    cart: CartRow
    items: Sequence[CartItemRow]
    lines: Sequence[keys.CartItem]
    """The items as Redis keeps them; no lines means that only CartDb still has the cart."""
    subtotal: Decimal
    discount: Decimal
    abandoned: AbandonedRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLists:
    """What a customer wished for and looked at: ids of products with their times in milliseconds."""

    user_id: UUID
    wishlist: Mapping[str, int]
    recently_viewed: Mapping[str, int]


async def load_carts(connection: Connection, store: KeyValueStore, carts: Sequence[BulkCart]) -> int:
    """Add the carts that are missing in CartDb, there in one transaction; tell how many they were.

    Redis is filled first: what CartDb has, is complete.

    Raises:
        asyncpg.UniqueViolationError: the customer of one has another cart.
        ServiceUnavailable: Redis cannot be reached.
    """
    async with connection.transaction():
        missing = await those_missing(connection, tables.shopping_carts, carts, lambda each: each.cart["id"])
        await _fill_carts(store, [each for each in missing if each.lines])
        await copy_rows(connection, tables.shopping_carts, [each.cart for each in missing])
        await copy_rows(connection, tables.cart_items, [row for each in missing for row in each.items])
        await copy_rows(
            connection, tables.abandoned_carts, [each.abandoned for each in missing if each.abandoned]
        )
    return len(missing)


async def load_lists(store: KeyValueStore, lists: Sequence[BulkLists]) -> int:
    """Add the wishlists and what was viewed of customers who have none; tell how many lists were missing.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """
    wanted = [
        (key, scores, seconds)
        for each in lists
        for key, scores, seconds in (
            (keys.wishlist(each.user_id), each.wishlist, None),
            (keys.recently_viewed(each.user_id), each.recently_viewed, keys.RECENTLY_VIEWED_SECONDS),
        )
        if scores
    ]
    present = await _present(store, [key for key, _, _ in wanted])
    missing = [each for each in wanted if each[0] not in present]

    def fill(pipeline: Pipeline) -> None:
        for key, scores, seconds in missing:
            pipeline.zadd(key, dict(scores))
            if seconds is not None:
                pipeline.expire(key, seconds)

    await store.run(fill, transaction=True)
    return len(missing)


async def _fill_carts(store: KeyValueStore, carts: Sequence[BulkCart]) -> None:
    present = await _present(store, [keys.cart(each.cart["user_id"]) for each in carts])

    def fill(pipeline: Pipeline) -> None:
        for each in carts:
            key = keys.cart(each.cart["user_id"])
            if key not in present:
                pipeline.hset(key, items=_fields(each))
                pipeline.expire(key, keys.CART_SECONDS)

    await store.run(fill, transaction=True)


async def _present(store: KeyValueStore, names: Sequence[str]) -> set[str]:
    found = await store.run(lambda pipeline: [pipeline.exists(name) for name in names])
    return {name for name, count in zip(names, found, strict=True) if count}


def _fields(cart: BulkCart) -> list[str]:
    """Names and values of a cart's hash, in turns."""
    fields = {
        keys.ITEMS: orjson.dumps(list(cart.lines)).decode(),
        keys.SUBTOTAL: str(cart.subtotal),
        keys.DISCOUNT: str(cart.discount),
        keys.TOTAL: str(cart.subtotal - cart.discount),
        keys.COUPON_CODE: ",".join(cart.cart["coupon_codes"]),
        keys.CREATED_AT: cart.cart["created_at"].isoformat(),
        keys.UPDATED_AT: cart.cart["updated_at"].isoformat(),
        keys.CURRENCY: cart.cart["currency"],
        keys.VERSION: str(cart.cart["version"]),
    }
    return [word for field in fields.items() for word in field]
