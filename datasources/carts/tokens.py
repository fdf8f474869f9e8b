"""Guests' cart tokens: the secret that opens a cart, and what may be derived from it."""

from __future__ import annotations

from hashlib import sha256

GUEST_PREFIX = "guest-"


def hash_of(token: str) -> str:
    """The hash that the server keeps of a token: SHA-256 in hexadecimal.

    Plain, since a token is random and long: there is nothing to guess that a slow hash would protect.
    """
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def guest_cart_id(token_hash: str) -> str:
    """The id that a guest's cart is shown under: hashed once more, so that it tells neither token nor key."""
    return GUEST_PREFIX + sha256(token_hash.encode()).hexdigest()
