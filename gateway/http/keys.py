"""Publishes the keys that access tokens are signed with, so that other services can verify them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.auth.keys import derive_keys

if TYPE_CHECKING:
    from starlette.requests import Request

    from gateway.settings import Settings

PATH = "/.well-known/jwks.json"

# A new key is published before it signs (docs/accounts.md), so nobody is misled by a copy of this age.
MOST_AGE_SECONDS = 300


def key_routes(settings: Settings) -> list[BaseRoute]:
    """The route of the JSON Web Key Set (RFC 7517)."""
    keys = derive_keys(settings.jwt_secret, settings.jwt_previous_secrets)
    body = orjson.dumps(keys.published())
    headers = {"Cache-Control": f"public, max-age={MOST_AGE_SECONDS}", "Access-Control-Allow-Origin": "*"}

    async def key_set(_: Request) -> Response:
        return Response(body, headers=headers, media_type="application/jwk-set+json")

    return [Route(PATH, key_set)]
