"""Carts as their Redis hashes, whose layout is in keys.py, and back."""

from __future__ import annotations

from dataclasses import fields as fields_of_record
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from datasources.carts import keys
from datasources.carts.records import NO_DETAILS, Cart, CartLine, CheckoutDetails
from datasources.core.money import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.carts.owners import CartOwner

_DETAILS: Final = tuple(field.name for field in fields_of_record(CheckoutDetails))


def cart_of_hash(fields: Mapping[str, str], *, owner: CartOwner, expires_at_ms: int) -> Cart:
    """The cart in a hash's fields; `expires_at_ms` is Redis's PEXPIRETIME, negative where nothing expires."""
    lines: list[keys.CartItem] = orjson.loads(fields[keys.ITEMS])
    checkout = fields.get(keys.CHECKOUT)
    return Cart(
        id=owner.cart_id,
        user_id=owner.user_id,
        version=int(fields[keys.VERSION]),
        lines=tuple(_line_of(item) for item in lines),
        coupon_codes=tuple(code for code in fields.get(keys.COUPON_CODE, "").split(",") if code),
        discount=Decimal(fields.get(keys.DISCOUNT) or NOTHING),
        currency=fields[keys.CURRENCY],
        created_at=datetime.fromisoformat(fields[keys.CREATED_AT]),
        updated_at=datetime.fromisoformat(fields[keys.UPDATED_AT]),
        expires_at=moment_of(expires_at_ms),
        checkout=details_of(orjson.loads(checkout)) if checkout else NO_DETAILS,
        merged_from=fields.get(keys.MERGED_FROM) or None,
    )


def hash_of_cart(cart: Cart, *, change: str) -> dict[str, str]:
    """The fields of a cart's hash; `change` is the id of its last change."""
    discount = min(cart.discount, cart.subtotal)
    return {
        keys.ITEMS: orjson.dumps([item_of(line) for line in cart.lines]).decode(),
        keys.SUBTOTAL: str(cart.subtotal),
        keys.DISCOUNT: str(discount),
        keys.TOTAL: str(cart.subtotal - discount),
        keys.COUPON_CODE: ",".join(cart.coupon_codes),
        keys.CREATED_AT: cart.created_at.isoformat(),
        keys.UPDATED_AT: cart.updated_at.isoformat(),
        keys.CURRENCY: cart.currency,
        keys.VERSION: str(cart.version),
        keys.CHANGE: change,
        keys.CHECKOUT: orjson.dumps(given_details(cart.checkout)).decode(),
        keys.MERGED_FROM: cart.merged_from or "",
    }


def moment_of(milliseconds: int) -> datetime | None:
    """The time of a PEXPIRETIME; None where nothing expires."""
    return None if milliseconds < 0 else datetime.fromtimestamp(milliseconds / 1_000, UTC)


def given_details(details: CheckoutDetails) -> dict[str, Any]:
    """What is known of the order to be, as JSON has it."""
    known = {name: getattr(details, name) for name in _DETAILS}
    return {
        name: value if isinstance(value, str) else dict(value)
        for name, value in known.items()
        if value is not None
    }


def details_of(given: Mapping[str, Any]) -> CheckoutDetails:
    """The details in such JSON; what a newer release may have added is left out."""
    return CheckoutDetails(**{name: given[name] for name in _DETAILS if name in given})


def item_of(line: CartLine) -> keys.CartItem:
    """A line as JSON."""
    return {
        "product_id": line.product_id,
        "variant_id": str(line.variant_id),
        "sku": line.sku,
        "name": line.name,
        "image": line.image_url,
        "price": str(line.unit_price),
        "currency": line.currency,
        "quantity": line.quantity,
        "subtotal": str(line.subtotal),
        "added_at": line.added_at.isoformat(),
    }


def _line_of(item: keys.CartItem) -> CartLine:
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
