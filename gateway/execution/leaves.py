"""How a leaf becomes JSON on the fast path: a check that the value is exactly what it should be, and an expression."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from graphql import GraphQLEnumType
from strawberry.types.enum import StrawberryEnumDefinition

from datasources.core.document_values import DOCUMENTS_UTC
from resolvers.scalars import serialize_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLLeafType

SMALLEST_INT, LARGEST_INT = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf type in generated source.

    `wrong` is a condition on `{v}` that is true where the value is not exactly of the expected class: such an entry
    is left to graphql-core, which coerces it or says what is wrong. It is None where `json` raises by itself. `json`
    turns a value that is into what orjson takes for JSON, or is None where the value is that already. Both may name the
    constant `{c}`.
    """

    wrong: str | None
    json: str | None = None
    constant: Any = None


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """How values of this type are checked and serialised; a type that is not known goes through its own function."""
    if isinstance(type_, GraphQLEnumType):
        return Leaf(wrong=None, json="{c}[{v}]", constant=_names(type_))
    if type_.coerce_output_value is serialize_time:
        return _TIME
    known = _KNOWN.get(type_.name)
    if known is not None:
        return known
    return Leaf(wrong="{v} is None", json="{c}({v})", constant=_checked(type_.coerce_output_value))


def _names(type_: GraphQLEnumType) -> dict[Any, str]:
    """The name of each value: records carry the database's word, other resolvers may give the enum's member."""
    names = {item.value: name for name, item in type_.values.items()}
    definition = type_.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryEnumDefinition):
        members: list[Any] = list(definition.wrapped_cls)
        names |= {member: member.name for member in members if member.name in type_.values}
    return names


def _checked(serialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The type's own function, refusing what graphql-core would refuse."""

    def call(value: Any) -> Any:
        coerced = serialize(value)
        if coerced is None or isinstance(value, Exception):
            raise TypeError
        return coerced

    return call


_TEXT = Leaf(wrong="{v}.__class__ is not str")

# The zones that times come with from the databases.
UTC_ZONES = frozenset({UTC, DOCUMENTS_UTC})

# orjson writes a time in UTC as `serialize_time` does, and ten times as fast.
_TIME = Leaf(
    wrong="{v}.__class__ is not datetime",
    json="{v} if {v}.tzinfo in UTC_ZONES else {c}({v})",
    constant=serialize_time,
)

_KNOWN = {
    "String": _TEXT,
    "ID": _TEXT,
    "EmailAddress": _TEXT,
    "CurrencyCode": _TEXT,
    "URL": _TEXT,
    "Boolean": Leaf(wrong="{v} is not True and {v} is not False"),
    "Int": Leaf(wrong=f"{{v}}.__class__ is not int or not {SMALLEST_INT} <= {{v}} <= {LARGEST_INT}"),
    "Decimal": Leaf(wrong="{v}.__class__ is not {c}", json="str({v})", constant=Decimal),
    "Float": Leaf(
        wrong="{v}.__class__ is not float or not -1.7976931348623157e308 <= {v} <= 1.7976931348623157e308"
    ),
}
