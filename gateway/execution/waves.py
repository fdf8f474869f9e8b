"""Runs a compiled operation: wave after wave of values, each asked for at once and filled in by generated code."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING, Any

from graphql import GraphQLNonNull, located_error
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from gateway.execution.asking import Failure, ask
from gateway.execution.results import Problem, nulls_everything, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLError

    from gateway.execution.plans import FieldPlan
    from gateway.execution.requests import Request

    Target = dict[str, Any]
    Queues = list[tuple[list[Target], list[Any]]]
    Functions = dict[str, Callable[..., Any]]


async def run(request: Request, functions: Functions) -> tuple[Any, list[GraphQLError]]:
    """The data and the errors of one request for a compiled operation."""
    plan = request.plan
    problems: list[Problem] = []
    queues: Queues = [([], []) for _ in plan.slots]
    data = functions["start"](None, queues)
    if plan.serial:
        await _run_serially(request, functions, data, queues, problems)
    else:
        await _run_waves(request, functions, queues, problems)
    if problems:
        return settle(data, plan.root, problems)
    return data, []


async def _run_serially(
    request: Request, functions: Functions, data: Target, queues: Queues, problems: list[Problem]
) -> None:
    """Each root field to its end before the next begins (October 2021, section 6.2.2)."""
    roots = [root.slot for root in request.plan.root.fields if root.slot is not None]
    waiting = [(number, queues[number]) for number in roots]
    for number, _ in waiting:
        queues[number] = ([], [])
    for number, queue in waiting:
        queues[number] = queue
        known = len(problems)
        await _run_waves(request, functions, queues, problems)
        new = problems[known:]
        if any(problem.nulls for problem in new) and nulls_everything(data, request.plan.root, new):
            return  # the response has no data any more, so its client would never learn of further effects


async def _run_waves(request: Request, functions: Functions, queues: Queues, problems: list[Problem]) -> None:
    """Ask for what waits, fill it in, and again for what waits then."""
    slots = request.plan.slots
    while True:
        wave = [(slot, *queues[number]) for number, slot in enumerate(slots) if queues[number][0]]
        if not wave:
            return
        for slot, _, _ in wave:
            queues[slot.slot or 0] = ([], [])
        surprises: list[tuple[FieldPlan, Target, Any]] = []
        for slot, targets, values, failed in await _ask(request, wave):
            if failed:
                targets, values = _note_failures(slot, targets, values, problems)  # noqa: PLW2901  # what is left of them
            left: list[tuple[Target, Any]] = []
            functions[f"fill_{slot.slot}"](targets, values, queues, left)
            surprises += [(slot, target, value) for target, value in left]
        if surprises:
            request.surprises += len(surprises)
            await asyncio.gather(*(_leave_to_core(request, *surprise, problems) for surprise in surprises))


async def _ask(
    request: Request, wave: list[tuple[FieldPlan, list[Target], list[Any]]]
) -> list[tuple[FieldPlan, list[Target], list[Any], bool]]:
    """The values of every field of a wave, all of them asked for before any is waited for."""
    asked = [(slot, targets, ask(request, slot, sources)) for slot, targets, sources in wave]
    if len(asked) > 1:
        for _, _, question in asked:
            question.hurry()
    answers = []
    try:
        for slot, targets, question in asked:
            values = await question.values()
            answers.append((slot, targets, values, question.failed))
    except BaseException:
        for _, _, question in asked:
            question.abandon()
        raise
    return answers


def _note_failures(
    slot: FieldPlan, targets: list[Target], values: list[Any], problems: list[Problem]
) -> tuple[list[Target], list[Any]]:
    """Note the values that failed to come, and give the others."""
    left: tuple[list[Target], list[Any]] = ([], [])
    for target, value in zip(targets, values, strict=True):
        if isinstance(value, Failure):
            problems.append(_problem(slot, target, value.error))
        else:
            left[0].append(target)
            left[1].append(value)
    return left


async def _leave_to_core(
    request: Request, slot: FieldPlan, target: Target, value: Any, problems: list[Problem]
) -> None:
    """Let graphql-core complete a value that is not what the fast path expects, or say what is wrong with it."""
    executor = copy(request.core())
    executor.collected_errors = CollectedErrors()
    path = Path(None, slot.key, slot.parent.name)
    info = executor.build_resolve_info(slot.definition, slot.nodes, slot.parent, path)
    try:
        completed = executor.complete_value(slot.type, slot.details, info, path, value, None)
        if executor.is_awaitable(completed):
            completed = await completed
    except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
        problems.append(_problem(slot, target, error))
    else:
        target[slot.key] = completed
    problems += [Problem(target, error, False) for error in executor.collected_errors.errors]


def _problem(slot: FieldPlan, target: Target, error: Exception) -> Problem:
    located = located_error(error, slot.nodes, [slot.key])
    return Problem(target, located, isinstance(slot.type, GraphQLNonNull))
