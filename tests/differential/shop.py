"""The shop's whole schema over data in memory: each distinct question goes to the real databases once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphql import GraphQLEnumType, execute, parse

from datasources.core.databases import Database, Statement
from datasources.core.documents import DocumentDatabase
from datasources.core.keyvalues import KeyValueStore
from datasources.users.queries import find_by_email
from gateway.context import request_context
from gateway.schema import build_schema, core_schema
from resolvers.permissions import GUEST, Role, Viewer, viewer
from resolvers.relay import split_global_id
from tests.differential.dice import dice
from tests.differential.faults import Faults, spoil
from tests.differential.inputs import Inputs, any_leaf

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from random import Random

    from graphql import GraphQLField, GraphQLNamedType, GraphQLSchema
    from redis.asyncio.client import Pipeline

    from datasources.core.connections import Connections
    from resolvers.context import Context


@dataclass(slots=True)
class Memory:
    """Answers by question. A question that fails is asked again."""

    answers: dict[Any, Any] = field(default_factory=dict)

    async def recall(self, question: Any, ask: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
        """The answer, as a new list each time."""
        if question not in self.answers:
            self.answers[question] = await ask()
        return list(self.answers[question])


class RememberingDatabase(Database):
    """Reads each statement with the same parameters once."""

    def __init__(self, real: Database, memory: Memory) -> None:
        super().__init__(real.service, real.url)
        self._real = real
        self._memory = memory

    async def fetch(self, statement: Statement, **parameters: Any) -> list[Any]:
        """The rows of the first time."""
        question = (self.service, statement.text, repr(sorted(parameters.items())))
        return await self._memory.recall(question, lambda: self._real.fetch(statement, **parameters))


class RememberingDocuments(DocumentDatabase):
    """Finds and aggregates the same once."""

    def __init__(self, real: DocumentDatabase, memory: Memory) -> None:
        super().__init__(real.service, real.database)
        self._real = real
        self._memory = memory

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        *,
        fields: Sequence[str] | None = None,
        sort: Sequence[tuple[str, Any]] = (),
        limit: int = 0,
    ) -> list[dict[str, Any]]:
        """The documents of the first time."""
        question = (self.service, collection, repr((where, fields, sort, limit)))
        return await self._memory.recall(
            question, lambda: self._real.find(collection, where, fields=fields, sort=sort, limit=limit)
        )

    async def aggregate(
        self, collection: str | None, pipeline: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The documents of the first time."""
        question = (self.service, collection, repr(pipeline))
        return await self._memory.recall(question, lambda: self._real.aggregate(collection, pipeline))


class RememberingStore(KeyValueStore):
    """Sends the same commands once."""

    def __init__(self, real: KeyValueStore, memory: Memory) -> None:
        super().__init__(real.service, real.client)
        self._real = real
        self._memory = memory

    async def run(self, fill: Callable[[Pipeline], object], *, transaction: bool = False) -> list[Any]:
        """The replies of the first time."""
        pipeline = self.client.pipeline(transaction=transaction)
        fill(pipeline)
        question = (self.service, repr([command[0] for command in pipeline.command_stack]))
        return await self._memory.recall(question, lambda: self._real.run(fill, transaction=transaction))


def remembering(real: Connections) -> Connections:
    """The same databases, each distinct question of which is asked once."""
    memory = Memory()
    sql = {
        name: RememberingDatabase(getattr(real, name), memory)
        for name in ("users", "inventory", "cart_copies", "orders", "payments")
    }
    return replace(
        real,
        **sql,
        products=RememberingDocuments(real.products, memory),
        notifications=RememberingDocuments(real.notifications, memory),
        carts=RememberingStore(real.carts, memory),
        attempts=RememberingStore(real.attempts, memory),
    )


EVERYTHING = """
{
  me { id addresses { id } paymentMethods { id } cart { id } notifications(first: 3) { nodes { id } } }
  users(first: 3) { nodes { id } edges { cursor } }
  orders(first: 6) {
    nodes { id number payments { id refunds { id } } } edges { cursor }
  }
  payments(first: 3) { edges { cursor } }
  products(first: 8) {
    nodes {
      id slug sku tags variants { id sku } category { id slug } brand { id slug }
      reviews(first: 2) { nodes { id } edges { cursor } }
    }
    edges { cursor }
  }
  brands(first: 3) { edges { cursor } }
}
"""


# Arguments of the shop's own scalars, the last of each one that is refused.
OF_SCALAR: dict[str, tuple[Any, ...]] = {
    "DateTime": ("2026-01-01T00:00:00Z", "2025-06-01T12:00:00+02:00", "yesterday"),
    "Decimal": ("10", "99.90", 50, "cheap"),
    "EmailAddress": ("customer@example.com", "nobody@example.com", 7),
}


@dataclass(slots=True, kw_only=True)
class Shop:
    """The shop to generate operations for, and to run them in: as a guest, a customer or a manager."""

    schema: GraphQLSchema
    connections: Connections
    viewers: list[Viewer]
    samples: dict[str, list[str]] = field(default_factory=dict)
    remembered: dict[str, dict[Any, Any]] = field(default_factory=dict)

    def context(self, seed: object) -> Context:
        """A fresh context; contexts of one seed behave the same."""
        return self._context(seed, self.remembered)

    def forgetful_context(self, seed: object) -> Context:
        """The same without shared answers, for loaders that leave out what the operation does not read."""
        return self._context(seed, {})

    def _context(self, seed: object, remembered: dict[str, dict[Any, Any]]) -> Context:
        throws = dice(seed, "context")
        context = request_context(self.connections, throws.choice(self.viewers), cart_token=None)
        faults = Faults(seed=seed, rate=throws.choice((0.0, 0.5, 1.0, 3.0)))
        spoil(context.loaders, faults, remembered)
        return context

    def arguments(self, rng: Random, coordinate: str, called: GraphQLField) -> Mapping[str, Any] | None:
        """Arguments that make sense together: one key of those a lookup takes, a small window of a list."""
        if {"first", "last"} <= called.args.keys():
            return self._window(rng, coordinate, called)
        keys = [name for name in called.args if name in {"id", "slug", "sku", "number", "token"}]
        if not keys or rng.random() < 0.05:
            return None
        key = rng.choice(keys)
        return {key: self.leaf(rng, f"{coordinate}({key}:)", called.args[key].type)}

    def _window(self, rng: Random, coordinate: str, called: GraphQLField) -> dict[str, Any]:
        chosen: dict[str, Any] = {
            rng.choice(("first", "first", "first", "last")): rng.choice((0, 1, 2, 3, 3))
        }
        if rng.random() < 0.15:
            chosen[rng.choice(("after", "before"))] = rng.choice([*self.samples["cursor"], "garbage"])
        for name in ("where", "orderBy", "search"):
            if name in called.args and rng.random() < 0.2:
                inputs = Inputs(rng=rng, arguments=self.arguments, leaf=self.leaf)
                chosen[name] = inputs.any_value(f"{coordinate}({name}:)", called.args[name].type)
        return chosen

    def leaf(self, rng: Random, coordinate: str, type_: Any) -> Any:
        """A value for one leaf: something that is in the shop, most of the time."""
        named: GraphQLNamedType = getattr(type_, "of_type", type_)
        if isinstance(named, GraphQLEnumType):
            return rng.choice(list(named.values))
        words = coordinate.lower()
        kind = next((it for it in ("slug", "sku", "number", "tag") if it in words), "id")
        if named.name == "String" and kind != "id" and rng.random() < 0.9:
            return rng.choice(self.samples[kind])
        if named.name == "ID":
            return self._id(rng, coordinate)
        return (
            rng.choice(OF_SCALAR[named.name]) if named.name in OF_SCALAR else any_leaf(rng, coordinate, named)
        )

    def _id(self, rng: Random, coordinate: str) -> str:
        """An id, nearly always one of the type that the coordinate seems to want."""
        ids = self.samples["id"]
        wanted = [it for it in ids if split_global_id(it)[0].lower() in coordinate.lower()]
        return rng.choice(wanted or ids) if rng.random() < 0.95 else rng.choice([*ids, "garbage"])


async def open_shop(connections: Connections) -> Shop:
    """The shop over the real databases' data, with ids, slugs and cursors to ask for."""
    manager, customer = [
        await find_by_email(connections.users, f"{name}@example.com") for name in ("manager", "customer")
    ]
    assert manager is not None
    assert customer is not None
    staff = viewer(manager.id, [Role.MANAGER])
    shop = Shop(
        schema=core_schema(build_schema()),
        connections=remembering(connections),
        viewers=[
            staff,
            staff,
            viewer(customer.id, [Role.CUSTOMER]),
            viewer(customer.id, [Role.CUSTOMER]),
            GUEST,
        ],
    )
    context = request_context(shop.connections, staff, cart_token=None)
    result: Any = execute(shop.schema, parse(EVERYTHING), context_value=context)
    result = await result
    assert result.errors is None, result.errors
    _collect(result.data, shop.samples)
    return shop


def _collect(data: Any, samples: dict[str, list[str]]) -> None:
    """The values of every field by its name."""
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, str):
                samples.setdefault(name, []).append(value)
            elif name == "tags":
                samples.setdefault("tag", []).extend(value)
            else:
                _collect(value, samples)
    elif isinstance(data, list):
        for item in data:
            _collect(item, samples)
