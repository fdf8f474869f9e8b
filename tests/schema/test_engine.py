"""The compiled executor on the demo shop: every relation as graphql-core answers it, nothing left to it by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from graphql import get_named_type, is_leaf_type

from datasources.users.queries import find_by_email
from gateway.context import request_context
from gateway.execution import JSON_OPTIONS, Engine
from gateway.schema import build_schema, core_schema
from resolvers.permissions import Role, viewer
from tests.schema.test_budgets import ARGUMENTS, ROADS, ROADS_OF_RELATIONS, relations, road_to
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from graphql import ExecutionResult

    from datasources.core.connections import Connections
    from resolvers.context import Context

# What makes the parts of an object be read.
LEAVES = {
    "Money": "amount currencyCode",
    "PostalAddress": "city",
    "Rating": "average count distribution { stars count }",
    "StarCount": "stars count",
    "ProductImage": "url altText",
}


@pytest.fixture(scope="module")
def engines() -> tuple[Engine, Engine]:
    """An engine that compiles at once, and one that leaves everything to graphql-core."""
    schema = core_schema(build_schema())
    return Engine(schema, compile_after=0), Engine(schema, compile_after=10**9)


async def context_of(connections: Connections, email: str) -> Context:
    """A fresh context of a demo account."""
    account = await find_by_email(connections.users, email)
    assert account is not None
    roles = [Role(role) for role in account.roles]
    return request_context(connections, viewer(account.id, roles), cart_token=None)


def json_of(answer: ExecutionResult) -> bytes:
    """An answer's data as its client gets it, the order of the keys included."""
    return orjson.dumps(answer.data, option=JSON_OPTIONS)


@pytest.mark.parametrize(("parent", "name", "selected"), relations())
async def test_a_relation_is_the_same_as_graphql_cores(
    connections: Connections, engines: tuple[Engine, Engine], parent: str, name: str, selected: str
) -> None:
    road = ROADS_OF_RELATIONS.get(f"{parent}.{name}") or road_to(parent)
    field = f"{name}{ARGUMENTS.get(f'{parent}.{name}', '')} {selected}"
    query = f"query ($n: Int!) {{ {road % field} }}"
    compiled, core = engines
    surprises = compiled.surprises
    answers = [
        await engine.execute(
            query, context=await context_of(connections, "admin@example.com"), variables={"n": 20}
        )
        for engine in (compiled, core)
    ]
    assert answers[0].errors is None
    assert answers[1].errors is None
    assert json_of(answers[0]) == json_of(answers[1])
    assert compiled.surprises == surprises


def fields_by_type() -> dict[str, list[str]]:
    """For each type with a road to it, its fields without what has arguments, each with a selection of its own."""
    schema = core_schema(build_schema())
    return {
        name: [
            field
            if is_leaf_type(get_named_type(its.type))
            else f"{field} {{ __typename {LEAVES.get(get_named_type(its.type).name, '')} }}"
            for field, its in cast("Any", schema.type_map[name]).fields.items()
            if not its.args
        ]
        for name in ROADS
    }


@pytest.mark.parametrize("parent", ROADS)
async def test_each_field_alone_is_the_same_as_graphql_cores(
    connections: Connections, engines: tuple[Engine, Engine], parent: str
) -> None:
    """What an operation does not read is not asked for: then nothing that it does read may depend on it."""
    compiled, core = engines
    for field in fields_by_type()[parent]:
        query = f"query ($n: Int!) {{ {ROADS[parent] % field} }}"
        ours, theirs = [
            await engine.execute(
                query, context=await context_of(connections, "admin@example.com"), variables={"n": 20}
            )
            for engine in (compiled, core)
        ]
        assert ours.errors is None, field
        assert json_of(ours) == json_of(theirs), field


async def test_the_wide_query_is_the_same_as_graphql_cores(
    connections: Connections, engines: tuple[Engine, Engine]
) -> None:
    compiled, core = engines
    surprises = compiled.surprises
    answers = [
        await engine.execute(
            WIDE, context=await context_of(connections, "customer@example.com"), variables={"first": 50}
        )
        for engine in (compiled, core)
    ]
    assert answers[0].errors is None
    assert json_of(answers[0]) == json_of(answers[1])
    assert compiled.surprises == surprises
