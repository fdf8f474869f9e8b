"""What one request may cost: refused before it runs, stopped when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
import pytest

from gateway.http.waiting import PATIENCE_SECONDS
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp

    from datasources.core.connections import DatabaseUrls
    from tests.client import GraphQLClient

DOUBLING = " ".join(
    f"fragment f{n} on Product {{ related {{ ...f{n + 1} ...f{n + 1} }} }}" for n in range(59)
)

TOO_LARGE = {
    "a chain of fragments that doubles": f"{{ products(first: 1) {{ nodes {{ ...f0 }} }} }} {DOUBLING} "
    "fragment f59 on Product { related { id } }",
    "lists in lists in lists": "{ products(first: 10) { nodes { "
    + "related { " * 4
    + "id"
    + " }" * 4
    + " } } }",
    "a circle of pages": "{ me { orders(first: 50) { nodes { customer { orders(first: 50) { nodes { customer { "
    "orders(first: 50) { nodes { id } } } } } } } } } }",
    "repeated fields": "{ products { nodes { " + "category { parent { id } } " * 560 + "} } }",
    "many root fields": "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(60)) + " }",
    "many spreads": "{ products { nodes { " + "...f " * 300 + "} } } fragment f on Product { id }",
    "deep nesting": "{ products { nodes { "
    + "category { products(first: 1) { nodes { " * 12
    + "id"
    + " } } }" * 12
    + " } } }",
}


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_an_operation_that_could_cost_too_much_is_refused_at_once(
    client: GraphQLClient, name: str
) -> None:
    began = time.perf_counter()
    answer = await client.ask(TOO_LARGE[name], as_="customer")
    assert answer.data is None
    assert answer.codes() == {"OPERATION_TOO_LARGE"}
    assert answer.calls == {}
    assert time.perf_counter() - began < 5  # not a measurement: without the limits some of these take minutes


async def test_the_size_of_a_window_in_a_variable_counts(client: GraphQLClient) -> None:
    query = "query ($n: Int = 100) { products(first: $n) { nodes { related { related { id } } } } }"
    refused = await client.ask(query.replace("related { id }", "related { related { id } }"))
    assert refused.codes() == {"OPERATION_TOO_LARGE"}
    assert (await client.ask(query, {"n": 2})).errors == []


async def test_the_largest_page_of_the_wide_query_is_allowed(client: GraphQLClient) -> None:
    answer = await client.ask(WIDE, {"first": 100}, as_="customer")
    assert answer.errors == []
    assert len(answer.data["me"]["orders"]["nodes"]) == 100


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ orders(where: {total: {from: "1e131072"}}) { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ orders(where: {total: {from: "1_0"}}) { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ orders(where: {total: {from: "NaN"}}) { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        (
            '{ products(where: {createdAt: {from: "0001-01-01T00:00:00+14:00"}}) { totalCount } }',
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ products(first: " + "9" * 5_000 + ") { totalCount } }", "GRAPHQL_PARSE_FAILED"),
        ('{ order(number: "a\\u0000b") { id } }', "BAD_INPUT"),
        ('{ order(id: "") { id } }', "INVALID_ID"),
    ],
)
async def test_odd_input_is_the_clients_to_mend(client: GraphQLClient, query: str, code: str) -> None:
    answer = await client.ask(query, as_="admin")
    assert answer.codes() <= {code, "GRAPHQL_VALIDATION_FAILED"}
    assert answer.errors


async def test_head_never_runs_more_than_get_would(client: GraphQLClient) -> None:
    response = await client.http.head("/graphql", params={"query": "{ __typename }"})
    assert response.status_code == 200
    assert (
        await client.http.request("HEAD", "/graphql", json={"query": "{ __typename }"})
    ).status_code == 400


async def leave_after(
    client: GraphQLClient, seconds: float, *, body: bytes, more_body: bool, token: str
) -> list[MutableMapping[str, Any]]:
    """Send a request to the application itself, leave after so many seconds, and give what was sent back."""
    app: ASGIApp = client.http._transport.app  # type: ignore[attr-defined]
    sent: list[MutableMapping[str, Any]] = []
    messages = [{"type": "http.request", "body": body, "more_body": more_body}]

    async def receive() -> MutableMapping[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())],
        "http_version": "1.1",
    }
    await asyncio.wait_for(app(scope, receive, send), timeout=8)
    return sent


async def test_a_client_that_leaves_while_it_sends_is_no_error(
    client: GraphQLClient, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await leave_after(client, 0.05, body=b"{", more_body=True, token=client.tokens["admin"])
    assert sent[0]["status"] == 400
    assert caplog.records == []


async def test_work_stops_when_the_client_has_gone(client: GraphQLClient, urls: DatabaseUrls) -> None:
    blocker = await asyncpg.connect(urls.orders)
    try:
        await blocker.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        body = b'{"query": "{ orders(first: 1) { nodes { number } } }"}'
        sent = await leave_after(
            client, PATIENCE_SECONDS * 2, body=body, more_body=False, token=client.tokens["admin"]
        )
        assert sent[0]["status"] == 400
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'OrderDb'"
        )
        async with asyncio.timeout(5):
            while await blocker.fetchval(waiting):  # noqa: ASYNC110  # what is waited for happens in the database
                await asyncio.sleep(0.05)
    finally:
        await blocker.close()
    assert (await client.ask("{ orders(first: 1) { nodes { number } } }", as_="admin")).errors == []


async def test_a_change_that_began_is_made_though_the_client_has_gone(
    client: GraphQLClient, urls: DatabaseUrls
) -> None:
    name = f"Ada {secrets.token_hex(4)}"
    mutation = (
        "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { firstName } } }"
    )
    body = orjson.dumps({"query": mutation, "variables": {"input": {"firstName": name}}})
    blocker = await asyncpg.connect(urls.users)
    try:
        await blocker.execute("BEGIN; SELECT FROM users WHERE email = 'customer@example.com' FOR UPDATE")
        leaving = leave_after(client, 0, body=body, more_body=False, token=client.tokens["customer"])
        answering = asyncio.create_task(leaving)
        await asyncio.sleep(PATIENCE_SECONDS * 2)
        assert not answering.done()
    finally:
        await blocker.close()
    assert orjson.loads((await answering)[1]["body"])["data"]["updateProfile"]["user"] == {"firstName": name}
    assert (await client.data("{ me { firstName } }", as_="customer"))["me"] == {"firstName": name}
