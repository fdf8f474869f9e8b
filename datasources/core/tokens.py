"""Secret tokens: how they are made, and what is kept of them."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

_BYTES: Final = 32


def make_token() -> str:
    """A new secret: 256 random bits as 43 characters that are safe in links."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """The hash that databases keep of a token: SHA-256 in hexadecimal.

    Plain, since a token is random and long: there is nothing to guess that a slow hash would protect. Rows are looked
    up by it, and how long that takes tells nothing of a token: nobody can choose a hash that comes near to another.
    """
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
