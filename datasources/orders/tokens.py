"""Guests' order tokens: the secret that opens the order which a guest has placed."""

from __future__ import annotations

from hashlib import sha256


def hash_of(token: str) -> str:
    """The hash that `orders.guest_token_hash` keeps of a token: SHA-256 in hexadecimal.

    Plain, since a token is random and long. Orders are looked up by it, and how long that takes tells nothing of a
    token: nobody can choose a hash that comes near to another one.
    """
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
