"""What is measured: the operations, the servers that answer them, and how each server is asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOST = "127.0.0.1"

WIDE_QUERY = """\
query Wide($first: Int!) {
  me { orders(first: $first) { nodes {
    number status placedAt total { amount currencyCode }
    items { name quantity unitPrice { amount currencyCode }
      product { name slug price { amount currencyCode } brand { name } category { name }
        stock { available isInStock } images { url altText } } }
    payments { status amount { amount currencyCode } refunds { amount { amount currencyCode } status } }
  } } }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What every contender is asked for. A server without GraphQL knows it by its name."""

    name: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, without what says to whom it goes and who sends it."""

    method: str
    path: str
    body: bytes = b""

    def encode(self, *, token: str) -> bytes:
        """The request as it travels, on a connection that is kept alive."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"host: {HOST}",
            f"authorization: Bearer {token}",
            "accept: application/json",
        ]
        if self.body:
            lines += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server that answers the operations: `command` starts it on a port, `ask` makes its request of an operation.

    It finds the databases and the secret in the gateway's own environment variables, and answers with a JSON object
    whose `data` is the operation's. `X-Database-Calls`, where it sends it, counts its calls to each database.
    """

    name: str
    description: str
    command: Callable[[int], tuple[str, ...]]
    ask: Callable[[Operation], Request]


def wide(first: int) -> Operation:
    """A customer's orders with all that a page of them shows: five databases, four levels deep."""
    return Operation(name="wide", query=WIDE_QUERY, variables={"first": first})


def ask_graphql(operation: Operation) -> Request:
    """The operation as GraphQL over HTTP."""
    body = orjson.dumps({"query": operation.query, "variables": operation.variables})
    return Request(method="POST", path="/graphql", body=body)


def ask_by_name(operation: Operation) -> Request:
    """The operation as a resource of its own, with its variables in the URL."""
    return Request(method="GET", path=f"/{operation.name}?{urlencode(operation.variables)}")


def _serve_gateway(port: int) -> tuple[str, ...]:
    program = "from gateway.cli import main; main()"
    return (sys.executable, "-c", program, "serve", "--host", HOST, "--port", str(port))


def _serve_floor(port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "uvicorn", "--factory", "bench.floor:create_app"),
        *("--host", HOST, "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--no-server-header", "--log-level", "warning"),
    )


FLOOR = Contender(
    name="floor",
    description="a hand-written Starlette endpoint on asyncpg, Motor and orjson, without GraphQL",
    command=_serve_floor,
    ask=ask_by_name,
)
GATEWAY = Contender(
    name="gateway",
    description="`gateway serve`",
    command=_serve_gateway,
    ask=ask_graphql,
)

# The first is what the others are compared with.
CONTENDERS = (FLOOR, GATEWAY)
