"""The keys that sign the gateway's access tokens: derived from secrets, told apart by id, published without secrets."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The one algorithm of the gateway's own keys, whatever a token's header says (RFC 8725, section 3.1).
ALGORITHM = "EdDSA"

# Binds the key to its use (RFC 5869, section 3.2): another key from the same secret would have another text here.
_PURPOSE = b"ecommerce-graphql-gateway access tokens Ed25519 v1"
_ED25519_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """The key that signs, and every key whose signatures count, by id."""

    id: str
    private: Ed25519PrivateKey
    verifying: Mapping[str, Ed25519PublicKey]

    def public_pem(self) -> str:
        """The public key of the one that signs, for tools that take no JSON Web Keys."""
        key = self.private.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def published(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517), the one that signs first."""
        return {
            "keys": [
                {**public_jwk(key), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, key in self.verifying.items()
            ]
        }


@lru_cache(maxsize=16)
def derive_keys(secret: str, previous: tuple[str, ...] = ()) -> SigningKeys:
    """The keys of these secrets: that of `secret` signs, those of `previous` only verify until their tokens expired.

    A secret stands for one key for ever, so that replicas agree without talking to each other.
    """
    private = _private_key(secret)
    verifying = {}
    for key in (private, *map(_private_key, previous)):
        public = key.public_key()
        verifying[thumbprint(public_jwk(public))] = public
    return SigningKeys(id=next(iter(verifying)), private=private, verifying=verifying)


def public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The members that make up the key (RFC 8037, section 2)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}


def thumbprint(members: dict[str, str]) -> str:
    """The key's own name (RFC 7638): a hash of its required members, sorted, without spaces."""
    return _base64url(hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest())


def _private_key(secret: str) -> Ed25519PrivateKey:
    derivation = HKDF(algorithm=SHA256(), length=_ED25519_BYTES, salt=None, info=_PURPOSE)
    return Ed25519PrivateKey.from_private_bytes(derivation.derive(secret.encode()))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
