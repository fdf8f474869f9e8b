"""GraphiQL over HTTP: its headers, its caching, its configuration, and what happens before it is built."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette

from gateway.graphiql.examples import GraphiQLExample, Viewer
from gateway.http.graphiql import GraphiQLConfig, graphiql_routes

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "/graphiql/assets/index-A1b2C3d4.js"
EXAMPLES = tuple(
    GraphiQLExample(
        name=viewer.name, query=f"query {viewer.name} {{ me {{ id }} }}", variables=None, viewer=viewer
    )
    for viewer in Viewer
)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built page in miniature, and a file beside it that nobody may read."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>GraphiQL</title>")
    (folder / "assets" / "index-A1b2C3d4.js").write_text("export {};")
    (folder / ".stamp").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def client_of(config: GraphiQLConfig) -> httpx.AsyncClient:
    app = Starlette(routes=graphiql_routes(config))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/config.json", SCRIPT])
async def test_every_answer_carries_the_policy(dist: Path, path: str) -> None:
    async with client_of(GraphiQLConfig(dist=dist)) as client:
        answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not any("http" in sources or "*" in sources or "eval" in sources for sources in policy.values())


async def test_hashed_files_are_kept_for_ever_and_the_page_is_not(dist: Path) -> None:
    async with client_of(GraphiQLConfig(dist=dist)) as client:
        page = await client.get("/graphiql")
        script = await client.get(SCRIPT)
        again = await client.get(SCRIPT, headers={"If-None-Match": script.headers["ETag"]})
        missing = await client.get("/graphiql/assets/index-00000000.js")

    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert again.status_code == 304
    assert missing.status_code == 404
    assert "Cache-Control" not in missing.headers


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/assets/../index.html",
        "/graphiql/assets/%2e%2e/.stamp",
        "/graphiql/assets/..%2f..%2fsecret.txt",
        "/graphiql/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/graphiql/assets//etc/passwd",
        "/graphiql/assets/%00",
        "/graphiql/assets/",
        "/graphiql/.stamp",
    ],
)
async def test_nothing_else_can_be_read(dist: Path, path: str) -> None:
    sent = httpx.URL("http://gateway").copy_with(raw_path=path.encode())
    async with client_of(GraphiQLConfig(dist=dist)) as client:
        answer = await client.get(sent)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_nothing_can_be_written(dist: Path) -> None:
    async with client_of(GraphiQLConfig(dist=dist)) as client:
        for path in ("/graphiql", "/graphiql/config.json", SCRIPT):
            assert (await client.post(path)).status_code == 405


async def test_configuration_without_tokens(dist: Path) -> None:
    async with client_of(GraphiQLConfig(dist=dist, endpoint="/api", examples=EXAMPLES)) as client:
        answer = await client.get("/graphiql/config.json")

    assert answer.headers["Cache-Control"] == "no-store"
    config = answer.json()
    assert config["endpoint"] == "/api"
    assert config["headers"] == {}
    assert [example["name"] for example in config["examples"]] == ["GUEST", "CUSTOMER", "STAFF"]
    assert all(example["headers"] == {} for example in config["examples"])


async def test_each_example_gets_the_newest_token_of_its_viewer(dist: Path) -> None:
    numbers = count(1)
    config = GraphiQLConfig(
        dist=dist,
        examples=EXAMPLES,
        demo_token=lambda: f"customer-{next(numbers)}",
        staff_token=lambda: f"staff-{next(numbers)}",
    )
    async with client_of(config) as client:
        first = (await client.get("/graphiql/config.json")).json()
        second = (await client.get("/graphiql/config.json")).json()

    assert first["headers"] == {"Authorization": "Bearer customer-1"}
    assert [example["headers"] for example in first["examples"]] == [
        {},
        {"Authorization": "Bearer customer-1"},
        {"Authorization": "Bearer staff-2"},
    ]
    assert second["headers"] == {"Authorization": "Bearer customer-3"}


async def test_says_what_to_do_before_it_is_built_and_needs_no_restart_after(dist: Path) -> None:
    aside = await asyncio.to_thread(dist.rename, dist.with_name("aside"))
    async with client_of(GraphiQLConfig(dist=dist)) as client:
        unbuilt = await client.get("/graphiql")
        script = await client.get(SCRIPT)
        await asyncio.to_thread(aside.rename, dist)
        built = await client.get("/graphiql")
        script_after = await client.get(SCRIPT)

    assert unbuilt.status_code == 503
    assert "make setup" in unbuilt.text
    assert "python -m gateway.graphiql.build" in unbuilt.text
    assert script.status_code == 404
    assert (built.status_code, script_after.status_code) == (200, 200)
