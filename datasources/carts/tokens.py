"""Guests' cart tokens: the secret that opens a cart, and what may be derived from it."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_urlsafe

GUEST_PREFIX = "guest-"

# 256 bits: nobody finds one by trying.
_BYTES = 32


def new_token() -> str:
    """A new token. Only the server makes them: one that a client made up might be known to somebody else."""
    return token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """The hash that the server keeps of a token: SHA-256 in hexadecimal.

    Plain, since a token is random and long: there is nothing to guess that a slow hash would protect.
    """
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def guest_cart_id(token_hash: str) -> str:
    """The id that a guest's cart is shown under: hashed once more, so that it tells neither token nor key."""
    return GUEST_PREFIX + sha256(token_hash.encode()).hexdigest()
