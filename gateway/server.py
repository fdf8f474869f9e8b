"""Runs the application under uvicorn: one process or several, with a collector that does not get in the way."""

from __future__ import annotations

import contextlib
import gc
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from gateway.app import create_app
from gateway.logs import log_to_stderr
from gateway.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.applications import Starlette

    from datasources.workflows.sagas import Means
    from gateway.http.graphiql import GraphiQLConfig
    from gateway.settings import Settings

# What is loaded at start lives as long as the process, so the collector need not look at it again and again. A request
# leaves no cycles behind (a test counts them), so it rarely has to run at all.
GC_THRESHOLD = 50_000

SHUTDOWN_SECONDS = 10


def serve(
    settings: Settings,
    *,
    graphiql: GraphiQLConfig | None = None,
    host: str | None = None,
    port: int | None = None,
    workers: int = 1,
    beside: Callable[[Means], AbstractAsyncContextManager[None]] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish the requests that are being answered.

    Several workers read their settings from the environment again, each for itself; what is to run `beside` the
    application is for one.
    """
    log_to_stderr()
    alone = workers == 1
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    application = (
        create_app(settings, graphiql=graphiql, beside=beside) if alone else "gateway.server:application"
    )
    if alone:
        spare_the_collector()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
        uvicorn.run(
            application,
            factory=workers > 1,
            workers=workers,
            host=settings.host,
            port=settings.port,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            server_header=False,
            access_log=False,
            # Only these say who the client is; anybody else could make it up, and dodge what is counted per address.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        )


def application() -> Starlette:
    """The application of one of several workers."""
    app = create_app(read_settings(os.environ))
    spare_the_collector()
    return app


def spare_the_collector() -> None:
    """Leave what has been loaded so far to the process, and let more pile up before looking for cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 10, 10)
