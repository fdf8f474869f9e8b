"""The durable copies of carts as SQL."""

from __future__ import annotations

from sqlalchemy import any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.carts.tables import cart_items, shopping_carts
from datasources.core.databases import compile_statement

# One row per line, in the order of adding; a cart without lines is one row without an item.
COPIES_BY_USER = compile_statement(
    select(
        shopping_carts.c.user_id,
        shopping_carts.c.version,
        shopping_carts.c.coupon_codes,
        shopping_carts.c.checkout,
        shopping_carts.c.session_id,
        shopping_carts.c.currency,
        shopping_carts.c.created_at,
        shopping_carts.c.updated_at,
        shopping_carts.c.expires_at,
        cart_items.c.product_id,
        cart_items.c.product_variant_id.label("variant_id"),
        cart_items.c.sku,
        cart_items.c.name,
        cart_items.c.image_url,
        cart_items.c.currency.label("line_currency"),
        cart_items.c.unit_price,
        cart_items.c.quantity,
        cart_items.c.added_at,
    )
    .select_from(shopping_carts.outerjoin(cart_items, cart_items.c.cart_id == shopping_carts.c.id))
    .where(
        shopping_carts.c.user_id == any_(bindparam("keys", type_=ARRAY(UUID))),
        or_(shopping_carts.c.expires_at.is_(None), shopping_carts.c.expires_at > func.now()),
    )
    .order_by(shopping_carts.c.user_id, cart_items.c.position, cart_items.c.added_at, cart_items.c.id)
)
