"""The project's schema as Strawberry's documentation serves one: its ASGI view, its caches, and nothing of the gateway.

The resolvers, their loaders and the check of the access token are the gateway's own.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.memory.loaders import use_shop_in_memory
from bench.viewers import authenticator
from datasources.core.calls import record_calls
from datasources.core.connections import open_connections
from gateway.auth import Unauthenticated
from gateway.context import request_context
from gateway.settings import read_settings
from resolvers.context import Context
from resolvers.root import NODE_TYPES, Mutation, Query
from resolvers.scalars import SCALARS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from datasources.core.connections import Connections
    from gateway.settings import Settings


class View(GraphQL[Context, None]):
    """Strawberry's view with the resolvers' context, and orjson as its documentation advises for speed."""

    connections: Connections

    def __init__(self, schema: strawberry.Schema, *, jwt_secret: str) -> None:
        """Serve this schema to whoever has a token that was signed with the secret."""
        super().__init__(schema, graphql_ide=None)
        self._authenticate = authenticator(jwt_secret)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002  # Strawberry's signature
        """A fresh context for each request."""
        viewer = self._authenticate(request.headers.get("authorization"))
        return request_context(self.connections, viewer, cart_token=None)

    async def run(self, request: Request | WebSocket, *args: Any, **kwargs: Any) -> Any:
        """Answer, and say how many calls it took."""
        try:
            with record_calls() as log:
                response = await super().run(request, *args, **kwargs)
        except Unauthenticated as refusal:
            return PlainTextResponse(str(refusal), 401)
        calls = ", ".join(f"{service}={count}" for service, count in sorted(log.by_service().items()))
        if isinstance(response, Response):
            response.headers["X-Database-Calls"] = calls or "none"
        return response

    def encode_json(self, data: object) -> bytes:
        """The answer's bytes."""
        return orjson.dumps(data)


def create_app() -> Starlette:
    """The application, with the settings of the environment."""
    use_shop_in_memory(os.environ)
    settings = read_settings(os.environ)
    schema = strawberry.Schema(
        Query,
        Mutation,
        types=NODE_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[ParserCache, ValidationCache],
    )
    view = View(schema, jwt_secret=settings.jwt_secret)
    return Starlette(routes=[Route("/graphql", view)], lifespan=lambda _: _connected(view, settings))


@asynccontextmanager
async def _connected(view: View, settings: Settings) -> AsyncIterator[None]:
    async with open_connections(settings.urls, pool_size=settings.pool_size) as connections:
        view.connections = connections
        yield
