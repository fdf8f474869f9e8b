"""Runs one operation on both executors, and says how their answers differ."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, execute

from gateway.execution.limits import TOO_LARGE
from tests.differential.compare import Possible, differences, everything_possible

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from gateway.execution import Engine
    from tests.differential.generate import Operation

# Nothing here waits for the outside world for long: who has not answered by then never will.
LONG_ENOUGH = 30.0


@dataclass(slots=True, kw_only=True)
class Duel:
    """Two executors of one schema.

    `context` makes a fresh context from a seed; two contexts of one seed behave the same. `effects` tells what was done
    in a context, in order, and `intrusions` which fields of a mutation's object were asked when another mutation had
    begun: graphql-core does that after an error, we never may. `refused` counts the runs of operations that we find too
    large to run at all.
    """

    schema: GraphQLSchema
    engine: Engine
    context: Callable[[object], Any]
    effects: Callable[[Any], list[str]] = lambda _context: []
    intrusions: Callable[[Any], list[str]] = lambda _context: []
    refused: int = 0

    async def differences(self, operation: Operation, seed: object) -> list[str]:
        """What is wrong with our answer, in words; nothing where it is right."""
        theirs, ours = self.context(seed), self.context(seed)
        expected = await self.reference(operation, theirs)
        try:
            async with asyncio.timeout(LONG_ENOUGH):
                answer = await self.own(operation, ours)
        except TimeoutError:
            return [f"no answer in {LONG_ENOUGH} seconds"]
        except Exception as error:  # noqa: BLE001  # whatever is raised is what is wrong
            return [f"we raise {error!r}"]
        if any((error.extensions or {}) == TOO_LARGE for error in answer.errors or ()):
            self.refused += 1
            return []
        found = await differences(expected, answer, lambda: self.possible(operation, seed))
        if self.effects(theirs) != self.effects(ours):
            found.append(f"effects: {self.effects(theirs)} and {self.effects(ours)}")
        return found + self.intrusions(ours)

    async def reference(self, operation: Operation, context: Any) -> ExecutionResult:
        """graphql-core's answer."""
        result = execute(
            self.schema,
            operation.document,
            context_value=context,
            variable_values=operation.variables,
            operation_name=operation.name,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def own(self, operation: Operation, context: Any) -> ExecutionResult:
        """Our answer."""
        return await self.engine.execute(
            operation.source, context=context, variables=operation.variables, operation_name=operation.name
        )

    async def possible(self, operation: Operation, seed: object, *, context: Any = None) -> Possible:
        """Every error that there can be."""
        return await everything_possible(
            self.schema,
            operation.document,
            context=context or self.context(seed),
            variables=operation.variables,
            operation_name=operation.name,
        )
