"""What went wrong during one execution, and the response that the specification makes of it.

The fast path keeps no paths. An error is noted with the response object in which it happened; where that object is in
the response is looked up afterwards, by its identity, in one walk that only a response with errors needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLList, GraphQLNonNull

if TYPE_CHECKING:
    from gateway.execution.plans import FieldPlan, SelectionPlan

    Container = dict[str, Any] | list[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """An error in an entry of `target`; its path is relative to it. `nulls` says that `target` cannot stand."""

    target: dict[str, Any]
    error: GraphQLError
    nulls: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a container stands: in which other one, under which key, and whether null may stand there instead."""

    parent: Container | None
    key: str | int
    nullable: bool


def settle(
    data: dict[str, Any], root: SelectionPlan, problems: list[Problem]
) -> tuple[Any, list[GraphQLError]]:
    """The data with nulls where errors have put them, and the errors with their paths.

    Where errors have nulled a position, the first of them speaks for it; others below it happened in what is no longer
    there, and are left out (October 2021, section 6.4.4).
    """
    places: dict[int, _Place] = {id(data): _Place(None, "", True)}
    _find_places(data, root, places)
    paths = [_path_of(problem.target, places) for problem in problems]
    nulled: dict[tuple[str | int, ...], Problem] = {}
    result: Any = data
    for problem, path in zip(problems, paths, strict=True):
        if problem.nulls:
            place, position = _nullable_place(problem.target, path, places)
            nulled.setdefault(tuple(position), problem)
            if place.parent is None:
                result = None
            else:
                place.parent[place.key] = None  # type: ignore[index]  # a dict has names, a list has numbers
    errors = []
    for problem, path in zip(problems, paths, strict=True):
        problem.error.path = [*path, *(problem.error.path or [])]
        if _cause(nulled, problem.error.path) in {None, problem}:
            errors.append(problem.error)
    return result, errors


def _cause(nulled: dict[tuple[str | int, ...], Problem], path: list[str | int]) -> Problem | None:
    """What nulled the outermost position that a path lies in, if anything did."""
    if not nulled:
        return None
    positions = (tuple(path[:length]) for length in range(len(path) + 1))
    return next((nulled[position] for position in positions if position in nulled), None)


def _nullable_place(
    target: Container, path: list[str | int], places: dict[int, _Place]
) -> tuple[_Place, list[str | int]]:
    """The nearest place at or above a container that may hold null; the response's data always may."""
    place = places[id(target)]
    while place.parent is not None and not place.nullable:
        path = path[:-1]
        place = places[id(place.parent)]
    return place, path


def _find_places(container: Any, selection: SelectionPlan, places: dict[int, _Place]) -> None:
    stack: list[tuple[dict[str, Any], list[FieldPlan]]] = [(container, selection.fields)]
    while stack:
        target, fields = stack.pop()
        for plan in fields:
            value = target.get(plan.key)
            if plan.selections and value is not None:
                nullable = not isinstance(plan.type, GraphQLNonNull)
                _place(value, _Place(target, plan.key, nullable), plan.type, plan, places, stack)


def _place(
    value: Any,
    place: _Place,
    type_: Any,
    plan: FieldPlan,
    places: dict[int, _Place],
    stack: list[tuple[dict[str, Any], list[FieldPlan]]],
) -> None:
    places[id(value)] = place
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        nullable = not isinstance(type_.of_type, GraphQLNonNull)
        for index, item in enumerate(value):
            if item is not None:
                _place(item, _Place(value, index, nullable), type_.of_type, plan, places, stack)
        return
    # Types that overlap give a response name the same shape, so any of the selections will do for what they share.
    fields = {inner.key: inner for selection in plan.selections.values() for inner in selection.fields}
    stack.append((value, list(fields.values())))


def _path_of(target: Container, places: dict[int, _Place]) -> list[str | int]:
    path: list[str | int] = []
    place = places[id(target)]
    while place.parent is not None:
        path.append(place.key)
        place = places[id(place.parent)]
    return path[::-1]
