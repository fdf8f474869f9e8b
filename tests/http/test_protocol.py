"""The endpoint follows the GraphQL over HTTP specification, and runs nothing for what is not a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.client import GraphQLClient

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}; q=0.5, {JSON}; q=0.9", JSON),
        (f"text/html, {JSON};q=0.9", JSON),
    ],
)
async def test_answers_with_the_media_type_that_the_client_likes_best(
    client: GraphQLClient, accept: str | None, media_type: str
) -> None:
    headers = {"Accept": accept} if accept else {}
    request = client.http.build_request("POST", "/graphql", json=TYPENAME, headers=headers)
    if accept is None:
        del request.headers["accept"]
    response = await client.http.send(request)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(media_type)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_refuses_a_client_that_accepts_neither_media_type(client: GraphQLClient) -> None:
    response = await client.http.post("/graphql", json=TYPENAME, headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: Int!) { orders(first: $n) { totalCount } }"}, "GRAPHQL_VALIDATION_FAILED"),
        (
            {
                "query": "query ($n: Int!) { orders(first: $n) { totalCount } }",
                "variables": {"n": "three"},
            },
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ],
)
async def test_a_request_that_cannot_be_run_is_400_in_the_graphql_media_type_and_200_in_json(
    client: GraphQLClient, body: dict[str, Any], code: str
) -> None:
    for media_type, status in ((GRAPHQL, 400), (JSON, 200)):
        response = await client.http.post("/graphql", json=body, headers={"Accept": media_type})
        assert response.status_code == status
        answer = response.json()
        assert "data" not in answer
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", JSON, 400, "BAD_REQUEST"),
        (b"[]", JSON, 400, "BAD_REQUEST"),
        (b'{"query": 1}', JSON, 400, "BAD_REQUEST"),
        (b'{"query": ""}', JSON, 400, "BAD_REQUEST"),
        (b'{"query": "{ __typename }", "variables": []}', JSON, 400, "BAD_REQUEST"),
        (b'{"query": "{ __typename }", "operationName": 1}', JSON, 400, "BAD_REQUEST"),
        (b'{"query": "{ __typename }", "extensions": "x"}', JSON, 400, "BAD_REQUEST"),
        (b"query=x", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{ __typename }", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * 200_000, JSON, 413, "REQUEST_TOO_LARGE"),
    ],
)
async def test_refuses_what_is_not_a_request(
    client: GraphQLClient, content: bytes, content_type: str, status: int, code: str
) -> None:
    response = await client.http.post("/graphql", content=content, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_refuses_a_document_with_too_many_tokens_before_validating_it(client: GraphQLClient) -> None:
    answer = await client.ask("{" + "a:__typename " * 3_000 + "}")
    assert answer.data is None
    assert answer.codes() == {"GRAPHQL_PARSE_FAILED"}


async def test_a_query_may_be_sent_by_get(client: GraphQLClient) -> None:
    query = "query Q($first: Int) { products(first: $first) { nodes { name } } }"
    response = await client.http.get(
        "/graphql", params={"query": query, "variables": json.dumps({"first": 2}), "operationName": "Q"}
    )
    assert response.status_code == 200
    assert len(response.json()["data"]["products"]["nodes"]) == 2


@pytest.mark.parametrize("params", [{}, {"query": "{ __typename }", "variables": "{"}])
async def test_refuses_a_get_that_is_not_a_request(client: GraphQLClient, params: dict[str, str]) -> None:
    response = await client.http.get("/graphql", params=params)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(client: GraphQLClient, method: str) -> None:
    response = await client.http.request(method, "/graphql")
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


async def test_no_cache_on_the_way_may_keep_an_answer(client: GraphQLClient) -> None:
    response = await client.http.post("/graphql", json=TYPENAME)
    assert response.headers["cache-control"] == "no-store"
    assert "Authorization" in response.headers["vary"]


async def test_the_root_leads_to_graphiql(client: GraphQLClient) -> None:
    response = await client.http.get("/")
    assert response.status_code == 307
    assert response.headers["location"] == "/graphiql"


async def test_introspection_answers(client: GraphQLClient) -> None:
    data = await client.data("{ __schema { queryType { name } types { name } } }")
    assert data["__schema"]["queryType"]["name"] == "Query"
    assert {"Order", "Product", "User"} <= {type_["name"] for type_ in data["__schema"]["types"]}
