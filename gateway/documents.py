"""Turns a request's document into a validated operation, once per document, within limits that hold before parsing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLError, OperationDefinitionNode, parse, validate
from graphql.utilities import get_operation_ast

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema

# Validation costs more than linearly, so what is larger than any honest client needs is refused before it.
MOST_TOKENS = 4_000
MOST_CACHED_DOCUMENTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed document and what is wrong with it, if anything is."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]


class Documents:
    """The most recently used documents, parsed and validated; bad ones too, since they are sent again as well."""

    def __init__(self, schema: GraphQLSchema, *, most_cached: int = MOST_CACHED_DOCUMENTS) -> None:
        """Validate against this schema."""
        self._schema = schema
        self._most_cached = most_cached
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def prepare(self, source: str) -> Document:
        """The document of this text."""
        document = self._documents.get(source)
        if document is None:
            document = self._documents[source] = self._read(source)
            if len(self._documents) > self._most_cached:
                self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(source)
        return document

    def _read(self, source: str) -> Document:
        try:
            node = parse(source, allow_empty_selection_sets=False, max_lexical_tokens=MOST_TOKENS)
        except GraphQLError as error:
            return Document(node=None, errors=(error,))
        return Document(node=node, errors=tuple(validate(self._schema, node)))


def find_operation(node: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """The operation to run: the one with this name, or the only one.

    Raises:
        GraphQLError: there is no such operation, or it is not clear which one is meant.
    """
    operation = get_operation_ast(node, operation_name)
    if operation is not None:
        return operation
    if operation_name is not None:
        message = f"The document has no operation named {operation_name!r}."
        raise GraphQLError(message)
    message = "The document needs exactly one operation, or operationName to say which one to run."
    raise GraphQLError(message)
