"""What is shown of guests' carts in place of their tokens."""

from __future__ import annotations

from hashlib import sha256

GUEST_PREFIX = "guest-"


def guest_cart_id(token_hash: str) -> str:
    """The id that a guest's cart is shown under: hashed once more, so that it tells neither token nor key."""
    return GUEST_PREFIX + sha256(token_hash.encode()).hexdigest()
