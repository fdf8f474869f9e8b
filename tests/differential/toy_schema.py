"""The toy schema: its roots, its mutations whose effects are logged, and its loaders without a database."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import GraphQLNamedType
from strawberry.schema.config import StrawberryConfig

from datasources.core.batching import BatchLoader
from datasources.core.paging import Order, Page, Slice, SortKey
from resolvers.scalars import SCALARS
from tests.differential.dice import Boom, dice
from tests.differential.inputs import any_leaf
from tests.differential.toy import Animal, Box, Cat, Dog, Grid, Leaves, Named, Pet, Robot
from tests.differential.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ORDER = Order(
    name="toys", keys=(SortKey(column="what", parse=str, value=lambda toy: toy.what),), descending=False
)


class ToyLoaders:
    """Every key has an answer, good or bad; some questions always fail, and some take their time."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._world = world
        self.twins = self._loader("twins", "twin", None)
        self.shared = self._loader("shared", "same", None)
        self.parts = self._loader("parts", "parts", ())
        self.pets = self._loader("pets", "pets", ())
        self.pages = self._loader("pages", "pages", ORDER.empty_page())
        self.counts = self._loader("counts", "counts", 0)

    def _loader(self, name: str, answers: str, missing: Any) -> BatchLoader[Any, Any]:
        async def find(keys: "Sequence[Any]") -> "Mapping[Any, Any]":
            world = self._world
            await world.pause(name)
            if dice(world.seed, f"loader {name}").chance(0.05 * world.rate):
                raise Boom(f"{name} is down")
            return {key: self._answer(answers, key) for key in keys if not self._unknown(name, key)}

        return BatchLoader(find, missing=missing)

    def _unknown(self, name: str, key: Any) -> bool:
        return dice(self._world.seed, f"{name} {key}").chance(0.05)

    def _answer(self, name: str, key: Any) -> Any:
        world, here = self._world, f"{key}~{name}"
        if name == "counts":
            return dice(world.seed, here).choice((0, 3, 12) if not world.rate else (0, 3, 12, "x", None))
        if name != "pages":
            box = world.schema.type_map["Box"]
            return world.value(box.fields[name].type, here)  # type: ignore[attr-defined]  # it is an object type
        assert isinstance(key, Slice)
        items: tuple[Any, ...] = tuple(
            world.thing("Box", f"{key.parent}~{index}") for index in range(key.window.size % 4)
        )
        if dice(world.seed, here).chance(0.1 * world.rate):
            items = (*items, None)
        return Page(items=items, order=ORDER, has_next_page=False, has_previous_page=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyContext:
    """One request's context, with the attributes that the shop's relations expect."""

    world: World
    loaders: ToyLoaders


def _begin(type_name: str) -> Any:
    """A field of the root: an object to begin with."""

    def resolve(info: strawberry.Info, number: int = 1) -> Any:
        world: World = info.context.world
        world.calls[f"{info.field_name}{number}"] += 1
        return world.thing(type_name, f"{info.field_name}{number}")

    return _field(resolve)


def _begin_slowly(type_name: str) -> Any:
    """The same, after a while."""

    async def resolve(info: strawberry.Info, number: int) -> Any:
        world: World = info.context.world
        await world.pause(info.field_name)
        world.calls[f"{info.field_name}{number}"] += 1
        return world.thing(type_name, f"{info.field_name}{number}")

    return _field(resolve)


def _any() -> Any:
    """A field of the root: whatever its type says."""

    async def resolve(info: strawberry.Info) -> Any:
        await info.context.world.pause(info.field_name)
        return info.context.world.resolve("Query", info.field_name, "root")

    return _field(resolve)


def _field(resolve: "Callable[..., Any]") -> Any:
    del resolve.__annotations__["return"]  # the field's type is the annotation of the attribute
    return strawberry.field(resolver=resolve)


@strawberry.type
class Query:
    box: Box = _begin("Box")
    crate: Box | None = _begin_slowly("Box")
    grid: Grid | None = _begin_slowly("Grid")
    leaves: Leaves | None = _begin("Leaves")
    pets: list[Pet] = _any()
    named: list[Named | None] | None = _any()
    animal: Animal | None = _any()


def _log(info: strawberry.Info, event: str) -> str:
    """Note what a mutation does, and which one is running."""
    world: World = info.context.world
    world.mutation = event
    world.effects.append(event)
    return event


def _add(info: strawberry.Info, number: int = 1) -> Any:
    _log(info, f"add {number}")
    return len(info.context.world.effects)


async def _add_slowly(info: strawberry.Info, number: int) -> Any:
    event = _log(info, f"add slowly {number}")
    await info.context.world.pause(event)
    info.context.world.effects.append(f"added slowly {number}")
    return len(info.context.world.effects)


def _make(info: strawberry.Info, number: int) -> Any:
    return info.context.world.thing("Box", _log(info, f"make {number}"))


async def _make_slowly(info: strawberry.Info, number: int) -> Any:
    event = _log(info, f"make slowly {number}")
    await info.context.world.pause(event)
    return info.context.world.thing("Box", event)


def _adopt(info: strawberry.Info) -> Any:
    _log(info, "adopt")
    world: World = info.context.world
    last = "Grid" if dice(world.seed, "adopt").chance(0.2 * world.rate) else "Cat"
    return [world.thing(name, f"adopted {name}") for name in ("Cat", "Dog", "Robot", last)]


async def _fail(info: strawberry.Info, number: int) -> Any:
    event = _log(info, f"fail {number}")
    await info.context.world.pause(event)
    raise Boom(event)


def _fail_strictly(info: strawberry.Info, number: int = 0) -> Any:
    event = _log(info, f"fail strictly {number}")
    throws = dice(info.context.world.seed, event)
    if throws.chance(0.3):
        raise Boom(event)
    return None if throws.chance(0.3) else number


@strawberry.type
class Mutation:
    """Changes, one after the other; what one returns is asked before the next begins."""

    add: int = _field(_add)
    add_slowly: int | None = _field(_add_slowly)
    make: Box = _field(_make)
    make_slowly: Box | None = _field(_make_slowly)
    adopt: list[Pet | None] = _field(_adopt)
    fail: int | None = _field(_fail)
    fail_strictly: int = _field(_fail_strictly)


def build_toy_schema() -> strawberry.Schema:
    """The toy schema."""
    return strawberry.Schema(
        Query, mutation=Mutation, types=[Cat, Dog, Robot], config=StrawberryConfig(scalar_map=SCALARS)
    )


def toy_context(world: World) -> ToyContext:
    """The context of one request to the toy schema."""
    return ToyContext(world=world, loaders=ToyLoaders(world))


def toy_leaf(rng: Random, coordinate: str, type_: GraphQLNamedType) -> Any:
    """A value for an argument of the toy schema; seldom one that its scalar refuses."""
    own: dict[str, tuple[Any, ...]] = {
        "DateTime": (*["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"] * 4, "yesterday"),
        "Decimal": (*["1.50", 3] * 4, "cheap"),
        "JSON": ({"a": [1, {"b": None}]}, [], [1.5, "x"], "text", 7),
    }
    return rng.choice(own[type_.name]) if type_.name in own else any_leaf(rng, coordinate, type_)
