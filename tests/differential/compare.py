"""Whether two results are the same, as far as the specification does not leave freedom.

The freedom is written down in docs/execution-differences.md.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from graphql import execute, is_non_null_type
from graphql.execution import Executor

from gateway.execution import JSON_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema

    Path: TypeAlias = tuple[str | int, ...]
    # What equal errors have in common: the path, the places in the document, the message, and the cause's class.
    Fault: TypeAlias = tuple[Path, tuple[tuple[int, int], ...], str, str]


@dataclass(slots=True)
class Possible:
    """Every error that an operation can report, and which positions may not be null.

    Found by running it with error propagation switched off, so that no error hides another.
    """

    faults: set[Fault] = field(default_factory=set)
    non_null: set[Path] = field(default_factory=set)

    def reaches(self, path: Path, nulled: Path) -> bool:
        """Whether an error at `path` makes the position `nulled` null: every position in between is non-null."""
        return all(path[:length] in self.non_null for length in range(len(nulled) + 1, len(path) + 1))


async def differences(
    reference: ExecutionResult, own: ExecutionResult, possible: Callable[[], Awaitable[Possible]]
) -> list[str]:
    """What is wrong with a result beside graphql-core's, in words; nothing where they are as good as equal."""
    first = first_difference(reference.data, own.data)
    if first is not None:
        return [f"data differ at {first}"]
    theirs, ours = _faults(reference.errors or ()), _faults(own.errors or ())
    if theirs == ours:
        return []
    data = reference.data
    positions = {nulled_position(data, fault[0]) for fault in (theirs - ours) + (ours - theirs)}
    known = await possible()
    found = [
        _wrong_at(position, _below(theirs, data, position), _below(ours, data, position), known)
        for position in sorted(positions, key=repr)
    ]
    return [words for words in found if words]


def first_difference(reference: Any, own: Any, at: str = "data") -> str | None:
    """Where two values of JSON first differ, in content, type or order of keys."""
    if _json(reference) == _json(own):
        return None
    if isinstance(reference, dict) and isinstance(own, dict):
        if list(reference) != list(own):
            return f"{at}: keys {list(reference)} and {list(own)}"
        pairs: Iterable[tuple[Any, Any, Any]] = ((key, reference[key], own[key]) for key in reference)
    elif isinstance(reference, list) and isinstance(own, list) and len(reference) == len(own):
        pairs = zip(range(len(own)), reference, own, strict=True)
    else:
        return f"{at}: {reference!r:.200} and {own!r:.200}"
    return next(
        (found for key, it, other in pairs if (found := first_difference(it, other, f"{at}.{key}"))), None
    )


def nulled_position(data: Any, path: Path) -> Path:
    """The position that an error at `path` left null: the first one on the way to it, or itself."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        try:
            data = data[key]
        except (LookupError, TypeError):
            return path[:length]
    return path


async def everything_possible(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context: Any,
    variables: dict[str, Any],
    operation_name: str | None,
) -> Possible:
    """Run an operation without propagating errors, and give all of them."""
    non_null: set[Path] = set()

    class Unpropagating(Executor[Any]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.error_propagation = False

        def complete_value(
            self, return_type: Any, field_details_list: Any, info: Any, path: Any, *rest: Any
        ) -> Any:
            if is_non_null_type(return_type):
                non_null.add(tuple(path.as_list()))
            return super().complete_value(return_type, field_details_list, info, path, *rest)

        def handle_field_error(
            self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
        ) -> None:
            if is_non_null_type(return_type):
                non_null.add(tuple(path.as_list()))
            super().handle_field_error(raw_error, return_type, field_details_list, path)

    result = execute(
        schema,
        document,
        context_value=context,
        variable_values=variables,
        operation_name=operation_name,
        executor_class=Unpropagating,
    )
    if not hasattr(result, "errors"):
        result = await result
    return Possible(faults=set(_faults(result.errors or ())), non_null=non_null)


def _wrong_at(position: Path, theirs: Counter[Fault], ours: Counter[Fault], possible: Possible) -> str | None:
    """What the specification does not allow about the errors below one position that is null in both results."""
    here = f"at {list(position)}"
    if bool(theirs) != bool(ours):
        return (
            f"{here}: {'only graphql-core reports' if theirs else 'only we report'} {_words(theirs or ours)}"
        )
    invented = [fault for fault in ours if fault not in possible.faults]
    if invented:
        return f"{here}: an error that cannot be: {_words(invented)}; graphql-core reports {_words(theirs)}"
    repeated = [path for path, count in Counter(fault[0] for fault in ours.elements()).items() if count > 1]
    if repeated:
        return f"{here}: more than one error for one position: {repeated}"
    if not any(possible.reaches(fault[0], position) for fault in ours):
        return f"{here}: no error explains the null: {_words(ours)}; graphql-core reports {_words(theirs)}"
    return None


def _faults(errors: Iterable[GraphQLError]) -> Counter[Fault]:
    return Counter(
        (
            tuple(error.path or ()),
            tuple((location.line, location.column) for location in error.locations or ()),
            error.message,
            type(error.original_error).__qualname__,
        )
        for error in errors
    )


def _below(faults: Counter[Fault], data: Any, position: Path) -> Counter[Fault]:
    return Counter(
        {fault: count for fault, count in faults.items() if nulled_position(data, fault[0]) == position}
    )


def _json(value: Any) -> str:
    return json.dumps(value, default=_left_to_orjson)


def _left_to_orjson(value: Any) -> Any:
    if isinstance(value, datetime):
        return orjson.loads(orjson.dumps(value, option=JSON_OPTIONS))
    return repr(value)


def _words(faults: Iterable[Fault]) -> str:
    return "; ".join(
        f"{cause} {message!r} at {list(path)} {list(locations)}" for path, locations, message, cause in faults
    )
