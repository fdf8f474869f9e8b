"""Serves GraphiQL: the page, its files and what it opens with, under a strict Content-Security-Policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.graphiql.build import DIST
from gateway.graphiql.examples import GraphiQLExample, Viewer, load_examples

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Scope

PAGE = "/graphiql"

# Scripts, workers, requests: from this server alone, and no inline script or eval. Two sources are wider:
# - style-src 'unsafe-inline': Monaco writes its rules into <style> elements and positions every line of text with a
#   style attribute inside HTML strings, where neither a nonce nor a hash can be given.
# - data: for fonts and images: GraphiQL's style sheet carries its fonts and Monaco's squiggles that way.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; worker-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

# Sent with the assets too, because a worker is bound by the policy of its own script's response.
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>GraphiQL is not built</title></head>
<body>
<h1>GraphiQL is not built yet</h1>
<p>The GraphQL endpoint works without it. To build the page, run <code>make setup</code>,
or only this step: <code>python -m gateway.graphiql.build</code>. Then reload; no restart is needed.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphiQLConfig:
    """What the page opens with.

    `demo_token` and `staff_token` give a bearer token for the demo customer and for a member of staff. They are asked
    at every load of the page, so that its tokens are never stale. Whoever can open the page is handed them: set
    them for the demo shop, and nowhere else.
    """

    endpoint: str = "/graphql"
    examples: tuple[GraphiQLExample, ...] = field(default_factory=load_examples)
    demo_token: Callable[[], str] | None = None
    staff_token: Callable[[], str] | None = None
    dist: Path = DIST


def graphiql_routes(config: GraphiQLConfig) -> list[BaseRoute]:
    """Give the routes of the page, of its configuration and of its files."""

    def page(_: Request) -> Response:
        return _page(config.dist / "index.html")

    def page_config(_: Request) -> Response:
        headers = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
        return JSONResponse(describe(config), headers=headers)

    return [
        Route(PAGE, page),
        Route(f"{PAGE}/config.json", page_config),
        Mount(f"{PAGE}/assets", _Assets(directory=config.dist / "assets", check_dir=False)),
    ]


def describe(config: GraphiQLConfig) -> dict[str, Any]:
    """Say what the page opens with. `headers` are those of new tabs; an example brings its own."""
    headers = {
        Viewer.GUEST: {},
        Viewer.CUSTOMER: _authorization(config.demo_token),
        Viewer.STAFF: _authorization(config.staff_token),
    }
    return {
        "endpoint": config.endpoint,
        "headers": headers[Viewer.CUSTOMER],
        "examples": [
            {
                "name": example.name,
                "query": example.query,
                "variables": example.variables,
                "headers": headers[example.viewer],
            }
            for example in config.examples
        ],
    }


def _authorization(token: Callable[[], str] | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token()}"} if token is not None else {}


def _page(index: Path) -> Response:
    # Its assets change their names with their content, so the page alone has to be fresh.
    headers = {**SECURITY_HEADERS, "Cache-Control": "no-cache"}
    try:
        html = index.read_text(encoding="utf-8")
    except FileNotFoundError:
        return HTMLResponse(NOT_BUILT, status_code=503, headers=headers)
    return HTMLResponse(html, headers=headers)


class _Assets(StaticFiles):
    """The built files. Vite puts a hash of the content into each name, so a browser may keep them for ever."""

    async def check_config(self) -> None:
        """Accept a missing folder: the page says what to do, and a build may follow while the server runs."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update({**SECURITY_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"})
        return response
