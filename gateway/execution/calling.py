"""How a field's resolver is called: what Strawberry would do around it at each call, worked out once for a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.types.field import StrawberryField

from gateway.execution.inputs import Arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import strawberry
    from graphql import FieldNode, GraphQLField

    from gateway.execution.requests import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The function behind a field that has nothing around it, and what of a call it wants to know."""

    function: Any
    takes_self: bool
    names_of_source: tuple[str, ...]
    name_of_info: str | None


class Resolver:
    """The resolver of one field of an operation, with its arguments."""

    __slots__ = ("_calling", "_field", "_function", "arguments")

    def __init__(self, definition: GraphQLField, node: FieldNode, field: StrawberryField | None) -> None:
        """Prepare for a field's first place in the document; all places have the same arguments (section 5.3.2)."""
        self.arguments = Arguments(definition, node)
        self._field = field
        self._function = definition.resolve
        self._calling = None if field is None else _calling_of(field)

    def bind(self, request: Request, slot: Any) -> Callable[[Any], Any]:
        """The resolver for one request: it takes a parent and gives a value, or an awaitable of one.

        Raises:
            GraphQLError: a variable does not fit an argument.
        """
        if self._calling is not None and not _handles_exceptions(request.strawberry):
            return self._bind_function(self._calling, request, slot)
        arguments, info = self.arguments.coerced(request.variables), request.info(slot)
        resolve = self._function
        if resolve is None:
            # A field without a resolver is an attribute, whoever made the schema.
            return lambda source: getattr(source, info.field_name)
        return lambda source: resolve(source, info, **arguments)

    def converted(self, request: Request) -> dict[str, Any]:
        """The arguments as Strawberry's resolvers get them.

        Raises:
            GraphQLError: a variable does not fit an argument.
        """
        if self._field is None:
            return {}
        return self.arguments.converted(request.variables, self._field, request.strawberry)

    def _bind_function(self, calling: Calling, request: Request, slot: Any) -> Callable[[Any], Any]:
        arguments = self.converted(request)
        if calling.name_of_info is not None:
            arguments[calling.name_of_info] = request.strawberry_info(slot)
        function, names = calling.function, calling.names_of_source
        if calling.takes_self:
            return lambda source: function(source, **arguments, **dict.fromkeys(names, source))
        return lambda source: function(**arguments, **dict.fromkeys(names, source))


def _calling_of(field: StrawberryField) -> Calling | None:
    resolver = field.base_resolver
    if resolver is None or field.extensions or type(field) is not StrawberryField:
        return None
    sources: Sequence[Any] = (resolver.parent_parameter, resolver.root_parameter)
    info = resolver.info_parameter
    return Calling(
        function=resolver.wrapped_func,
        takes_self=resolver.self_parameter is not None,
        names_of_source=tuple(parameter.name for parameter in sources if parameter is not None),
        name_of_info=None if info is None else info.name,
    )


def _handles_exceptions(schema: strawberry.Schema) -> bool:
    """Whether handlers stand around every resolver of a schema, which only Strawberry's own wrapper knows to ask."""
    return bool(schema.schema_converter._exception_handler_specs)  # noqa: SLF001  # there is no public way to know
