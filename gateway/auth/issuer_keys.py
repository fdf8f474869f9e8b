"""An outside issuer's public keys: fetched from where it publishes them, kept, and fetched again when they change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from gateway.auth.errors import IssuerUnavailable
from gateway.issuer_settings import is_safe_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

# Keys of this age are fetched again, meanwhile they count: a key that the issuer took back counts no longer than this.
FRESH_SECONDS = 600.0
# Without an answer from the issuer they count this long.
MOST_SECONDS = 24 * 3600.0
# Tokens with unknown keys make us ask the issuer, but no more often than this.
RETRY_SECONDS = 10.0

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 512 * 1024

# NIST SP 800-57 and RFC 7518, section 3.3.
SHORTEST_RSA_BITS = 2048

logger = logging.getLogger("gateway.auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public key, and the algorithms of the signatures that it may verify."""

    key: PublicKey
    algorithms: tuple[str, ...]


class _NotAsItShouldBe(Exception):
    """What the issuer answered makes no sense."""


class IssuerKeys:
    """The keys of one issuer. Requests wait for them only while there are none, or for a key that is unknown yet."""

    def __init__(
        self, issuer: str, http: httpx.AsyncClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Fetch with `http`; `clock` tells seconds that never run backwards."""
        self._issuer = issuer
        self._http = http
        self._clock = clock
        self._keys: Mapping[str | None, IssuerKey] = {}
        self._fetched_at = self._tried_at = -MOST_SECONDS
        self._fetching: asyncio.Task[None] | None = None
        self.generation = 0
        """Counts how often the keys changed."""

    async def find(self, kid: str | None) -> IssuerKey | None:
        """The key with this id, or, for a token that names none, the only key there is.

        Raises:
            IssuerUnavailable: no keys are known, and none can be fetched.
        """
        age = self._clock() - self._fetched_at
        if age >= MOST_SECONDS:
            await self._fetch()
            if self._clock() - self._fetched_at >= MOST_SECONDS:
                message = f"The identity provider {self._issuer} cannot be reached. Try again in a moment."
                raise IssuerUnavailable("IDENTITY_PROVIDER_UNAVAILABLE", message)
        elif self._get(kid) is None:
            await self._fetch()
        elif age >= FRESH_SECONDS:
            self._begin_to_fetch()
        return self._get(kid)

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._fetching

    def _get(self, kid: str | None) -> IssuerKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        """Wait for a fetch, one for all who wait; whoever stops waiting leaves it to the others."""
        fetching = self._begin_to_fetch()
        if fetching is not None:
            await asyncio.shield(fetching)

    def _begin_to_fetch(self) -> asyncio.Task[None] | None:
        """The fetch that runs; None where the last one is not long enough ago."""
        if self._fetching is None and self._clock() - self._tried_at >= RETRY_SECONDS:
            self._tried_at = self._clock()
            self._fetching = asyncio.get_running_loop().create_task(self._renew())
        return self._fetching

    async def _renew(self) -> None:
        try:
            keys = parse_keys(await self._published())
        except (httpx.HTTPError, httpx.InvalidURL, _NotAsItShouldBe) as error:
            logger.warning("The keys of the issuer %s cannot be fetched: %r", self._issuer, error)
            return
        finally:
            self._fetching = None
        self._keys, self._fetched_at = keys, self._clock()
        self.generation += 1

    async def _published(self) -> Any:
        """The key set, from where the issuer's description says (OpenID Connect Discovery 1.0, section 4)."""
        described = await self._read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        address = described.get("jwks_uri") if isinstance(described, dict) else None
        # Section 4.3: a description that names another issuer is not this one's.
        if address is None or described.get("issuer") != self._issuer or not is_safe_address(str(address)):
            raise _NotAsItShouldBe(described)
        return await self._read(str(address))

    async def _read(self, url: str) -> Any:
        async with self._http.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False) as response:
            if response.status_code != httpx.codes.OK:
                raise _NotAsItShouldBe(url, response.status_code)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _NotAsItShouldBe(url, "too large")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise _NotAsItShouldBe(url, "not JSON") from error


def parse_keys(published: Any) -> dict[str | None, IssuerKey]:
    """The keys of a JSON Web Key Set that signatures can be verified with; all others are passed over.

    Raises:
        _NotAsItShouldBe: it is no key set.
    """
    if not isinstance(published, dict) or not isinstance(published.get("keys"), list):
        raise _NotAsItShouldBe("no key set")
    found: dict[str | None, IssuerKey] = {}
    for jwk in published["keys"]:
        key = _parse_key(jwk) if isinstance(jwk, dict) else None
        if key is not None:
            kid = jwk.get("kid")
            found[kid if isinstance(kid, str) else None] = key
    return found


def _parse_key(jwk: Mapping[str, Any]) -> IssuerKey | None:
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        key, algorithms = _read_key(jwk)
    except (InvalidKeyError, ValueError, TypeError, KeyError):
        return None
    # A key that says what it is for is for nothing else (RFC 8725, section 3.1).
    named = jwk.get("alg")
    allowed = algorithms if named is None else tuple(it for it in algorithms if it == named)
    return IssuerKey(key=key, algorithms=allowed) if key is not None and allowed else None


def _read_key(jwk: Mapping[str, Any]) -> tuple[PublicKey | None, tuple[str, ...]]:
    """A key and what it can verify; None for secrets, private keys, and what is too weak or unknown."""
    match jwk.get("kty"), jwk.get("crv"):
        case "RSA", None:
            rsa = RSAAlgorithm.from_jwk(dict(jwk))
            if isinstance(rsa, RSAPublicKey) and rsa.key_size >= SHORTEST_RSA_BITS:
                return rsa, ("RS256", "PS256")
        case "EC", "P-256":
            curve = ECAlgorithm.from_jwk(dict(jwk))
            if isinstance(curve, EllipticCurvePublicKey) and isinstance(curve.curve, SECP256R1):
                return curve, ("ES256",)
        case "OKP", "Ed25519":
            edwards = OKPAlgorithm.from_jwk(dict(jwk))
            if isinstance(edwards, Ed25519PublicKey):
                return edwards, ("EdDSA",)
    return None, ()
