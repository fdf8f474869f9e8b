"""What a document may ask for: checked on its text and shape before validation, and on its size before it runs.

Every check looks at each fragment once, however often it is spread, so that the limits are no attack themselves.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.language import FragmentDefinitionNode, OperationDefinitionNode

from datasources.core.paging import DEFAULT_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DocumentNode, GraphQLField, GraphQLSchema, SelectionSetNode

# What is larger than any honest client needs: validation costs up to the square of some of these.
MOST_FIELDS = 1_500
MOST_ROOT_FIELDS = 40
MOST_SPREADS = 150
MOST_REPETITIONS = 20
MOST_DEPTH = 24

# The most objects that an operation may answer with, as estimated; some 40 bytes of JSON each, at the least.
MOST_OBJECTS = 50_000

TOO_LARGE = {"code": "OPERATION_TOO_LARGE"}

# How many items a list that is not paged is taken to have.
UNPAGED = 10


def check_shape(node: DocumentNode) -> None:
    """Refuse a document that would take long to validate, whatever it asks for.

    Raises:
        GraphQLError: which limit it passes.
    """
    fields = spreads = 0
    for definition in node.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        own_fields, own_spreads = _count(definition.selection_set)
        fields, spreads = fields + own_fields, spreads + own_spreads
        if isinstance(definition, OperationDefinitionNode):
            _check(
                len(definition.selection_set.selections),
                MOST_ROOT_FIELDS,
                "fields at the root of an operation",
            )
    _check(fields, MOST_FIELDS, "fields")
    _check(spreads, MOST_SPREADS, "fragment spreads")


class Sizes:
    """How large a valid document's operations may get, in objects."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def check(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
        """Refuse an operation that could answer with more objects, or go deeper, than anybody can want at once.

        Raises:
            GraphQLError: with the estimate and the limit.
        """
        root = self._schema.get_root_type(operation.operation)
        known: dict[str, tuple[int, int]] = {}
        objects, depth = self._measure(operation.selection_set, root, variables, known)
        if depth > MOST_DEPTH:
            message = f"The operation nests objects {depth} deep; at most {MOST_DEPTH} are allowed."
            raise GraphQLError(message, operation, extensions=TOO_LARGE)
        if objects > MOST_OBJECTS:
            message = (
                f"The operation could answer with about {objects:,} objects; at most {MOST_OBJECTS:,} are allowed. "
                "Ask for fewer items at a time (first, last), or for less below them."
            )
            raise GraphQLError(message, operation, extensions=TOO_LARGE)

    def _measure(
        self,
        selections: SelectionSetNode,
        parent: Any,
        variables: Mapping[str, Any],
        known: dict[str, tuple[int, int]],
    ) -> tuple[int, int]:
        """The objects below one object of the parent's type, and how deep they go."""
        objects = depth = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                below, deeper = self._measure_field(selection, parent, variables, known)
            elif isinstance(selection, InlineFragmentNode):
                type_ = parent
                if selection.type_condition is not None:
                    type_ = self._schema.get_type(selection.type_condition.name.value)
                below, deeper = self._measure(selection.selection_set, type_, variables, known)
            else:
                below, deeper = self._measure_spread(selection, variables, known)
            objects, depth = objects + below, max(depth, deeper)
        return objects, depth

    def _measure_spread(
        self,
        spread: Any,
        variables: Mapping[str, Any],
        known: dict[str, tuple[int, int]],
    ) -> tuple[int, int]:
        fragment = self._fragments[spread.name.value]
        name = fragment.name.value
        if name not in known:
            type_ = self._schema.get_type(fragment.type_condition.name.value)
            known[name] = self._measure(fragment.selection_set, type_, variables, known)
        return known[name]

    def _measure_field(
        self,
        node: FieldNode,
        parent: Any,
        variables: Mapping[str, Any],
        known: dict[str, tuple[int, int]],
    ) -> tuple[int, int]:
        if node.selection_set is None or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return 0, 0
        field = self._schema.get_field(parent, node.name.value)
        if field is None or not is_composite_type(get_named_type(field.type)):
            return 0, 0
        below, depth = self._measure(node.selection_set, get_named_type(field.type), variables, known)
        return _items(node, field, variables) * (1 + below), depth + 1


def _count(selections: SelectionSetNode) -> tuple[int, int]:
    """The fields and fragment spreads in a selection, without what is in the fragments."""
    fields = spreads = 0
    stack = [selections]
    while stack:
        current = stack.pop()
        names: Counter[str] = Counter()
        for selection in current.selections:
            if isinstance(selection, FieldNode):
                fields += 1
                names[(selection.alias or selection.name).value] += 1
                _check_numbers(selection)
                if selection.selection_set is not None:
                    stack.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                spreads += 1
            elif isinstance(selection, InlineFragmentNode):
                spreads += 1
                stack.append(selection.selection_set)
        for name, times in names.most_common(1):
            _check(times, MOST_REPETITIONS, f"repetitions of {name[:50]!r} in one selection")
    return fields, spreads


def _check_numbers(node: FieldNode) -> None:
    for argument in node.arguments or ():
        value = argument.value
        if isinstance(value, IntValueNode) and len(value.value) > 20:  # noqa: PLR2004  # digits of a 64-bit number
            message = "A whole number in the document has more than 20 digits."
            raise GraphQLError(message, value)


def _check(count: int, most: int, what: str) -> None:
    if count > most:
        message = f"The document has {count} {what}; at most {most} are allowed."
        raise GraphQLError(message, extensions=TOO_LARGE)


def _items(node: FieldNode, field: GraphQLField, variables: Mapping[str, Any]) -> int:
    """How many objects a field may give: a connection's window, or a guess for a list that is not paged.

    The items of a connection are counted at the field that has the window, and not again at `nodes` or `edges`.
    """
    if "first" in field.args or "last" in field.args:
        sizes = {
            argument.name.value: variables.get(argument.value.name.value)
            if isinstance(argument.value, VariableNode)
            else getattr(argument.value, "value", None)
            for argument in node.arguments or ()
            if argument.name.value in {"first", "last"}
        }
        given = [int(size) for size in sizes.values() if isinstance(size, int | str) and str(size).isdigit()]
        return max(given, default=DEFAULT_SIZE)
    type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    if isinstance(type_, GraphQLList) and node.name.value not in {"nodes", "edges"}:
        return UNPAGED
    return 1
