"""Every mutation and every field for staff declares its permission, the schema shows it, and a refusal names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from gateway.execution.plans import strawberry_field
from gateway.schema import build_schema, core_schema, print_sdl
from resolvers.permissions import (
    ADMINISTRATION,
    GRANTED_TO_ACCOUNTS,
    GRANTED_TO_ALL,
    PERMISSIONS,
    Permission,
    Role,
    viewer,
)
from resolvers.relay import global_id
from resolvers.requirements import REQUIREMENT
from tests.schema.test_budgets import ARGUMENTS

if TYPE_CHECKING:
    from graphql import GraphQLField, GraphQLInputType

    from tests.client import GraphQLClient

SCHEMA = core_schema(build_schema())
SDL = print_sdl(build_schema())
NOBODY = "00000000-0000-4000-8000-000000000000"


def object_type(name: str) -> GraphQLObjectType:
    """An object type of the schema."""
    return cast("GraphQLObjectType", SCHEMA.type_map[name])


MUTATIONS = object_type("Mutation").fields


def declared(field: GraphQLField) -> Permission | None:
    """The permission that a field declares."""
    definition = strawberry_field(field)
    return None if definition is None else definition.metadata.get(REQUIREMENT)


def sample(type_: GraphQLInputType, name: str) -> Any:
    """A value that an input of this type may have."""
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLInputObjectType):
        return {
            key: sample(field.type, key)
            for key, field in inner.fields.items()
            if is_required_input_field(field)
        }
    if isinstance(inner, GraphQLEnumType):
        return next(iter(inner.values))
    if isinstance(inner, GraphQLList):
        return []
    if inner == SCHEMA.type_map["ID"]:
        return global_id({"addressId": "Address", "sessionId": "Session"}.get(name, "User"), NOBODY)
    samples: dict[str, Any] = {"Int": 1, "Decimal": "1", "DateTime": "2026-01-31T12:00:00Z"}
    return samples.get(get_named_type(inner).name, "x")


def selection(field: GraphQLField) -> str:
    """As little of a field as can be selected."""
    return "{ __typename }" if is_composite_type(get_named_type(field.type)) else ""


def operation(name: str) -> tuple[str, dict[str, Any]]:
    """A mutation with an input that has what it must have."""
    field = MUTATIONS[name]
    if "input" not in field.args:
        return f"mutation {{ {name} {selection(field)} }}", {}
    type_ = field.args["input"].type
    query = f"mutation ($input: {type_}) {{ {name}(input: $input) {selection(field)} }}"
    return query, {"input": sample(type_, "input")}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_declares_a_permission_and_the_schema_shows_it(name: str) -> None:
    field = MUTATIONS[name]
    permission = declared(field)
    assert isinstance(permission, Permission), f"{name} is not made with resolvers.mutations.mutation."
    assert f'@requires(permission: "{permission.value}")' in line_of(name)
    if permission not in GRANTED_TO_ALL | GRANTED_TO_ACCOUNTS:
        assert f"Needs the permission {permission.value}." in (field.description or "")


def line_of(name: str) -> str:
    """The end of a mutation's definition in the exported schema."""
    definition = SDL[SDL.index("\ntype Mutation {") :]
    begin = min(
        position
        for position in (definition.find(f"\n  {name}("), definition.find(f"\n  {name}:"))
        if position > 0
    )
    return definition[begin : definition.index("@requires", begin) + 60].partition("\n\n")[0]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_of_the_pattern(name: str) -> None:
    field = MUTATIONS[name]
    pascal = name[0].upper() + name[1:]
    assert set(field.args) <= {"input"}
    for argument in field.args.values():
        assert str(argument.type) == f"{pascal}Input!"
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    assert str(field.type) == f"{pascal}Payload"  # nullable, so that a refusal spares the others
    errors = payload.fields["userErrors"]
    assert str(errors.type) == f"[{pascal}Error!]!"
    union = get_named_type(errors.type)
    assert isinstance(union, GraphQLUnionType)
    interface = cast("GraphQLInterfaceType", SCHEMA.type_map["UserError"])
    assert all(interface in member.interfaces for member in union.types)
    rest = [it for key, it in payload.fields.items() if key != "userErrors"]
    assert rest
    assert not any(isinstance(it.type, GraphQLNonNull) for it in rest)


def test_every_user_error_is_some_mutations() -> None:
    interface = cast("GraphQLInterfaceType", SCHEMA.type_map["UserError"])
    unions = [it for it in SCHEMA.type_map.values() if isinstance(it, GraphQLUnionType)]
    told = {member for union in unions for member in union.types}
    assert set(SCHEMA.get_possible_types(interface)) <= told


def lacking() -> list[tuple[str, Permission, str | None]]:
    """Each mutation with its permission, and somebody who lacks it; who may do it is what tests/mutations are about."""
    roles: dict[str | None, Role] = {None: Role.GUEST, "customer": Role.CUSTOMER, "manager": Role.MANAGER}
    found = []
    for name, field in MUTATIONS.items():
        permission = declared(field)
        assert permission is not None
        for as_, role in roles.items():
            held = PERMISSIONS[role] | GRANTED_TO_ALL | (GRANTED_TO_ACCOUNTS if as_ else frozenset())
            if permission not in held:
                found.append((name, permission, as_))
    return found


@pytest.mark.parametrize(("name", "permission", "as_"), lacking())
async def test_who_lacks_a_mutations_permission_is_refused_and_told_which(
    client: GraphQLClient, name: str, permission: Permission, as_: str | None
) -> None:
    query, variables = operation(name)
    for _ in range(2):  # by graphql-core, and compiled
        answer = await client.ask(query, variables, as_=as_)
        code = "UNAUTHENTICATED" if permission is Permission.AUTHENTICATED else "FORBIDDEN"
        assert [error["extensions"] for error in answer.errors] == [
            {"code": code, "permission": permission.value}
        ]
        assert permission.value in answer.errors[0]["message"]
        assert answer.data == {name: None}
        assert answer.calls == {}


async def test_a_refused_mutation_spares_the_others_of_its_request(client: GraphQLClient) -> None:
    query = """
    mutation {
      first: updatePreferences(input: {theme: DARK}) { preferences { theme } }
      assignRole(input: {userId: "x", role: ADMIN}) { userErrors { __typename } }
      last: updatePreferences(input: {theme: LIGHT}) { preferences { theme } }
    }
    """
    for _ in range(2):  # by graphql-core, and compiled
        answer = await client.ask(query, as_="customer")
        assert answer.data == {
            "first": {"preferences": {"theme": "DARK"}},
            "assignRole": None,
            "last": {"preferences": {"theme": "LIGHT"}},
        }
        assert answer.codes() == {"FORBIDDEN"}


def fields_to_try() -> list[tuple[str, str, str]]:
    """Every field of the root and of a user: its type, its name, and a query for it."""
    found = []
    for name, field in object_type("Query").fields.items():
        given = ", ".join(
            f"{key}: {'[]' if isinstance(get_nullable_type(it.type), GraphQLList) else _quoted(key)}"
            for key, it in field.args.items()
            if is_required_argument(it)
        )
        found.append(("Query", name, f"{{ {name}{f'({given})' if given else ''} {selection(field)} }}"))
    for name, field in object_type("User").fields.items():
        arguments = ARGUMENTS.get(f"User.{name}", "")
        found.append(("User", name, f"{{ me {{ {name}{arguments} {selection(field)} }} }}"))
    return found


def _quoted(argument: str) -> str:
    return {"id": f'"{global_id("User", NOBODY)}"', "prefix": '"a"'}[argument]


@pytest.mark.parametrize(("type_name", "name", "query"), fields_to_try())
async def test_a_field_that_refuses_a_customer_declares_its_permission(
    client: GraphQLClient, type_name: str, name: str, query: str
) -> None:
    permission = declared(object_type(type_name).fields[name])
    answer = await client.ask(query, as_="customer")
    refused = [
        error["extensions"]["permission"] for error in answer.errors if "permission" in error["extensions"]
    ]
    assert refused == ([] if permission is None else [permission.value])


def test_roles_hold_what_the_table_says() -> None:
    assert viewer(None, [Role.GUEST]).permissions == GRANTED_TO_ALL
    assert not any(PERMISSIONS[role] for role in (Role.CUSTOMER, Role.GUEST))
    assert PERMISSIONS[Role.MANAGER].isdisjoint(ADMINISTRATION)
    assert PERMISSIONS[Role.ADMIN] > PERMISSIONS[Role.MANAGER]
    assert PERMISSIONS[Role.ADMIN] | GRANTED_TO_ACCOUNTS == set(Permission)
