"""Whether the process lives, and which services it reaches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from datasources.core.health import check_services

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from datasources.core.connections import Connections

CHECK_SECONDS = 3.0


def health_routes(connections: Callable[[], Connections]) -> list[BaseRoute]:
    """`/health/live` answers as long as the process does; `/health/ready` lists the services.

    A service that is down does not make the gateway unready: it costs only the fields that it owns.
    """

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> JSONResponse:
        async with asyncio.timeout(CHECK_SECONDS + 1):
            checks = await check_services(connections(), seconds=CHECK_SECONDS)
        states = {check.name: "ok" if check.reachable else "unavailable" for check in checks}
        degraded = "unavailable" in states.values()
        return JSONResponse({"status": "degraded" if degraded else "ok", "services": states})

    return [Route("/health/live", live), Route("/health/ready", ready)]
