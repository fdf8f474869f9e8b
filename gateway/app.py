"""The ASGI application: routes, middleware, and the connections that live as long as it does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from datasources.core.connections import Connections, open_connections
from gateway.http.graphiql import PAGE, GraphiQLConfig, graphiql_routes
from gateway.http.graphql import CALLS_HEADER, CART_TOKEN_HEADER, GraphQLEndpoint
from gateway.http.health import health_routes
from gateway.schema import build_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.settings import Settings

GRAPHQL_PATH = "/graphql"


def create_app(settings: Settings, *, graphiql: GraphiQLConfig | None = None) -> Starlette:
    """The application with these settings; `graphiql` is what the page opens with where it is served."""
    opened = _Opened()
    graphql = GraphQLEndpoint(
        build_schema(),
        connections=opened.get,
        jwt_secret=settings.jwt_secret,
        show_calls=settings.show_calls,
    )
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, graphql, methods=["GET", "POST"]),
        *health_routes(opened.get),
    ]
    if settings.graphiql:
        routes += [Route("/", _to_graphiql), *graphiql_routes(graphiql or GraphiQLConfig())]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with open_connections(settings.urls, pool_size=settings.pool_size) as connections:
            opened.connections = connections
            yield

    return Starlette(routes=routes, middleware=_middleware(settings, graphql), lifespan=lifespan)


class _Opened:
    """The connections, which are there once the server has started."""

    connections: Connections

    def get(self) -> Connections:
        return self.connections


async def _to_graphiql(_: Request) -> RedirectResponse:
    return RedirectResponse(PAGE)


def _middleware(settings: Settings, graphql: ASGIApp) -> list[Middleware]:
    shortcut = Middleware(_Shortcut, path=GRAPHQL_PATH, endpoint=graphql)
    if not settings.cors_origins:
        return [shortcut]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", CART_TOKEN_HEADER],
        expose_headers=[CALLS_HEADER],
        max_age=86_400,
    )
    return [cors, shortcut]


class _Shortcut:
    """Leads what nearly every request is past the router, which would cost it a tenth of a small operation."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        short = scope["type"] == "http" and scope["path"] == self._path and scope["method"] == "POST"
        return (self._endpoint if short else self._app)(scope, receive, send)
