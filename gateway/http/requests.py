"""Reads a request for the GraphQL endpoint: what it asks, in which media type, and as whom."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect

from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope

MOST_BYTES = 128 * 1024

SAFE_METHODS = frozenset({"GET", "HEAD"})

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_OFFERED = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "application/*": JSON, "*/*": JSON}


@row_record
class GraphQLRequest:
    """One request's parameters."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


class HttpProblem(Exception):
    """A request that is not a well-formed GraphQL request; nothing has been run."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        """Keep what the answer will say."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}


def read_headers(scope: Scope) -> Mapping[bytes, str]:
    """The request's headers, by their names in lower case; lines of one name are one list (RFC 9110, section 5.3)."""
    headers: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


@lru_cache(maxsize=256)
def negotiate(accept: str) -> str:
    """The media type to answer with: what the client likes best of the two (RFC 9110, section 12.5.1).

    Raises:
        HttpProblem: it likes neither.
    """
    if not accept:
        return JSON
    best, best_quality = "", 0.0
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        offered = _OFFERED.get(name)
        quality = _quality(parameters)
        if offered and quality > best_quality:
            best, best_quality = offered, quality
    if not best:
        raise HttpProblem(406, "NOT_ACCEPTABLE", f"This endpoint answers with {GRAPHQL_RESPONSE} or {JSON}.")
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


async def read_request(scope: Scope, headers: Mapping[bytes, str], receive: Receive) -> GraphQLRequest:
    """The request's parameters.

    Raises:
        HttpProblem: they are missing, too large, or not of the right shape.
        ClientDisconnect: the client has gone while it sent them.
    """
    if scope["method"] in SAFE_METHODS:
        return _read_parameters(_parameters_of_url(scope))
    media_type = headers.get(b"content-type", "")
    # Insisting on JSON also keeps out requests that a foreign page's form could send with the user's cookies.
    if media_type != JSON and media_type.partition(";")[0].strip().lower() != JSON:
        raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {JSON}.")
    try:
        parameters = orjson.loads(await _read_body(receive))
    except orjson.JSONDecodeError as error:
        raise HttpProblem(400, "BAD_REQUEST", f"The body is not JSON: {error}.") from error
    return _read_parameters(parameters)


async def _read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        body = body + chunk if body else chunk
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise HttpProblem(413, "REQUEST_TOO_LARGE", f"A request may have at most {MOST_BYTES} bytes.")
    return body


def _parameters_of_url(scope: Scope) -> dict[str, Any]:
    given: dict[str, Any] = dict(QueryParams(scope["query_string"]))
    for name in ("variables", "extensions"):
        if name in given:
            try:
                given[name] = orjson.loads(given[name] or "null")
            except orjson.JSONDecodeError as error:
                raise HttpProblem(400, "BAD_REQUEST", f"{name} is not JSON: {error}.") from error
    return given


def _read_parameters(given: Any) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise HttpProblem(400, "BAD_REQUEST", "The body should be a JSON object with a query.")
    query, variables, extensions = given.get("query"), given.get("variables"), given.get("extensions")
    operation_name = given.get("operationName") or None
    if not isinstance(query, str) or not query:
        raise HttpProblem(400, "BAD_REQUEST", "query should be a GraphQL document in a string.")
    if variables is not None and not isinstance(variables, dict):
        raise HttpProblem(400, "BAD_REQUEST", "variables should be a JSON object.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HttpProblem(400, "BAD_REQUEST", "operationName should be a string.")
    if extensions is not None and not isinstance(extensions, dict):
        raise HttpProblem(400, "BAD_REQUEST", "extensions should be a JSON object.")
    return GraphQLRequest(query=query, operation_name=operation_name, variables=variables or {})
