"""The Redis keys are those of the designs, and none can be mistaken for another."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from datasources.carts import keys

USER = UUID("6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11")
TOKEN_HASH = sha256(b"token").hexdigest()


def test_keys_have_the_designs_names() -> None:
    assert keys.cart(USER) == "cart:6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"
    assert keys.guest_cart(TOKEN_HASH) == f"cart:session:{TOKEN_HASH}"
    assert keys.wishlist(USER) == "wishlist:6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"
    assert keys.recently_viewed(USER) == "recently_viewed:6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"
    assert keys.product_view(str(USER), "p") == "product_view:6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11:p"
    assert keys.session(USER) == "session:6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"


def test_a_cart_has_the_base_designs_fields() -> None:
    assert {
        keys.ITEMS,
        keys.SUBTOTAL,
        keys.DISCOUNT,
        keys.TOTAL,
        keys.COUPON_CODE,
        keys.CREATED_AT,
        keys.UPDATED_AT,
    } == {"items", "subtotal", "discount", "total", "coupon_code", "created_at", "updated_at"}
    base = {"product_id", "sku", "name", "image", "price", "quantity", "subtotal", "added_at"}
    assert set(keys.CartItem.__annotations__) == base | {"variant_id", "currency"}


def test_carts_live_as_long_as_the_designs_say() -> None:
    assert keys.CART_SECONDS == 86_400
    assert keys.GUEST_CART_SECONDS == 7 * 86_400
