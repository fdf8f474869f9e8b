"""Chance that depends on what is asked, never on when: the same for every executor, in whatever order it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Boom(Exception):
    """What a resolver, a property or a loader raises when it is told to fail."""


@dataclass(slots=True)
class Dice:
    """A row of throws that begins the same wherever the same thing is asked for."""

    state: int

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.below(1_000_000) < probability * 1_000_000

    def below(self, most: int) -> int:
        """A number from 0 to `most` - 1."""
        # Knuth's linear congruential generator: seeding Python's own costs ten times as much as a throw.
        self.state = (self.state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & _MASK
        return (self.state >> 33) % most

    def choice(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.below(len(options))]


def dice(seed: object, what: str) -> Dice:
    """The dice for one thing under one seed."""
    return Dice(crc32(f"{seed}|{what}".encode()))
