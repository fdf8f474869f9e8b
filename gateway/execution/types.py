"""Which object type a value of an interface or a union is: found once for each class of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLObjectType, GraphQLResolveInfo, default_type_resolver
from graphql.pyutils import is_awaitable

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLAbstractType, GraphQLSchema


class RuntimeTypes:
    """The runtime types of one schema."""

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
    lasting = _decided_by_class(schema, abstract)

    def find(value: Any) -> str | None:
        name = names.get(value.__class__)
        if name is None:
            found = resolve(value, info, abstract)
            type_ = schema.get_type(found) if isinstance(found, str) else None
            if not isinstance(type_, GraphQLObjectType) or not schema.is_sub_type(abstract, type_):
                return None
            name = type_.name
            if lasting:
                names[value.__class__] = name
        return name

    return find


def _decided_by_class(schema: GraphQLSchema, abstract: GraphQLAbstractType) -> bool:
    """Whether a class of values always stands for the same type: no function of somebody's own looks at the value."""
    types = (abstract, *schema.get_possible_types(abstract))
    return not any(_looks_at_values(type_.extensions.get("strawberry-definition")) for type_ in types)


def _looks_at_values(definition: Any) -> bool:
    own = getattr(definition, "is_type_of", None)
    return getattr(definition, "resolve_type", None) is not None or (
        own is not None and not hasattr(own, "record")
    )
