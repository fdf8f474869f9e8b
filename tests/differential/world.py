"""The values of the toy schema: made from a field's type, with faults in between, and the same for every executor."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_abstract_type,
)

from tests.differential.dice import Boom, Dice, dice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from graphql import GraphQLSchema

MOMENT = datetime(2026, 1, 31, 12, 30, 15, 123_456, tzinfo=UTC)

# Good values of each scalar, and what a careless resolver may return for it.
GOOD: dict[str, tuple[Any, ...]] = {
    "Int": (0, 1, -7, 2_147_483_647),
    "Float": (0.5, -2.25, 3, 1e300),
    "String": ("", "plain", 'with "quotes"', "Zoë\n"),
    "Boolean": (True, False),
    "ID": ("1", "x", 7),
    "DateTime": (MOMENT, MOMENT.replace(microsecond=0)),
    "Decimal": (Decimal("19.99"), Decimal("0.00"), Decimal("1E+3")),
    "JSON": ({"a": [1, None]}, [], "text", 0),
}
BAD: dict[str, tuple[Any, ...]] = {
    "Int": ("7", "seven", 2.0, 2.5, 2**40, True, [1], "", float("nan")),
    "Float": ("1.5", "x", float("nan"), float("inf"), True, {}),
    "String": (7, True, 1.5, 2.0, ["a"], {"a": 1}, b"bytes"),
    "Boolean": ("yes", 2, 1, 0.0, [], float("nan")),
    "ID": (2.5, 2.0, True, ["x"], {}, object),
    "DateTime": (MOMENT.replace(tzinfo=None), "2026-01-31", 7, MOMENT.date()),
    "Decimal": (1.5, "abc", 7, "1.0"),
    "JSON": (MOMENT, object, float("inf")),
}


@dataclass(slots=True)
class World:
    """What one request sees. `rate` is how often things go wrong: 0 never, 1 every now and then."""

    schema: GraphQLSchema
    seed: object
    rate: float = 1.0
    calls: Counter[str] = field(default_factory=Counter)
    effects: list[str] = field(default_factory=list)
    intrusions: list[str] = field(default_factory=list)
    mutation: str | None = None
    resolving: bool = False

    def thing(self, type_name: str, what: str) -> Thing:
        """An object of a type."""
        return THINGS[type_name](self, type_name, what)

    def resolve(self, type_name: str, name: str, what: str) -> Any:
        """What a resolver returns, or raises."""
        self.calls[f"{what}.{name}"] += 1
        self.resolving = True
        try:
            return self.read(type_name, name, what)
        finally:
            self.resolving = False

    def read(self, type_name: str, name: str, what: str) -> Any:
        """The value of a field of an object."""
        type_ = self.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        here = f"{what}.{name}"
        if dice(self.seed, f"raise {here}").chance(0.03 * self.rate):
            raise Boom(f"{type_name}.{name} raises")
        return self.value(type_.fields[name].type, here)

    async def pause(self, what: str) -> None:
        """Let others go first, a few times."""
        for _ in range(dice(self.seed, f"pause {what}").below(4)):
            await asyncio.sleep(0)

    def value(self, type_: Any, what: str) -> Any:
        """A value of a type, or what should never stand for one."""
        throws = dice(self.seed, what)
        if isinstance(type_, GraphQLNonNull):
            if throws.chance(0.025 * self.rate):
                return None
            return self._present(type_.of_type, what, throws)
        return None if throws.chance(0.08 + 0.04 * self.rate) else self._present(type_, what, throws)

    def _present(self, type_: Any, what: str, throws: Dice) -> Any:
        if throws.chance(0.005 * self.rate):
            return Boom("returned, not raised")
        if isinstance(type_, GraphQLList):
            return self._list(type_, what, throws)
        wrong = throws.chance(0.03 * self.rate)
        if isinstance(type_, GraphQLEnumType):
            members = [value.value for value in type_.values.values()]
            return (
                throws.choice(("no such word", 7, "", None, MOMENT, 2.0, [], "RED"))
                if wrong
                else throws.choice(members)
            )
        if isinstance(type_, GraphQLObjectType):
            return (
                throws.choice((7, "x", {"a": 1}, [], self.thing("Robot", what)))
                if wrong
                else self.thing(type_.name, what)
            )
        if is_abstract_type(type_):
            possible = [it.name for it in self.schema.get_possible_types(type_)]
            return (
                throws.choice((7, "x", [], self.thing("Grid", what)))
                if wrong
                else self.thing(throws.choice(possible), what)
            )
        return throws.choice((BAD if wrong else GOOD)[type_.name])

    def _list(self, type_: Any, what: str, throws: Dice) -> Any:
        if throws.chance(0.03 * self.rate):
            return throws.choice(("text", 7, {"a": 1}, b"bytes", MOMENT, True))
        items = [self.value(type_.of_type, f"{what}[{index}]") for index in range(throws.below(4))]
        shape: Callable[[list[Any]], Any] = throws.choice(_SHAPES)
        if shape is _one_by_one and not self.rate:
            return items  # an asynchronous iterator is a fault, too: the specification knows lists alone
        if shape is _promised:
            # Coroutines are made by resolvers: who reads an attribute twice should not have to await both.
            return self._promises(items, what, throws) if self.resolving else items
        return shape(items)

    def _promises(self, items: list[Any], what: str, throws: Dice) -> list[Any]:
        """Some of the items as coroutines."""
        return [
            self._promise(item, f"{what}[{index}]") if throws.chance(0.5) else item
            for index, item in enumerate(items)
        ]

    async def _promise(self, item: Any, what: str) -> Any:
        await self.pause(what)
        if dice(self.seed, f"raise {what}").chance(0.05 * self.rate):
            raise Boom("an item raises")
        return item


class Thing:
    """An object of the toy schema; its attributes come into being, or raise, when they are read."""

    __slots__ = ("made_by", "type_name", "what", "world")

    def __init__(self, world: World, type_name: str, what: str) -> None:
        self.world = world
        self.type_name = type_name
        self.what = what
        self.made_by = world.mutation

    @property
    def is_shown(self) -> bool:
        """Whether a relation shows it."""
        return not dice(self.world.seed, f"shown {self.what}").chance(0.1)

    @property
    def key(self) -> str | None:
        """What relations may know it by, if they may know it at all."""
        throws = dice(self.world.seed, f"key {self.what}")
        if throws.chance(0.05 * self.world.rate):
            raise Boom("no key")
        return None if throws.chance(0.3) else self.what

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.world.read(self.type_name, name, self.what)

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


# A class of its own for each type, as records have.
THINGS: dict[str, type[Thing]] = {
    name: type(name, (Thing,), {"__slots__": ()}) for name in ("Box", "Cat", "Dog", "Grid", "Leaves", "Robot")
}


def _view(items: list[Any]) -> Any:
    return dict(enumerate(items)).values()


def _promised(items: list[Any]) -> Any:
    """Stands for `World._promises`."""
    raise NotImplementedError(items)


async def _one_by_one(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


# What lists of values come as, and how often.
_SHAPES: tuple[Callable[[list[Any]], Any], ...] = (
    *(list,) * 11, *(tuple,) * 4, *(_promised,) * 2, iter, _view, _one_by_one,
)  # fmt: skip
