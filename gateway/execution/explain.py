"""Shows what the engine makes of an operation: its plan, the loaders it asks, and the source generated for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.execution.plans import Attribute, TypeName
from resolvers.declarations import Computed, Embedded, Paged, Related

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.execution.engine import Engine
    from gateway.execution.plans import FieldPlan, SelectionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What there is to show; `calls` names each loader that is asked, once for each wave."""

    plan: str
    calls: tuple[str, ...]
    source: str


def explain(
    engine: Engine, text: str, *, variables: Mapping[str, Any], operation_name: str | None = None
) -> Explanation:
    """Explain one operation of a document.

    Raises:
        GraphQLError: the document, the operation's name or the variables are wrong.
    """
    operation = engine.documents.prepare(text).operation(operation_name)
    coerced = operation.variables.coerce(variables)
    if isinstance(coerced, list):
        raise coerced[0]
    compiled = engine.compile(operation, coerced)
    if compiled is None:
        return Explanation(plan="graphql-core executes this operation.", calls=(), source="")
    root = compiled.plan.root
    return Explanation(
        plan="\n".join([f"{root.type.name}", *_lines(root, depth=1, wave=1)]),
        calls=tuple(_calls(root)),
        source=compiled.source.text(),
    )


class _Names:
    """Stands in for Loaders, to learn the name of the loader that a relation asks."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __getattr__(self, name: str) -> _Names:
        return _Names(f"{self._name}.{name}" if self._name else name)

    def __str__(self) -> str:
        return self._name


def _loader(origin: Related | Paged) -> str:
    names: Any = _Names()
    return str(origin.loader(names))


def _lines(selection: SelectionPlan, *, depth: int, wave: int) -> Iterator[str]:
    for field in selection.fields:
        yield f"{'  ' * depth}{field.key}: {field.type}  <- {_origin(field)}" + (
            f"  (wave {wave})" if field.slot is not None else ""
        )
        for inner in field.selections.values():
            if len(field.selections) > 1 and inner.fields:
                yield f"{'  ' * (depth + 1)}on {inner.type.name}"
            yield from _lines(inner, depth=depth + 1, wave=wave + (field.slot is not None))


def _origin(field: FieldPlan) -> str:
    match field.origin:
        case TypeName():
            return "the type's name"
        case Attribute(name=name):
            return f"attribute {name}"
        case Computed():
            return "a pure function"
        case Embedded(attributes=attributes):
            return f"attributes {', '.join(attributes.values())}"
        case Related(key=key) | Paged(key=key):
            return f"loader {_loader(field.origin)} of {key}"
        case _:
            return "resolver"


def _calls(root: SelectionPlan) -> list[str]:
    """The loaders that are asked, in the order of their waves."""
    found: dict[tuple[int, str], None] = {}
    stack = [(root, 1)]
    while stack:
        selection, wave = stack.pop(0)
        for field in selection.fields:
            if isinstance(field.origin, Related | Paged):
                found[wave, _loader(field.origin)] = None
            elif field.slot is not None:
                found[wave, f"resolver {field.parent.name}.{field.details[0].node.name.value}"] = None
            stack += [(inner, wave + (field.slot is not None)) for inner in field.selections.values()]
    return [f"wave {wave}: {name}" for wave, name in sorted(found)]
