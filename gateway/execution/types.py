"""Which object type a value of an interface or a union is: found once for each class of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLObjectType, GraphQLResolveInfo, default_type_resolver
from graphql.pyutils import is_awaitable

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLAbstractType, GraphQLSchema


class RuntimeTypes:
    """The runtime types of one schema. A class of values always stands for the same type, whatever the value."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._finders: dict[str, Callable[[Any], str | None]] = {}

    def of(self, abstract: GraphQLAbstractType) -> Callable[[Any], str | None]:
        """What tells the name of a value's type; None where graphql-core had better say what is wrong."""
        if abstract.name not in self._finders:
            self._finders[abstract.name] = _finder(self._schema, abstract)
        return self._finders[abstract.name]


def _finder(schema: GraphQLSchema, abstract: GraphQLAbstractType) -> Callable[[Any], str | None]:
    resolve = abstract.resolve_type or default_type_resolver
    nothing = cast("Any", None)
    # Type resolution may look at the schema, and at nothing of a request.
    info: GraphQLResolveInfo[Any] = GraphQLResolveInfo(
        field_name="",
        field_nodes=[],
        return_type=nothing,
        parent_type=nothing,
        path=nothing,
        schema=schema,
        fragments={},
        root_value=None,
        operation=nothing,
        variable_values=nothing,
        context=None,
        is_awaitable=is_awaitable,
        abort_signal=None,
        async_helpers=nothing,
    )
    names: dict[type, str] = {}

    def find(value: Any) -> str | None:
        name = names.get(value.__class__)
        if name is None:
            found = resolve(value, info, abstract)
            type_ = schema.get_type(found) if isinstance(found, str) else None
            if not isinstance(type_, GraphQLObjectType) or not schema.is_sub_type(abstract, type_):
                return None
            name = names[value.__class__] = type_.name
        return name

    return find
