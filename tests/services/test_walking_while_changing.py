"""Walking any connection while rows come and go: what stands throughout is met once, in every order, both ways.

The lists of products and what hangs on them are walked in `products/test_walking_while_changing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from sqlalchemy import insert

from datasources.users.tables import customer_loyalty
from gateway.schema import build_schema, core_schema
from resolvers.permissions import Role
from resolvers.relay import split_global_id
from tests.services import passers
from tests.services.asking import Asker
from tests.services.passers import OWNER, USERS, Source
from tests.services.scratch import scratch_database
from tests.services.shops import scratch_shop
from tests.services.users.people import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers

STANDING = 60
SIZE = 7

# A list's rows, and the orders that it can be asked for: None where it has its own alone.
SOURCES: dict[str, tuple[Source, tuple[str | None, ...]]] = {
    "Query.users": (USERS, ("NEWEST", "OLDEST", "EMAIL_ASC", "EMAIL_DESC")),
    "Query.auditLog": (passers.AUDIT, (None,)),
    "Query.orders": (passers.ORDERS, ("NEWEST", "OLDEST", "TOTAL_DESC", "TOTAL_ASC")),
    "Query.coupons": (passers.COUPONS, (None,)),
    "Query.payments": (passers.PAYMENTS, (None,)),
    "Query.refunds": (passers.REFUNDS, (None,)),
    "Query.warehouses": (passers.WAREHOUSES, (None,)),
    "Query.inventoryItems": (passers.ITEMS, (None,)),
    "Query.stockMovements": (passers.MOVEMENTS, (None,)),
    "Query.stockAlerts": (passers.ALERTS, (None,)),
    "Query.stockAdjustments": (passers.ADJUSTMENTS, (None,)),
    "Query.reviews": (passers.REVIEWS, ("NEWEST", "OLDEST", "MOST_REPORTED")),
    "User.orders": (passers.ORDERS, (None,)),
    "User.payments": (passers.PAYMENTS, (None,)),
    "User.reviews": (passers.REVIEWS, (None,)),
    "User.notifications": (passers.NOTIFICATIONS, (None,)),
    "Loyalty.ledger": (passers.LEDGER, (None,)),
}
WALKS = [(name, order) for name, (_, orders) in SOURCES.items() for order in orders]

# Walked in `products/test_walking_while_changing.py`, in every order that the product database knows.
ELSEWHERE = {"Query.products", "Query.brands", "Category.products", "Brand.products", "Product.reviews"}

ROADS = {"Query": "{ %s }", "User": "{ me { %s } }", "Loyalty": "{ me { loyalty { %s } } }"}
ARGUMENTS = {"MOST_REPORTED": "where: {isReported: true}"}
PAGE = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.fixture(scope="module")
async def asker(servers: EmbeddedServers) -> AsyncIterator[Asker]:
    """The schema over databases in which there is one user and nothing else."""
    async with (
        scratch_shop(servers.urls) as shop,
        scratch_database(servers.urls, "users") as users,
        scratch_database(servers.urls, "orders") as orders,
        scratch_database(servers.urls, "payments") as payments,
    ):
        whole = replace(shop, users=users, orders=orders, payments=payments)
        await USERS.insert(whole, [{"id": OWNER, "email": "m@example.com", "created_at": START}])
        async with users.transaction() as transaction:
            await transaction.execute(insert(customer_loyalty), [{"user_id": OWNER}])
        yield Asker(schema=build_schema(), connections=whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A connection in one of its orders, as its owner sees it, who is an administrator."""

    asker: Asker
    name: str
    order: str | None

    async def page(self, window: str) -> dict[str, Any]:
        """What these paging arguments give."""
        parent, _, connection = self.name.partition(".")
        order = f"orderBy: {self.order} {ARGUMENTS.get(self.order, '')}" if self.order else ""
        query = ROADS[parent] % f"{connection}({window} {order}) {{ {PAGE} }}"
        answer = await self.asker.ask(query, as_=OWNER, role=Role.ADMIN)
        assert answer.errors == []
        found = answer.data
        while connection not in found:
            [found] = found.values()
        page: dict[str, Any] = found[connection]
        return page

    async def whole(self) -> list[str]:
        """All of it in one page, which takes no cursor."""
        page = await self.page("first: 100")
        assert not page["pageInfo"]["hasNextPage"]
        return [node["id"] for node in page["nodes"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passers:
    """Rows that come and go, all over a list, as alike as those that stand are to each other."""

    shop: Connections
    source: Source
    rng: Random
    there: dict[str, Any] = field(default_factory=dict)

    async def come(self, count: int) -> None:
        """So many more."""
        made = [self.source.make(self.rng) for _ in range(count)]
        self.there.update({str(self.source.key(row)): self.source.key(row) for row in made})
        await self.source.insert(self.shop, made)

    async def go(self, *keys: str) -> None:
        """Those of these that are passers go."""
        gone = [self.there.pop(key) for key in keys if key in self.there]
        await self.source.delete(self.shop, gone)

    async def change(self, last_met: str) -> None:
        """Three come, one goes, and so does the one at which the walker stands."""
        await self.come(3)
        await self.go(self.rng.choice([*self.there]), split_global_id(last_met)[1])


async def walk(walked: List, passing: Passers, *, backwards: bool) -> list[str]:
    """What is met, nothing twice, in the order in which it is met, while passers come and go after every page."""
    met: list[str] = []
    size, position, cursor, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backwards
        else ("first", "after", "endCursor", "hasNextPage")
    )
    window = f"{size}: {SIZE}"
    while True:
        page = await walked.page(window)
        ids = [node["id"] for node in page["nodes"]]
        assert not {*ids} & {*met}, "Some are met again."
        met += reversed(ids) if backwards else ids
        if not page["pageInfo"][more]:
            return met
        window = f'{size}: {SIZE}, {position}: "{page["pageInfo"][cursor]}"'
        await passing.change(met[-1])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("name", "order"), WALKS)
async def test_what_stands_is_met_once(asker: Asker, name: str, order: str | None, backwards: bool) -> None:
    source, _ = SOURCES[name]
    rng = Random(f"{name} {order} {backwards}")  # noqa: S311  # nothing secret
    standing, passing = (Passers(shop=asker.connections, source=source, rng=rng) for _ in range(2))
    walked = List(asker=asker, name=name, order=order)
    try:
        await standing.come(STANDING)
        stood = await walked.whole()
        assert len(stood) > STANDING / 3
        await passing.come(STANDING // 3)
        met = await walk(walked, passing, backwards=backwards)
        assert [it for it in met if it in stood] == (stood[::-1] if backwards else stood)
        assert len(met) > len(stood), "No passer was met."
    finally:
        await passing.go(*passing.there)
        await standing.go(*standing.there)


def test_every_connection_is_walked_in_every_order() -> None:
    walked = {*WALKS, *((name, None) for name in ELSEWHERE)}
    found = {
        (name, order)
        for name, orders in _connections().items()
        for order in ((None,) if name in ELSEWHERE else orders)
    }
    assert found == walked


def _connections() -> dict[str, tuple[str | None, ...]]:
    """The fields of the schema that give a connection, with the orders that each can be asked for."""
    return {
        f"{parent.name}.{name}": _orders(given.args["orderBy"].type) if "orderBy" in given.args else (None,)
        for parent in core_schema(build_schema()).type_map.values()
        if isinstance(parent, GraphQLObjectType)
        for name, given in parent.fields.items()
        if isinstance(page := get_named_type(given.type), GraphQLObjectType) and "pageInfo" in page.fields
    }


def _orders(argument: Any) -> tuple[str, ...]:
    enum = get_named_type(argument)
    assert isinstance(enum, GraphQLEnumType)
    return tuple(enum.values)
