"""Builds the schema, and prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from resolvers.root import NODE_TYPES, Mutation, Query
from resolvers.scalars import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql import GraphQLArgument, GraphQLInputField


DESCRIPTION = (
    "An online shop: its catalogue, stock, carts, orders, payments, customers and notifications. Ids are global and "
    "opaque, lists are Relay connections, and errors carry `extensions.code`."
)


def build_schema() -> strawberry.Schema:
    """The schema of the whole shop."""
    schema = strawberry.Schema(Query, Mutation, types=NODE_TYPES, config=StrawberryConfig(scalar_map=SCALARS))
    core_schema(schema).description = DESCRIPTION
    _forget_null_defaults(core_schema(schema))
    return schema


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema behind Strawberry's."""
    return schema._schema  # noqa: SLF001  # Strawberry keeps it to itself, and executing needs it


def print_sdl(schema: strawberry.Schema) -> str:
    """The schema in GraphQL's schema definition language, as `schema.graphql` holds it."""
    return print_schema(schema).rstrip() + "\n"


def _forget_null_defaults(schema: GraphQLSchema) -> None:
    """Leave optional inputs without a default: a resolver's own None says the same, and the schema reads better."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            _without_null_defaults(type_.fields.values())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field in type_.fields.values():
                _without_null_defaults(field.args.values())


def _without_null_defaults(inputs: Iterable[GraphQLArgument | GraphQLInputField]) -> None:
    for it in inputs:
        if it.default_value is None:
            it.default_value = Undefined
