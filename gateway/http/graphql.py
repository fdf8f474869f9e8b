"""The GraphQL endpoint, as the GraphQL over HTTP specification describes it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from datasources.core.calls import record_calls
from gateway.auth import Unauthenticated, authenticate
from gateway.context import request_context, tell_loaders
from gateway.errors import present_errors, request_error
from gateway.execution import Engine, find_operation
from gateway.schema import core_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import strawberry
    from starlette.requests import Request

    from datasources.core.calls import CallLog
    from datasources.core.connections import Connections
    from resolvers.context import Context

MOST_BYTES = 128 * 1024
MOST_SECONDS = 20.0

# After this long it is worth watching whether the client still waits; most answers are sent before.
PATIENCE_SECONDS = 0.2

SAFE_METHODS = frozenset({"GET", "HEAD"})
CART_TOKEN_HEADER = "X-Cart-Token"  # noqa: S105  # the name of a header
CALLS_HEADER = "X-Database-Calls"

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


@dataclass(frozen=True, slots=True, kw_only=True)
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


def graphql_endpoint(
    schema: strawberry.Schema,
    *,
    connections: Callable[[], Connections],
    jwt_secret: str,
    show_calls: bool,
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of this schema. `connections` is asked at each request, since they open when the server starts."""
    engine = Engine(core_schema(schema), announce=tell_loaders)

    async def answer(request: Request) -> Response:
        media_type = JSON
        try:
            media_type = _negotiate(request.headers.get("accept"))
            viewer = authenticate(request.headers.get("authorization"), secret=jwt_secret)
            asked = await _read_request(request)
            context = request_context(
                connections(), viewer, cart_token=request.headers.get(CART_TOKEN_HEADER)
            )
            with record_calls() as log:
                try:
                    async with _as_long_as_wanted(request):
                        result, status = await _run(engine, asked, context, method=request.method)
                finally:
                    context.loaders.forget()
        except HttpProblem as problem:
            body = {"errors": [request_error(problem.code, str(problem))]}
            return _respond(body, problem.status, media_type, problem.headers)
        except Unauthenticated as refusal:
            body = {"errors": [request_error(refusal.code, str(refusal))]}
            return _respond(body, 401, media_type, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        except TimeoutError:
            body = {
                "errors": [request_error("TIMEOUT", f"The operation took longer than {MOST_SECONDS:g} s.")]
            }
            return _respond(body, 503, media_type, {})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        headers = {CALLS_HEADER: _describe(log)} if show_calls else {}
        # Clients that only know JSON get a 200 with the errors inside (GraphQL over HTTP, section 6.4.1).
        return _respond(result, status if media_type == GRAPHQL_RESPONSE else 200, media_type, headers)

    return answer


@asynccontextmanager
async def _as_long_as_wanted(request: Request) -> AsyncIterator[None]:
    """Stop the work in the block when the client has gone, or when it takes too long.

    Raises:
        ClientDisconnect: the client has gone.
        TimeoutError: it took longer than MOST_SECONDS.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if task is not None:
            task.cancel("the client has gone")

    soon = loop.call_later(PATIENCE_SECONDS, lambda: watchers.append(loop.create_task(watch())))
    try:
        async with asyncio.timeout(MOST_SECONDS):
            yield
    except asyncio.CancelledError as cancelled:
        if "the client has gone" in cancelled.args and task is not None:
            task.uncancel()
            raise ClientDisconnect from cancelled
        raise
    finally:
        soon.cancel()
        for watcher in watchers:
            watcher.cancel()


async def _run(
    engine: Engine, asked: GraphQLRequest, context: Context, *, method: str
) -> tuple[dict[str, Any], int]:
    """The response's body, and its status for clients that know GraphQL's own media type."""
    document = engine.documents.prepare(asked.query)
    if document.node is None or document.errors:
        return {"errors": present_errors(document.errors)}, 400
    try:
        operation = find_operation(document.node, asked.operation_name)
    except GraphQLError as error:
        return {"errors": present_errors([error])}, 400
    if operation.operation is OperationType.SUBSCRIPTION:
        raise HttpProblem(
            400, "SUBSCRIPTION_NOT_SUPPORTED", "Subscriptions are not served over this transport."
        )
    if method in SAFE_METHODS and operation.operation is not OperationType.QUERY:
        raise HttpProblem(
            405, "METHOD_NOT_ALLOWED", "Only queries may be sent by GET.", headers={"Allow": "POST"}
        )
    result = await engine.run(document, operation, context=context, variables=asked.variables)
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = present_errors(result.errors)
    if result.data is None and result.errors and not any(error.path for error in result.errors):
        return body, 400  # nothing was run: the variables did not fit
    body["data"] = result.data
    return body, 200


def _negotiate(accept: str | None) -> str:
    """The media type to answer with: what the client likes best of the two (RFC 9110, section 12.5.1).

    Raises:
        HttpProblem: it likes neither.
    """
    if not accept:
        return JSON
    best, best_quality = "", 0.0
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        offered = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "application/*": JSON, "*/*": JSON}.get(
            name
        )
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


async def _read_request(request: Request) -> GraphQLRequest:
    """The request's parameters.

    Raises:
        HttpProblem: they are missing, too large, or not of the right shape.
    """
    if request.method in SAFE_METHODS:
        return _read_parameters(_parameters_of_url(request))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # Insisting on JSON also keeps out requests that a foreign page's form could send with the user's cookies.
    if media_type != JSON:
        raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {JSON}.")
    try:
        parameters = orjson.loads(await _read_body(request))
    except orjson.JSONDecodeError as error:
        raise HttpProblem(400, "BAD_REQUEST", f"The body is not JSON: {error}.") from error
    return _read_parameters(parameters)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HttpProblem(413, "REQUEST_TOO_LARGE", f"A request may have at most {MOST_BYTES} bytes.")
    return bytes(body)


def _parameters_of_url(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query_params)
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
    query, variables = given.get("query"), given.get("variables")
    operation_name = given.get("operationName") or None
    if not isinstance(query, str) or not query:
        raise HttpProblem(400, "BAD_REQUEST", "query should be a GraphQL document in a string.")
    if not isinstance(variables, dict | None):
        raise HttpProblem(400, "BAD_REQUEST", "variables should be a JSON object.")
    if not isinstance(operation_name, str | None):
        raise HttpProblem(400, "BAD_REQUEST", "operationName should be a string.")
    if not isinstance(given.get("extensions"), dict | None):
        raise HttpProblem(400, "BAD_REQUEST", "extensions should be a JSON object.")
    return GraphQLRequest(query=query, operation_name=operation_name, variables=variables or {})


def _respond(body: dict[str, Any], status: int, media_type: str, headers: dict[str, str]) -> Response:
    content = orjson.dumps(body)
    # Answers depend on who asks, so no cache between here and the client may keep them.
    return Response(
        content, status, {"Cache-Control": "no-store", "Vary": "Accept, Authorization", **headers}, media_type
    )


def _describe(log: CallLog) -> str:
    return ", ".join(f"{service}={count}" for service, count in sorted(log.by_service().items())) or "none"
