"""Turns a request's text into a validated document, once per document, within limits that hold before parsing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.utilities import get_operation_ast

from gateway.execution.inputs import Variables
from gateway.execution.limits import Sizes, check_shape

if TYPE_CHECKING:
    from collections.abc import Hashable

    from graphql import ArgumentNode, DirectiveNode, DocumentNode, GraphQLSchema

    from gateway.execution.engine import Compiled

# Validation costs more than linearly, so what is larger than any honest client needs is refused before it.
MOST_TOKENS = 4_000

# A parsed document takes some hundred times the memory of its text, so what is kept is bounded by the text's length:
# many small documents, or a few large ones.
MOST_CHARACTERS = 1_000_000


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One operation of a valid document, and what was made of it: compiled anew for other values of the variables that
    @skip and @include ask for, and found small enough for the values of those that windows are sized by.
    """

    node: OperationDefinitionNode
    document: Document
    variables: Variables
    compiled: dict[Hashable, Compiled | None] = field(default_factory=dict)
    checked: set[Hashable] = field(default_factory=set)

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        return self.node.name.value if self.node.name else None


@dataclass(slots=True, kw_only=True, eq=False)
class Document:
    """A document: parsed, what is wrong with it if anything is, and how often it was asked for."""

    schema: GraphQLSchema
    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    fragments: dict[str, FragmentDetails] = field(default_factory=dict)
    deciding: tuple[str, ...] = ()
    paging: tuple[str, ...] = ()
    sizes: Sizes | None = None
    uses: int = 0
    operations: dict[str | None, Operation] = field(default_factory=dict)

    def operation(self, name: str | None) -> Operation:
        """The operation to run: the one with this name, or the only one.

        Raises:
            GraphQLError: the document is not valid, or has no such operation, or it is not clear which one is meant.
        """
        operation = self.operations.get(name)
        if operation is None:
            if self.node is None or self.errors:
                raise self.errors[0]
            node = _find_operation(self.node, name)
            operation = Operation(node=node, document=self, variables=Variables(self.schema, node))
            self.operations[name] = operation
        return operation


class Documents:
    """The most recently used documents, bad ones too: those are sent again as well."""

    def __init__(self, schema: GraphQLSchema, *, most_characters: int = MOST_CHARACTERS) -> None:
        """Validate against this schema, and keep documents of so many characters in all."""
        self._schema = schema
        self._most_characters = most_characters
        self._characters = 0
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._documents)

    def prepare(self, source: str) -> Document:
        """The document of this text."""
        document = self._documents.get(source)
        if document is not None:
            self._documents.move_to_end(source)
            return document
        document = self._documents[source] = self._read(source)
        self._characters += len(source)
        while self._characters > self._most_characters:
            oldest, _ = self._documents.popitem(last=False)
            self._characters -= len(oldest)
        return document

    def _read(self, source: str) -> Document:
        try:
            node = parse(source, allow_empty_selection_sets=False, max_lexical_tokens=MOST_TOKENS)
            check_shape(node)
        except GraphQLError as error:
            return Document(schema=self._schema, node=None, errors=(error,))
        errors = tuple(validate(self._schema, node))
        if errors:
            return Document(schema=self._schema, node=node, errors=errors)
        definitions = [it for it in node.definitions if isinstance(it, FragmentDefinitionNode)]
        fragments = {definition.name.value: FragmentDetails(definition) for definition in definitions}
        variables = _Variables()
        visit(node, variables)
        return Document(
            schema=self._schema,
            node=node,
            errors=(),
            fragments=fragments,
            deciding=tuple(sorted(variables.deciding)),
            paging=tuple(sorted(variables.paging)),
            sizes=Sizes(self._schema, {definition.name.value: definition for definition in definitions}),
        )


def _find_operation(node: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    operation = get_operation_ast(node, operation_name)
    if operation is not None:
        return operation
    if operation_name is not None:
        message = f"The document has no operation named {operation_name!r}."
        raise GraphQLError(message)
    message = "The document needs exactly one operation, or operationName to say which one to run."
    raise GraphQLError(message)


class _Variables(Visitor):
    """Finds the variables that decide what a document does: those that @skip and @include ask for, since it is compiled
    anew for other values of them, and those that windows are sized by, since they decide how large its answer may get.
    """

    def __init__(self) -> None:
        super().__init__()
        self.deciding: set[str] = set()
        self.paging: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in {"skip", "include"}:
            values = [argument.value for argument in node.arguments or ()]
            self.deciding |= {value.name.value for value in values if isinstance(value, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value in {"first", "last"} and isinstance(node.value, VariableNode):
            self.paging.add(node.value.name.value)
