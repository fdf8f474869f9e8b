"""The GraphQL endpoint, as the GraphQL over HTTP specification describes it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import field
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect

from datasources.core.calls import record_calls
from datasources.core.records import row_record
from datasources.orders.rules import SHOP_RULES
from gateway.auth import Refused
from gateway.context import request_context, tell_loaders
from gateway.errors import present_errors, request_error, unconfirmed_mutation
from gateway.execution import JSON_OPTIONS, Engine
from gateway.http.requests import (
    GRAPHQL_RESPONSE,
    JSON,
    SAFE_METHODS,
    HttpProblem,
    negotiate,
    read_headers,
    read_request,
)
from gateway.http.waiting import MOST_SECONDS, AsLongAsWanted
from gateway.schema import core_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import strawberry
    from starlette.types import Receive, Scope, Send

    from datasources.core.calls import CallLog
    from datasources.core.connections import Connections
    from datasources.orders.rules import Rules
    from datasources.payments.providers.registry import Providers
    from gateway.auth import Authenticator
    from gateway.http.requests import GraphQLRequest
    from resolvers.context import Context

CART_TOKEN_HEADER = "X-Cart-Token"  # noqa: S105  # the name of a header
CALLS_HEADER = "X-Database-Calls"

_CART_TOKEN = CART_TOKEN_HEADER.lower().encode()

# Answers depend on who asks, so no cache between here and the client may keep them.
_COMMON_HEADERS = {
    media_type: (
        (b"content-type", media_type.encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Authorization, Cookie"),
    )
    for media_type in (JSON, GRAPHQL_RESPONSE)
}


@row_record
class Answer:
    """A response: its body, its status, headers of its own, and the values of its Set-Cookie headers."""

    body: dict[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()


class GraphQLEndpoint:
    """The endpoint of a schema, as an ASGI application: a framework's request and response cost as much as a small
    operation.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        connections: Callable[[], Connections],
        authenticator: Callable[[], Authenticator],
        providers: Callable[[], Providers],
        show_calls: bool,
        rules: Rules = SHOP_RULES,
    ) -> None:
        """Serve this schema; `rules` say what taxes and shipping cost.

        `connections`, `authenticator` and `providers` are asked at each request: they open when the server starts.
        """
        self._engine = Engine(core_schema(schema), announce=tell_loaders)
        self._connections = connections
        self._authenticator = authenticator
        self._providers = providers
        self._show_calls = show_calls
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        media_type = JSON
        headers = read_headers(scope)
        try:
            media_type = negotiate(headers.get(b"accept", ""))
            answer = await self._answer(scope, headers, receive, media_type)
        except HttpProblem as problem:
            answer = _refuse(problem.status, problem.code, problem, problem.headers)
        except Refused as refusal:
            answer = _refuse(refusal.status, refusal.code, refusal, refusal.headers, refusal.cookies)
        except TimeoutError:
            answer = _refuse(503, "TIMEOUT", f"The operation took longer than {MOST_SECONDS:g} s.")
        except ClientDisconnect:
            answer = _refuse(400, "CLIENT_DISCONNECTED", "The client has gone.")  # nobody is there to read it
        await _send(send, answer, media_type)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, str], receive: Receive, media_type: str
    ) -> Answer:
        connections = self._connections()
        with record_calls() as log:
            requester = await self._authenticator().identify(scope, headers, connections)
            asked = await read_request(scope, headers, receive)
            context = request_context(
                connections,
                requester.viewer,
                cart_token=headers.get(_CART_TOKEN),
                account=requester.account,
                client=requester.client,
                credentials=requester.credentials,
                rules=self._rules,
                providers=self._providers(),
            )
            try:
                body, status = await self._run(asked, context, receive, method=scope["method"])
            finally:
                context.loaders.forget()
        # Clients that only know JSON get a 200 with the errors inside (GraphQL over HTTP, section 6.4.1).
        return Answer(
            body=body,
            status=status if media_type == GRAPHQL_RESPONSE else 200,
            headers={CALLS_HEADER: _describe(log)} if self._show_calls else {},
            cookies=requester.credentials.set_cookies,
        )

    async def _run(
        self, asked: GraphQLRequest, context: Context, receive: Receive, *, method: str
    ) -> tuple[dict[str, Any], int]:
        """The response's body, and its status for clients that know GraphQL's own media type."""
        document = self._engine.documents.prepare(asked.query)
        if document.errors:
            return {"errors": present_errors(document.errors)}, 400
        try:
            operation = document.operation(asked.operation_name)
        except GraphQLError as error:
            return {"errors": present_errors([error])}, 400
        kind = operation.node.operation
        if kind is OperationType.SUBSCRIPTION:
            message = "Subscriptions are not served over this transport."
            raise HttpProblem(400, "SUBSCRIPTION_NOT_SUPPORTED", message)
        if method in SAFE_METHODS and kind is not OperationType.QUERY:
            message = "Only queries may be sent by GET."
            raise HttpProblem(405, "METHOD_NOT_ALLOWED", message, headers={"Allow": "POST"})
        if kind is OperationType.MUTATION and not context.client.is_confirmed:
            return {"errors": present_errors([unconfirmed_mutation()])}, 503
        with nullcontext() if kind is OperationType.MUTATION else AsLongAsWanted(receive):
            result = await self._engine.run(operation, context=context, variables=asked.variables)
        if not result.errors:
            return {"data": result.data}, 200
        errors = present_errors(result.errors)
        if result.data is None and not any(error.path for error in result.errors):
            return {"errors": errors}, 400  # nothing was run: the variables did not fit
        return {"errors": errors, "data": result.data}, 200


def _refuse(
    status: int,
    code: str,
    reason: Exception | str,
    headers: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
) -> Answer:
    body = {"errors": [request_error(code, str(reason))]}
    return Answer(body=body, status=status, headers=headers or {}, cookies=cookies)


async def _send(send: Send, answer: Answer, media_type: str) -> None:
    content = orjson.dumps(answer.body, option=JSON_OPTIONS)
    headers = [*_COMMON_HEADERS[media_type], (b"content-length", b"%d" % len(content))]
    if answer.headers:
        headers += [
            (name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()
        ]
    if answer.cookies:
        headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in answer.cookies]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _describe(log: CallLog) -> str:
    if not log.calls:
        return "none"
    return ", ".join(f"{service}={count}" for service, count in sorted(log.by_service().items()))
