"""The compiled executor: what it runs itself, what it leaves to graphql-core, and what it keeps between requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult, GraphQLError, execute

from gateway.execution.documents import Documents
from gateway.execution.plans import Plan, Unsupported, make_plan
from gateway.execution.requests import Request
from gateway.execution.sources import Source, compile_source, write_source
from gateway.execution.types import RuntimeTypes
from gateway.execution.waves import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import GraphQLSchema
    from graphql.execution.values import VariableValues

    from gateway.execution.documents import Operation

# What an operation's data needs of orjson to become JSON: times in UTC may be left to it.
JSON_OPTIONS = orjson.OPT_UTC_Z

# Writing and compiling costs as much as some ten runs, so a document is compiled when it is asked for again.
COMPILE_AFTER = 1

# How many sizes of windows one operation is remembered to be small enough for.
MOST_CHECKED = 256

# How many combinations of values of @skip and @include one operation is compiled for.
MOST_VARIANTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """An operation that is ready to run."""

    plan: Plan
    source: Source
    functions: dict[str, Callable[..., Any]]


class Engine:
    """Executes operations of one schema that Strawberry made.

    A document that has been seen `compile_after` times is compiled to Python. Before that, and for what the engine does
    not support (introspection, subscriptions), graphql-core executes it, whole. Both answer the same.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        compile_after: int = COMPILE_AFTER,
        announce: Callable[[Any, Plan], None] | None = None,
    ) -> None:
        """Execute against graphql-core's schema behind Strawberry's.

        `announce` is told the context and the plan before a compiled operation runs: some save work by knowing.
        """
        self._announce = announce
        self.schema = schema
        self.documents = Documents(schema)
        self._strawberry = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  # Strawberry's own link back
        self._types = RuntimeTypes(schema)
        self._compile_after = compile_after
        self.surprises = 0
        """How many values were left to graphql-core so far; a healthy shop has next to none."""

    async def execute(
        self,
        source: str,
        *,
        context: Any,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Parse, validate and run, each at most once per document; errors of the request are in the result."""
        document = self.documents.prepare(source)
        if document.errors:
            return ExecutionResult(None, list(document.errors))
        try:
            operation = document.operation(operation_name)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        return await self.run(operation, context=context, variables=variables or {})

    async def run(
        self, operation: Operation, *, context: Any, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        """Run one operation of a valid document. The data is what orjson with JSON_OPTIONS makes JSON of."""
        coerced = operation.variables.coerce(variables)
        if isinstance(coerced, list):
            return ExecutionResult(None, coerced)
        try:
            _check_size(operation, coerced)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        document = operation.document
        document.uses += 1
        compiled = self.compile(operation, coerced) if document.uses > self._compile_after else None
        if compiled is None:
            return await self._run_on_core(operation, context, variables)
        request = Request(compiled.plan, strawberry=self._strawberry, context=context, variables=coerced)
        if self._announce is not None:
            self._announce(context, compiled.plan)
        data, errors = await run(request, compiled.functions)
        self.surprises += request.surprises
        return ExecutionResult(data, errors or None)

    def compile(self, operation: Operation, variables: VariableValues) -> Compiled | None:
        """The operation compiled for these values of the variables in @skip and @include; None if not supported."""
        key = tuple([variables.coerced.get(variable) for variable in operation.document.deciding])
        if key not in operation.compiled:
            if len(operation.compiled) >= MOST_VARIANTS:
                operation.compiled.clear()
            operation.compiled[key] = self._compile(operation, variables)
        return operation.compiled[key]

    def _compile(self, operation: Operation, variables: VariableValues) -> Compiled | None:
        try:
            plan = make_plan(self.schema, operation.node, operation.document.fragments, variables)
        except (Unsupported, GraphQLError):
            return None  # an error in a directive's argument has its place in the response, which graphql-core knows
        source = write_source(plan, self._types)
        name = operation.name or "operation"
        return Compiled(plan=plan, source=source, functions=compile_source(source, name=name))

    async def _run_on_core(
        self, operation: Operation, context: Any, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        assert operation.document.node is not None  # noqa: S101  # a document without errors has been parsed
        result = execute(
            self.schema,
            operation.document.node,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation.name,
        )
        return result if isinstance(result, ExecutionResult) else await result


def _check_size(operation: Operation, variables: VariableValues) -> None:
    """Refuse an operation that may answer with too much, worked out once for the windows that are asked for.

    Raises:
        GraphQLError: it may.
    """
    document = operation.document
    key = tuple([variables.coerced.get(variable) for variable in document.paging])
    if key in operation.checked or document.sizes is None:
        return
    document.sizes.check(operation.node, variables.coerced)
    if len(operation.checked) < MOST_CHECKED:
        operation.checked.add(key)
