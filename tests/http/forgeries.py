"""Forged tokens that more than one test tries."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson


def signed_by_public_key(token: str, public_pem: str, *, kid: str, typ: str) -> str:
    """The token signed anew with HMAC, whose key is the public key, which everybody knows: key confusion."""
    header = base64url(orjson.dumps({"alg": "HS256", "typ": typ, "kid": kid}))
    body = token.split(".")[1]
    mac = hmac.new(public_pem.encode(), f"{header}.{body}".encode(), hashlib.sha256).digest()
    return f"{header}.{body}.{base64url(mac)}"


def base64url(data: bytes) -> str:
    """As tokens encode."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
