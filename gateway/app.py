"""The ASGI application: routes, middleware, and the connections that live as long as it does."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from datasources.core.connections import Connections, open_connections
from datasources.core.errors import ServiceUnavailable
from datasources.orders.rules import SHOP_RULES
from datasources.workflows.order_sagas import resume_orders
from datasources.workflows.sagas import Means
from gateway.auth import Authenticator, open_authenticator
from gateway.auth.cookies import MODE_HEADER
from gateway.http.graphiql import PAGE, GraphiQLConfig, graphiql_routes
from gateway.http.graphql import CALLS_HEADER, CART_TOKEN_HEADER, GraphQLEndpoint
from gateway.http.health import health_routes
from gateway.http.keys import key_routes
from gateway.http.sandbox import sandbox_routes
from gateway.http.webhooks import WebhookReceiver
from gateway.payment_providers import open_providers
from gateway.schema import build_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from datasources.orders.rules import Rules
    from datasources.payments.providers.registry import Providers
    from gateway.settings import Settings

logger = logging.getLogger("gateway.app")

GRAPHQL_PATH = "/graphql"


def create_app(
    settings: Settings,
    *,
    graphiql: GraphiQLConfig | None = None,
    beside: Callable[[Means], AbstractAsyncContextManager[None]] | None = None,
    rules: Rules = SHOP_RULES,
) -> Starlette:
    """The application with these settings; `graphiql` is what the page opens with where it is served.

    `rules` say what taxes and shipping cost. `beside` is entered with the connections and the providers, and runs as
    long as they are open.
    """
    opened = _Opened()
    graphql = GraphQLEndpoint(
        build_schema(),
        connections=opened.get,
        authenticator=opened.get_authenticator,
        providers=opened.get_providers,
        show_calls=settings.show_calls,
        rules=rules,
    )
    webhooks = WebhookReceiver(
        connections=opened.get, providers=opened.get_providers, wake=lambda orders: _go_on(opened, orders)
    )
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, graphql, methods=["GET", "POST"]),
        *health_routes(opened.get),
        *key_routes(settings),
        *webhooks.routes(),
        *sandbox_routes(opened.get_providers, webhooks),
    ]
    if settings.graphiql:
        routes += [Route("/", _to_graphiql), *graphiql_routes(graphiql or GraphiQLConfig())]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            open_connections(settings.urls, pool_size=settings.pool_size) as connections,
            open_authenticator(settings) as authenticator,
            open_providers(settings, connections) as providers,
            nullcontext() if beside is None else beside(Means(connections=connections, providers=providers)),
        ):
            opened.connections, opened.authenticator = connections, authenticator
            opened.providers = providers
            yield

    cors = _cors(settings)
    return _Application(
        routes=routes,
        middleware=[] if cors is None else [cors],
        lifespan=lifespan,
        shortcut=graphql if cors is None else cors.cls(graphql, *cors.args, **cors.kwargs),
    )


class _Application(Starlette):
    """Starlette's application, but what nearly every request is takes a shortcut: the router, and what is around it,
    would cost as much as a tenth of a small operation.
    """

    def __init__(self, *, shortcut: ASGIApp, **options: Any) -> None:
        super().__init__(**options)
        self._shortcut = shortcut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == GRAPHQL_PATH and scope["method"] == "POST":
            await self._shortcut(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _go_on(opened: _Opened, orders: Sequence[UUID]) -> None:
    """Go on with what waits for the payments of these orders."""
    means = Means(connections=opened.connections, providers=opened.providers)
    try:
        await resume_orders(means, orders)
    except ServiceUnavailable as error:
        logger.warning("What waits for a payment is left to a worker: %s", error)


class _Opened:
    """The connections, the authenticator and the providers, which are there once the server has started."""

    connections: Connections
    authenticator: Authenticator
    providers: Providers

    def get(self) -> Connections:
        return self.connections

    def get_authenticator(self) -> Authenticator:
        return self.authenticator

    def get_providers(self) -> Providers:
        return self.providers


async def _to_graphiql(_: Request) -> RedirectResponse:
    return RedirectResponse(PAGE)


def _cors(settings: Settings) -> Middleware | None:
    if not settings.cors_origins:
        return None
    return Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", CART_TOKEN_HEADER, MODE_HEADER],
        # For cookie mode. A wildcard lets anybody read, so nobody's cookies may come with it.
        allow_credentials="*" not in settings.cors_origins,
        expose_headers=[CALLS_HEADER],
        max_age=86_400,
    )
