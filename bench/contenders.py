"""Who is measured: the servers that answer the operations, and how each is started and asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson

from bench import peers

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.operations import Operation

HOST = "127.0.0.1"


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

    It finds the databases and the secret in the gateway's own environment variables, the public key of the access
    tokens in BENCH_JWT_PUBLIC_KEY, or a shop in memory in the file that BENCH_SHOP names, and answers with a JSON
    object whose `data` is the operation's. `X-Database-Calls` counts its calls to each database. `answers` are the
    operations that it knows, where it does not know them all.
    """

    name: str
    description: str
    command: Callable[[int], tuple[str, ...]]
    ask: Callable[[Operation], Request]
    answers: frozenset[str] | None = None

    def knows(self, operation: Operation) -> bool:
        """Whether it can be asked for this operation."""
        return self.answers is None or operation.name in self.answers


def ask_graphql(operation: Operation) -> Request:
    """The operation as GraphQL over HTTP."""
    body = orjson.dumps({"query": operation.query, "variables": operation.variables})
    return Request(method="POST", path="/graphql", body=body)


def ask_by_name(operation: Operation) -> Request:
    """The operation as a resource of its own, with its variables in the URL."""
    return Request(method="GET", path=f"/{operation.name}?{urlencode(operation.variables)}")


def _serve_gateway(port: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "bench.serve_gateway", "serve", "--host", HOST, "--port", str(port))


def _uvicorn(factory: str) -> Callable[[int], tuple[str, ...]]:
    def command(port: int) -> tuple[str, ...]:
        return (
            *(sys.executable, "-m", "uvicorn", "--factory", factory),
            *("--host", HOST, "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
            *("--no-access-log", "--no-server-header", "--log-level", "warning"),
        )

    return command


def _node(program: str) -> Callable[[int], tuple[str, ...]]:
    return lambda port: (str(peers.find_node()), str(peers.FOLDER / program), str(port))


GATEWAY = Contender(
    name="gateway",
    description="`gateway serve`",
    command=_serve_gateway,
    ask=ask_graphql,
)
FLOOR = Contender(
    name="floor",
    description="hand-written Starlette endpoints on asyncpg, Motor and orjson, without GraphQL",
    command=_uvicorn("bench.floor.app:create_app"),
    ask=ask_by_name,
    answers=frozenset({"tiny", "listing", "wide"}),
)
STRAWBERRY = Contender(
    name="strawberry",
    description="the same schema in Strawberry's own ASGI view, with its parser and validation caches and orjson",
    command=_uvicorn("bench.strawberry_app:create_app"),
    ask=ask_graphql,
)
YOGA = Contender(
    name="yoga",
    description="GraphQL Yoga on Node with graphql-jit, DataLoader, pg, mongodb and ioredis",
    command=_node("yoga.js"),
    ask=ask_graphql,
)
MERCURIUS = Contender(
    name="mercurius",
    description="Mercurius on Node with its JIT, DataLoader, pg, mongodb and ioredis",
    command=_node("mercurius.js"),
    ask=ask_graphql,
)

# The first is what the others are compared with.
CONTENDERS = (GATEWAY, FLOOR, STRAWBERRY, YOGA, MERCURIUS)

# There is nothing to write by hand where there are no databases.
IN_MEMORY = (GATEWAY, STRAWBERRY, YOGA, MERCURIUS)
NODE = frozenset({YOGA.name, MERCURIUS.name})
