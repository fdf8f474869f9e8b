"""Runs many generated operations on both executors, and tells of each difference with the smallest operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.differential.shrink import shrink

if TYPE_CHECKING:
    from tests.differential.duels import Duel
    from tests.differential.generate import Generator, Operation

# Each document is run with different data and faults, since to generate and validate one costs more than to run it.
RUNS_PER_DOCUMENT = 3
MOST_DIFFERENCES = 3
MUTATION_EVERY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference, in words, of one operation under one seed."""

    seed: str
    operation: Operation
    words: list[str]

    def __str__(self) -> str:
        """Everything that is needed to see it again."""
        sent = f"variables {self.operation.variables}" + (
            f", operation {self.operation.name}" if self.operation.name else ""
        )
        return "\n".join((f"seed {self.seed}:", self.operation.source, sent, *self.words))


async def find_differences(
    generator: Generator, duel: Duel, *, first_seed: int, runs: int, mutations: bool
) -> list[Difference]:
    """The first few differences in so many runs, each made as small as possible."""
    found: list[Difference] = []
    for number in range(first_seed, first_seed + max(1, runs // RUNS_PER_DOCUMENT)):
        kind = "mutation" if mutations and number % MUTATION_EVERY == 0 else "query"
        operation = generator.operation(number, kind)
        for run in range(RUNS_PER_DOCUMENT):
            seed = f"{number}.{run}"
            words = await duel.differences(operation, seed)
            if words:
                found.append(await _smallest(duel, Difference(seed=seed, operation=operation, words=words)))
                if len(found) == MOST_DIFFERENCES:
                    return found
    return found


async def _smallest(duel: Duel, first: Difference) -> Difference:
    async def differs(candidate: Operation) -> bool:
        return bool(await duel.differences(candidate, first.seed))

    if not await differs(first.operation):
        return replace(first, words=[*first.words, "and not again when it was run a second time"])
    smallest = await shrink(duel.schema, first.operation, differs)
    return replace(first, operation=smallest, words=await duel.differences(smallest, first.seed))
