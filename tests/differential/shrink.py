"""Makes an operation that shows a difference as small as it can be, by cutting out of its text what is not needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    parse,
    validate,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from graphql import DocumentNode, GraphQLSchema

    from tests.differential.generate import Operation

N = TypeVar("N", bound=Node)

_REMOVABLE: tuple[type[Node], ...] = (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    DirectiveNode,
    ArgumentNode,
    VariableDefinitionNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
)


async def shrink(
    schema: GraphQLSchema, operation: Operation, differs: Callable[[Operation], Awaitable[bool]]
) -> Operation:
    """The smallest operation found for which `differs` still holds."""
    smaller: Operation | None = operation
    while smaller is not None:
        operation, smaller = smaller, None
        for candidate in _candidates(schema, operation):
            if await differs(candidate):
                smaller = candidate
                break
    return operation


def _candidates(schema: GraphQLSchema, operation: Operation) -> Iterator[Operation]:
    """Valid operations with one thing less, the larger things first."""
    fragments = {node.name.value: node for node in _nodes(operation.document, FragmentDefinitionNode)}
    tidy = {
        _tidied(text)[0]
        for node in _removable(operation.document)
        for text in _texts_without(operation.source, node, fragments)
    }
    texts = {text for text in tidy if len(text) < len(operation.source)}
    for text in sorted(texts, key=len):
        source, document = _tidied(text)
        if document is None or validate(schema, document, max_errors=1):
            continue
        declared = {node.variable.name.value for node in _nodes(document, VariableDefinitionNode)}
        named = operation.name if f"{operation.name}" in source else None
        variables = {name: value for name, value in operation.variables.items() if name in declared}
        yield replace(operation, source=source, document=document, variables=variables, name=named)


def _texts_without(source: str, node: Node, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The text without a node, and for a fragment the text with its selections in its place."""
    assert node.loc is not None
    before, after = source[: node.loc.start], source[node.loc.end :]
    yield before + after
    selected = fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
    if isinstance(selected, InlineFragmentNode | FragmentDefinitionNode):
        inner = selected.selection_set.loc
        assert inner is not None
        yield before + source[inner.start + 1 : inner.end - 1] + after


def _tidied(source: str) -> tuple[str, DocumentNode | None]:
    """The text without fragments and variables that nobody uses, and the document in it if there is one."""
    while True:
        source = " ".join(source.split()).replace("()", "").replace("(, )", "").replace("(,)", "")
        try:
            document = parse(source, allow_empty_selection_sets=False)
        except GraphQLError:
            return source, None
        spread = {node.name.value for node in _nodes(document, FragmentSpreadNode)}
        unused = [
            node for node in _nodes(document, FragmentDefinitionNode) if node.name.value not in spread
        ] + [
            node
            for node in _nodes(document, VariableDefinitionNode)
            if source.count(f"${node.variable.name.value}") == 1
        ]
        if not unused or unused[0].loc is None:
            return source, document
        source = source[: unused[0].loc.start] + source[unused[0].loc.end :]


def _removable(document: DocumentNode) -> list[Node]:
    return [node for kind in _REMOVABLE for node in _nodes(document, kind)]


def _nodes(document: DocumentNode, kind: type[N]) -> list[N]:
    found: list[N] = []

    class Collect(Visitor):
        def enter(self, node: Node, *_: object) -> None:
            if isinstance(node, kind):
                found.append(node)

    visit(document, Collect())
    return found
