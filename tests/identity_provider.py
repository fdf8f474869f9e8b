"""An OpenID Connect issuer for tests: it really signs, and serves its description and its keys over HTTP."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

AUDIENCE = "shop"


class IdentityProvider:
    """An issuer with keys that it publishes, or keeps to itself. `reads` counts how often its keys were fetched."""

    def __init__(self, url: str) -> None:
        """Publish one RSA key, named first."""
        self.url = url
        self.keys: dict[str, PrivateKey] = {"first": rsa.generate_private_key(65537, 2048)}
        self.published: set[str] = {"first"}
        self.extra_keys: list[dict[str, Any]] = []
        self.is_down = False
        self.claimed_issuer: str | None = url
        self.reads = 0

    def rotate(self, kid: str, key: PrivateKey) -> None:
        """Sign with another key, and publish nothing but that."""
        self.keys[kid] = key
        self.published = {kid}

    def token(
        self,
        subject: str = "clara",
        *,
        kid: str = "first",
        algorithm: str = "RS256",
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """An access token of a user with a verified address, with changes; None takes a claim out."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "email": f"{subject}@id.example.com",
            "email_verified": True,
            "given_name": "Clara",
            "family_name": "Outside",
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode(claims, self.keys[kid], algorithm=algorithm, headers=headers)

    def application(self) -> Starlette:
        """What it serves."""

        async def describe(_: Request) -> JSONResponse:
            if self.is_down:
                return JSONResponse({}, 503)
            named = {} if self.claimed_issuer is None else {"issuer": self.claimed_issuer}
            return JSONResponse({**named, "jwks_uri": f"{self.url}/keys"})

        async def keys(_: Request) -> JSONResponse:
            self.reads += 1
            published = [{**public_jwk(self.keys[kid]), "kid": kid} for kid in sorted(self.published)]
            return JSONResponse({"keys": [*self.extra_keys, *published]})

        return Starlette(routes=[Route("/.well-known/openid-configuration", describe), Route("/keys", keys)])


def public_jwk(key: PrivateKey) -> dict[str, Any]:
    """The public part of a key as a JSON Web Key."""
    match key:
        case rsa.RSAPrivateKey():
            return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig"}
        case ec.EllipticCurvePrivateKey():
            return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig"}
        case _:
            return {**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig"}


@asynccontextmanager
async def run_identity_provider() -> AsyncIterator[IdentityProvider]:
    """An issuer on a free port of this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = IdentityProvider(f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(provider.application(), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield provider
        finally:
            server.should_exit = True
            await serving
