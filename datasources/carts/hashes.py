"""Reads carts from their Redis hashes, whose layout is in keys.py."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from datasources.carts import keys
from datasources.carts.records import Cart, CartLine

if TYPE_CHECKING:
    from collections.abc import Mapping


def cart_of_hash(
    fields: Mapping[str, str], *, cart_id: str, user_id: UUID | None, expires_at_ms: int
) -> Cart:
    """The cart in a hash's fields; `expires_at_ms` is Redis's PEXPIRETIME, negative where nothing expires."""
    lines: list[keys.CartItem] = orjson.loads(fields[keys.ITEMS])
    return Cart(
        id=cart_id,
        user_id=user_id,
        version=int(fields[keys.VERSION]),
        lines=tuple(_line(item) for item in lines),
        coupon_codes=tuple(code for code in fields.get(keys.COUPON_CODE, "").split(",") if code),
        discount=Decimal(fields.get(keys.DISCOUNT) or "0.00"),
        currency=fields[keys.CURRENCY],
        created_at=datetime.fromisoformat(fields[keys.CREATED_AT]),
        updated_at=datetime.fromisoformat(fields[keys.UPDATED_AT]),
        expires_at=None if expires_at_ms < 0 else datetime.fromtimestamp(expires_at_ms / 1_000, UTC),
    )


def _line(item: keys.CartItem) -> CartLine:
    return CartLine(
        product_id=item["product_id"],
        variant_id=UUID(item["variant_id"]),
        sku=item["sku"],
        name=item["name"],
        image_url=item["image"],
        currency=item["currency"],
        unit_price=Decimal(item["price"]),
        quantity=item["quantity"],
        added_at=datetime.fromisoformat(item["added_at"]),
    )
