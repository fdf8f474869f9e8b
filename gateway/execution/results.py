"""What went wrong during one execution, and the response that the specification makes of it.

The fast path keeps no paths. An error is noted with the response object in which it happened; where that object is in
the response is looked up afterwards, by its identity, in one walk that only a response with errors needs. An object
that stands in several places is copied on that walk, so that an error in it gets the path of each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLList, GraphQLNonNull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.execution.plans import SelectionPlan

    Container = dict[str, Any] | list[Any]
    Copies = dict[int, list[dict[str, Any]]]


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
    copies: Copies = {}
    places = _find_places(data, root, copies)
    problems = [it for problem in problems for it in _in_each_place(problem, copies)]
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


def nulls_everything(data: dict[str, Any], root: SelectionPlan, problems: list[Problem]) -> bool:
    """Whether one of the problems leaves no data at all."""
    places = _find_places(data, root, None)
    return any(
        _nullable_place(problem.target, [], places)[0].parent is None for problem in problems if problem.nulls
    )


def _in_each_place(problem: Problem, copies: Copies) -> Iterator[Problem]:
    yield problem
    error = problem.error
    for target in copies.get(id(problem.target), ()):
        again = GraphQLError(
            error.message,
            error.nodes,
            path=list(error.path or []),
            original_error=error.original_error,
            extensions=error.extensions,
        )
        yield Problem(target, again, problem.nulls)


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


def _find_places(data: dict[str, Any], root: SelectionPlan, copies: Copies | None) -> dict[int, _Place]:
    """The place of every object and list of a response, by its identity.

    Where one stands in a second place it is copied, and the copy put down by the identity of the first; without
    `copies` the first place stands for all.
    """
    places = {id(data): _Place(None, "", True)}  # a response's data may always be null
    stack: list[tuple[dict[str, Any], list[SelectionPlan]]] = [(data, [root])]
    while stack:
        target, selections = stack.pop()
        for key, value in target.items():
            # Which of an abstract type's selections made the object is not known, and need not be: where several of
            # them have the same response name, validation has seen to it that they have the same shape.
            plans = [plan for selection in selections for plan in selection.fields if plan.key == key]
            inner = [selection for plan in plans for selection in plan.selections.values()]
            if inner and value is not None:
                type_ = plans[0].type
                place = _Place(target, key, not isinstance(type_, GraphQLNonNull))
                stack += [(it, inner) for it in _objects_in(value, place, type_, places, copies)]
    return places


def _objects_in(
    value: Any, place: _Place, type_: Any, places: dict[int, _Place], copies: Copies | None
) -> Iterator[dict[str, Any]]:
    """The objects that a value is or holds, once it and all lists in it have been placed."""
    if id(value) in places:
        if copies is None:
            return
        again = value.copy()
        copies.setdefault(id(value), []).append(again)
        place.parent[place.key] = value = again  # type: ignore[index]  # a dict has names, a list has numbers
    places[id(value)] = place
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if not isinstance(type_, GraphQLList):
        yield value
        return
    nullable = not isinstance(type_.of_type, GraphQLNonNull)
    for index, item in enumerate(value):
        if item is not None:
            yield from _objects_in(item, _Place(value, index, nullable), type_.of_type, places, copies)


def _path_of(target: Container, places: dict[int, _Place]) -> list[str | int]:
    path: list[str | int] = []
    place = places[id(target)]
    while place.parent is not None:
        path.append(place.key)
        place = places[id(place.parent)]
    return path[::-1]
