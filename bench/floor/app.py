"""The floor's application: `GET /tiny?slug=`, `/listing?first=` and `/wide?first=`, with the gateway's tokens."""

from __future__ import annotations

import gc
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bench.floor.catalogue import find_product, list_products
from bench.floor.databases import open_databases
from bench.floor.orders import find_me
from bench.viewers import authenticator
from datasources.core.calls import record_calls
from gateway.auth import Unauthenticated
from gateway.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.requests import Request

    from bench.floor.databases import Databases
    from resolvers.permissions import Viewer

    Answer = Callable[[Databases, Viewer, Mapping[str, str]], Awaitable[dict[str, Any]]]


def create_app() -> Starlette:
    """The application, with the settings of the environment."""
    settings = read_settings(os.environ)
    authenticate = authenticator(settings.jwt_secret)
    opened: list[Databases] = []

    def route(name: str, answer: Answer) -> Route:
        async def respond(request: Request) -> Response:
            try:
                viewer = authenticate(request.headers.get("authorization"))
            except Unauthenticated as refusal:
                return Response(str(refusal), 401)
            with record_calls() as log:
                data = await answer(opened[0], viewer, request.query_params)
            # orjson writes an aware UTC time as the gateway's DateTime does, once it is told to use Z.
            body = orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)
            calls = ", ".join(f"{service}={count}" for service, count in sorted(log.by_service().items()))
            return Response(body, headers={"X-Database-Calls": calls}, media_type="application/json")

        return Route(f"/{name}", respond)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with open_databases(settings) as databases:
            opened.append(databases)
            # Answers hold no reference cycles, so the collector would only search what lives for ever.
            gc.freeze()
            gc.set_threshold(50_000)
            yield

    routes = [route("tiny", find_product), route("listing", list_products), route("wide", find_me)]
    return Starlette(routes=routes, lifespan=lifespan)
