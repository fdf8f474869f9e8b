"""How variables and arguments become Python values: what can be known before a request is worked out once.

Values that are just what they should be take a short way. Whatever is not goes through graphql-core and Strawberry,
which coerce it or say what is wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    VariableNode,
    is_leaf_type,
    is_required_argument,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    get_argument_values,
    get_variable_values,
)
from strawberry.relay import GlobalID
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryMaybe

from gateway.execution.leaves import LARGEST_INT, SMALLEST_INT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import strawberry
    from graphql import (
        FieldNode,
        GraphQLArgument,
        GraphQLField,
        GraphQLSchema,
        OperationDefinitionNode,
        ValueNode,
    )
    from graphql.execution.get_variable_signature import GraphQLVariableSignature
    from strawberry.types.field import StrawberryField

MOST_ERRORS = 50

# What a value in JSON is when the built-in scalar of this name takes it as it is (October 2021, section 3.5).
_AS_IT_IS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: value.__class__ is str,
    "ID": lambda value: value.__class__ is str,
    "Boolean": lambda value: value.__class__ is bool,
    "Int": lambda value: value.__class__ is int and SMALLEST_INT <= value <= LARGEST_INT,
}


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._plain: list[tuple[str, GraphQLVariableSignature, Callable[[Any], bool]]] | None = []
        for definition in self._definitions:
            signature = get_variable_signature(schema, definition)
            check = None if isinstance(signature, GraphQLError) else _AS_IT_IS.get(_nullable_name(signature))
            if self._plain is not None and check is not None and not isinstance(signature, GraphQLError):
                self._plain.append((signature.name, signature, check))
            else:
                self._plain = None

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables' values, or what is wrong with what is given."""
        if self._plain is not None:
            sources: dict[str, VariableValueSource] = {}
            coerced: dict[str, Any] = {}
            for name, signature, is_as_it_is in self._plain:
                value = given.get(name)
                if not is_as_it_is(value):
                    break  # null, missing, or wrong
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = value
            else:
                return VariableValues(sources, coerced)
        return get_variable_values(self._schema, self._definitions, dict(given), max_errors=MOST_ERRORS)


def _nullable_name(signature: GraphQLVariableSignature) -> str:
    type_ = signature.type
    return str(type_.of_type if isinstance(type_, GraphQLNonNull) else type_)


class Arguments:
    """The arguments of one field of an operation."""

    __slots__ = ("_converters", "_definition", "_fixed", "_node", "_variable")

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        """Work out what does not depend on the request."""
        self._definition = definition
        self._node = node
        self._fixed: dict[str, Any] = {}
        self._variable: list[tuple[str, str, bool]] | None = []
        """The arguments that are variables, and whether they must have a value; None where it is not so simple."""
        self._converters: list[tuple[str, str, Callable[[Any], Any] | None]] | None = None
        given = {argument.name.value: argument for argument in node.arguments or ()}
        for name, argument in definition.args.items():
            value = given[name].value if name in given else None
            required = is_required_argument(argument)
            if isinstance(value, VariableNode) and (required or not _has_default(argument)):
                self._variable.append((name, value.name.value, required))
            elif value is not None and _holds_variable(value):
                self._variable = None
                return
            else:
                try:
                    coerce_argument(self._fixed, node, name, argument, given.get(name), None, None)
                except GraphQLError:
                    self._variable = None  # it is raised at each request, in the field's place
                    return

    def coerced(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments as graphql-core hands them to resolvers.

        Raises:
            GraphQLError: a variable does not fit.
        """
        if self._variable is None:
            return get_argument_values(self._definition, self._node, variables)
        arguments = self._fixed.copy()
        for name, variable, required in self._variable:
            value = variables.coerced.get(variable, Undefined)
            if required and (value is None or value is Undefined):
                return get_argument_values(self._definition, self._node, variables)  # says what is wrong
            if value is not Undefined:
                arguments[name] = value
        return arguments

    def converted(
        self, variables: VariableValues, field: StrawberryField, schema: strawberry.Schema
    ) -> dict[str, Any]:
        """The arguments as Strawberry hands them to resolvers: input types made, names in Python's spelling.

        Raises:
            GraphQLError: a variable does not fit.
        """
        if not field.arguments:
            return {}
        if self._converters is None:
            self._converters = _converters(self._definition, field, schema)
        arguments = self.coerced(variables)
        return {
            python_name: arguments[name] if convert is None else convert(arguments[name])
            for name, python_name, convert in self._converters
            if name in arguments
        }


def _has_default(argument: GraphQLArgument) -> bool:
    return argument.default is not None or argument.default_value is not Undefined


def _holds_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(map(_holds_variable, node.values))
    if isinstance(node, ObjectValueNode):
        return any(_holds_variable(field.value) for field in node.fields)
    return isinstance(node, VariableNode)


def _converters(
    definition: GraphQLField, field: StrawberryField, schema: strawberry.Schema
) -> list[tuple[str, str, Callable[[Any], Any] | None]]:
    """For each argument its name, its name in Python, and what makes the resolver's value of it, if anything has to."""
    converter = schema.schema_converter
    registry, config = converter.scalar_registry, converter.config

    def converts_to(type_: Any, name: str) -> Callable[[Any], Any]:
        return lambda value: convert_argument(value, type_, registry, config, path=(name,))

    found = []
    for argument in field.arguments:
        name = config.name_converter.from_argument(argument)
        type_ = definition.args[name].type
        nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        as_it_is = is_leaf_type(nullable) and argument.type is not GlobalID
        as_it_is = as_it_is and not isinstance(argument.type, StrawberryMaybe)
        found.append((name, argument.python_name, None if as_it_is else converts_to(argument.type, name)))
    return found
