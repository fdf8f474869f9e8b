"""The ASGI application: routes, middleware, and the connections that live as long as it does."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from datasources.core.connections import Connections, open_connections
from gateway.auth import Authenticator, open_authenticator
from gateway.auth.cookies import MODE_HEADER
from gateway.http.graphiql import PAGE, GraphiQLConfig, graphiql_routes
from gateway.http.graphql import CALLS_HEADER, CART_TOKEN_HEADER, GraphQLEndpoint
from gateway.http.health import health_routes
from gateway.http.keys import key_routes
from gateway.schema import build_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.settings import Settings

GRAPHQL_PATH = "/graphql"


def create_app(
    settings: Settings,
    *,
    graphiql: GraphiQLConfig | None = None,
    beside: Callable[[Connections], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """The application with these settings; `graphiql` is what the page opens with where it is served.

    `beside` is entered with the connections, and runs as long as they are open.
    """
    opened = _Opened()
    graphql = GraphQLEndpoint(
        build_schema(),
        connections=opened.get,
        authenticator=opened.get_authenticator,
        show_calls=settings.show_calls,
    )
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, graphql, methods=["GET", "POST"]),
        *health_routes(opened.get),
        *key_routes(settings),
    ]
    if settings.graphiql:
        routes += [Route("/", _to_graphiql), *graphiql_routes(graphiql or GraphiQLConfig())]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            open_connections(settings.urls, pool_size=settings.pool_size) as connections,
            open_authenticator(settings) as authenticator,
            nullcontext() if beside is None else beside(connections),
        ):
            opened.connections, opened.authenticator = connections, authenticator
            yield

    return Starlette(routes=routes, middleware=_middleware(settings, graphql), lifespan=lifespan)


class _Opened:
    """The connections and the authenticator, which are there once the server has started."""

    connections: Connections
    authenticator: Authenticator

    def get(self) -> Connections:
        return self.connections

    def get_authenticator(self) -> Authenticator:
        return self.authenticator


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
        allow_headers=["Authorization", "Content-Type", CART_TOKEN_HEADER, MODE_HEADER],
        # For cookie mode. A wildcard lets anybody read, so nobody's cookies may come with it.
        allow_credentials="*" not in settings.cors_origins,
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
