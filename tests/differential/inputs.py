"""Random arguments: literals, variables of every nullability with defaults, and what a request sends for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_nullable_type,
    is_non_null_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from graphql import GraphQLArgument, GraphQLField, GraphQLInputType, GraphQLNamedType

    # All arguments of one call of a field ("Query.product"), as a request would send them; None to choose at random.
    Arguments: TypeAlias = Callable[[Random, str, GraphQLField], Mapping[str, Any] | None]
    # A value for one leaf: the coordinate ("Query.product(slug:)", "ProductWhere.tagIn") and its scalar or enum.
    Leaf: TypeAlias = Callable[[Random, str, GraphQLNamedType], Any]

_BOOLEAN = GraphQLNonNull(GraphQLBoolean)

WORDS = ("", "a", "Zoë", 'say "x"', "line\nbreak", "blue", "100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How often something is done, from 0 to 1."""

    optional_argument: float = 0.4
    variable: float = 0.4
    reused_variable: float = 0.3
    default: float = 0.4
    omitted: float = 0.4
    null: float = 0.1
    bad_value: float = 0.004
    optional_input_field: float = 0.3


def any_leaf(rng: Random, coordinate: str, type_: GraphQLNamedType) -> Any:
    """A value for one of the specified scalars, or for an enum."""
    if isinstance(type_, GraphQLEnumType):
        return rng.choice(list(type_.values))
    choices = {
        "Int": (0, 1, 2, 3, -7, 2_147_483_647),
        "Float": (0, 1, 0.5, -2.25e3),
        "Boolean": (True, False),
        "ID": ("1", "2", "x", 3),
        "String": WORDS,
    }
    return rng.choice(choices[type_.name])


@dataclass(slots=True)
class Inputs:
    """The variables of one operation, collected while its arguments are written."""

    rng: Random
    arguments: Arguments
    leaf: Leaf
    chances: Chances = field(default_factory=Chances)
    declared: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    _by_type: dict[str, list[str]] = field(default_factory=dict)

    def written_arguments(self, coordinate: str, called: GraphQLField) -> str:
        """The arguments of a field in parentheses, or nothing."""
        chosen = self.arguments(self.rng, coordinate, called)
        if chosen is None:
            chosen = {
                name: self.any_value(f"{coordinate}({name}:)", argument.type)
                for name, argument in called.args.items()
                if _required(argument) or self._chance(self.chances.optional_argument)
            }
        if not chosen:
            return ""
        written = [
            f"{name}: {self._write(value, called.args[name].type, called.args[name].default_value is not Undefined)}"
            for name, value in self._shuffled(chosen.items())
        ]
        return f"({', '.join(written)})"

    def boolean(self) -> str:
        """A condition of @skip or @include."""
        return self._write(self.rng.random() < 0.5, _BOOLEAN, False)

    def declarations(self) -> str:
        """The operation's variable definitions in parentheses, or nothing."""
        written = ", ".join(f"${name}: {rest}" for name, rest in self.declared.items())
        return f"({written})" if written else ""

    def any_value(self, coordinate: str, type_: GraphQLInputType) -> Any:
        """A random value that the type accepts, as JSON has it."""
        if isinstance(type_, GraphQLNonNull):
            return self.any_value(coordinate, type_.of_type)
        if isinstance(type_, GraphQLList):
            if self._chance(0.1):
                return self.any_value(coordinate, type_.of_type)  # a single item is coerced to a list of one
            items = [self.any_value(coordinate, type_.of_type) for _ in range(self.rng.randint(0, 3))]
            nullable = not isinstance(type_.of_type, GraphQLNonNull)
            return [None if nullable and self._chance(self.chances.null) else item for item in items]
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self.any_value(f"{type_.name}.{name}", it.type)
                for name, it in self._shuffled(type_.fields.items())
                if _required(it) or self._chance(self.chances.optional_input_field)
            }
        return self.leaf(self.rng, coordinate, type_)

    def _write(self, value: Any, type_: GraphQLInputType, has_default: bool) -> str:
        """A value as GraphQL writes it: as it is, or with variables in its place or somewhere within."""
        if value is None:
            return "null"
        if self._chance(self.chances.variable):
            return self._variable(value, type_, has_default)
        return self._literal(value, get_nullable_type(type_))

    def _literal(self, value: Any, type_: Any) -> str:
        if isinstance(type_, GraphQLList):
            if not isinstance(value, list):
                return self._literal(value, get_nullable_type(type_.of_type))
            items = (
                self._write(item, type_.of_type, False)
                if self._chance(0.3)
                else "null"
                if item is None
                else self._literal(item, get_nullable_type(type_.of_type))
                for item in value
            )
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
            fields = (
                f"{name}: {self._write(it, type_.fields[name].type, type_.fields[name].default_value is not Undefined)}"
                for name, it in value.items()
            )
            return f"{{{', '.join(fields)}}}"
        return _plain(value, is_enum=isinstance(type_, GraphQLEnumType))

    def _variable(self, value: Any, type_: GraphQLInputType, has_default: bool) -> str:
        """A variable with this value: of the position's type, a stricter one, or a laxer one with a default."""
        nullable = get_nullable_type(type_)
        text = str(nullable)
        known = self._by_type.get(f"{text}{is_non_null_type(type_)}", [])
        if known and self._chance(self.chances.reused_variable):
            return f"${self.rng.choice(known)}"
        name = f"v{len(self.declared) + 1}"
        strict = self._chance(0.3)
        default = "" if strict or not self._chance(self.chances.default) else self._default(value, nullable)
        if is_non_null_type(type_) and not default and not has_default:
            strict = True
        self.declared[name] = f"{text}{'!' if strict else ''}{default}"
        if not strict and self._chance(self.chances.null):
            self.values[name] = None  # an error where the position needs a value although there is a default
        elif self._chance(self.chances.bad_value):
            self.values[name] = {"no": "such value"}
        elif strict or not self._chance(self.chances.omitted if default else self.chances.omitted / 2):
            self.values[name] = value
        self._by_type.setdefault(f"{text}{is_non_null_type(type_)}", []).append(name)
        return f"${name}"

    def _default(self, value: Any, type_: Any) -> str:
        return f" = {_constant(value, type_)}"

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _shuffled(self, items: Any) -> list[Any]:
        listed = list(items)
        self.rng.shuffle(listed)
        return listed


def _required(it: GraphQLArgument | Any) -> bool:
    return is_non_null_type(it.type) and it.default_value is Undefined


def _constant(value: Any, type_: Any) -> str:
    """A value as GraphQL writes it, without variables."""
    type_ = get_nullable_type(type_)
    if isinstance(type_, GraphQLList):
        if not isinstance(value, list):
            return _constant(value, type_.of_type)
        return f"[{', '.join(_constant(item, type_.of_type) for item in value)}]"
    if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_constant(it, type_.fields[name].type)}' for name, it in value.items())}}}"
    return _plain(value, is_enum=isinstance(type_, GraphQLEnumType))


def _plain(value: Any, *, is_enum: bool) -> str:
    if is_enum and isinstance(value, str):
        return value
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_plain(it, is_enum=False)}' for key, it in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_plain(item, is_enum=False) for item in value)}]"
    return json.dumps(value)
