"""Types with all that the shop lacks: lists of lists, unions, every nullability, all sorts of resolvers."""

import asyncio
from datetime import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Annotated, Any, Union

import strawberry
from strawberry.permission import BasePermission
from strawberry.scalars import JSON

from resolvers.relations import many, one, paged
from resolvers.relay import Connection  # noqa: TC001  # Strawberry reads it in annotations
from tests.differential.dice import Boom, dice
from tests.differential.world import Thing


def is_a(type_name: str) -> Any:
    """The `is_type_of` of a type."""

    def is_type_of(source: Any, _info: Any) -> bool:
        return isinstance(source, Thing) and source.type_name == type_name

    return is_type_of


def sync(**options: Any) -> Any:
    """A field with an ordinary resolver."""

    def resolve(root: Any, info: strawberry.Info) -> Any:
        return _ask(root, info)

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, **options)


def slow(**options: Any) -> Any:
    """A field with an `async def` resolver."""

    async def resolve(root: Any, info: strawberry.Info) -> Any:
        await info.context.world.pause(f"{root.what}.{info.field_name}")
        return _ask(root, info)

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, **options)


def promised(**options: Any) -> Any:
    """A field with an ordinary resolver that returns a coroutine or a task."""

    def resolve(root: Any, info: strawberry.Info) -> Any:
        async def answer() -> Any:
            await info.context.world.pause(f"{root.what}.{info.field_name}")
            return _ask(root, info)

        eager = dice(info.context.world.seed, f"eager {root.what}").chance(0.5)
        return asyncio.ensure_future(answer()) if eager else answer()

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, **options)


def _ask(root: Thing, info: strawberry.Info) -> Any:
    world = root.world
    # What a loader gave out is everybody's.
    if "~" not in root.what and root.made_by != world.mutation:
        world.intrusions.append(f"{root.what} of {root.made_by} is asked during {world.mutation}")
    return world.resolve(root.type_name, info.field_name, root.what)


class Allowed(BasePermission):
    """Refuses now and then, at once."""

    message = "refused"

    def has_permission(self, source: Any, info: Any, **_arguments: Any) -> bool:
        """Whether this object's field may be seen."""
        world = info.context.world
        return not dice(world.seed, f"allowed {source.what}").chance(0.2 * world.rate)


class SlowlyAllowed(BasePermission):
    """Refuses now and then, after a while."""

    message = "refused slowly"

    async def has_permission(self, source: Any, info: Any, **_arguments: Any) -> bool:
        """Whether this object's field may be seen."""
        await info.context.world.pause(source.what)
        return not dice(info.context.world.seed, f"slow {source.what}").chance(0.2 * info.context.world.rate)


@strawberry.enum
class Color(Enum):
    RED = "red"
    GREEN = 2
    BLUE = strawberry.enum_value("azure")


@strawberry.input
class Filter:
    text: str | None = None
    color: Color = Color.RED
    numbers: list[int] | None = strawberry.field(default_factory=lambda: [1, 2])
    within: "Filter | None" = None
    from_: datetime | None = strawberry.field(name="from", default=None)


@strawberry.input(one_of=True)
class Choice:
    number: int | None = strawberry.UNSET
    word: str | None = strawberry.UNSET


@strawberry.interface
class Named:
    name: str = slow()
    nick: str | None
    friend: "Named | None" = sync()


@strawberry.interface
class Animal:
    legs: int

    @classmethod
    def resolve_type(cls, obj: Any, info: Any, abstract_type: Any) -> Any:  # noqa: ARG003  # Strawberry's signature
        """The name of an animal's type, if it is told right."""
        if not isinstance(obj, Thing):
            return None
        throws = dice(obj.world.seed, f"type of {obj.what}")
        if throws.chance(0.05 * obj.world.rate):
            return throws.choice((None, 7, "Nothing", "Robot", "Color", "Named", Boom("returned as a type")))
        if throws.chance(0.02 * obj.world.rate):
            raise Boom("no type")
        return obj.type_name


@strawberry.type
class Cat(Named, Animal):
    is_type_of = is_a("Cat")

    lives: int = slow()
    prey: "list[Pet] | None" = promised()


@strawberry.type
class Dog(Named, Animal):
    is_type_of = is_a("Dog")

    good: bool | None
    enemy: "Cat" = sync()
    lives: int | None = slow(name="tricks")


@strawberry.type
class Robot(Named):
    is_type_of = is_a("Robot")

    serial: strawberry.ID
    maker: "Robot" = promised()


Pet = Annotated[Union[Cat, Dog, Robot], strawberry.union("Pet")]  # noqa: UP007  # Strawberry's way to name a union


@strawberry.type
class Leaves:
    """Every scalar in every manner; no `is_type_of`, so that anything may turn up here."""

    whole: int
    real: float | None
    text: str
    flag: bool | None
    id: strawberry.ID
    color: Color
    moment: datetime
    amount: Decimal | None
    json: JSON | None
    swhole: int | None = sync()
    sreal: float = sync()
    stext: str | None = sync()
    sflag: bool = sync()
    sid: strawberry.ID | None = sync()
    scolor: Color | None = sync()
    smoment: datetime | None = sync()
    samount: Decimal = sync()
    awhole: int = slow()
    atext: str | None = slow()
    acolor: Color | None = slow()
    amoment: datetime = slow()
    pwhole: int | None = promised()
    ptext: str = promised()


@strawberry.type
class Grid:
    """Lists of every nullability and depth."""

    is_type_of = is_a("Grid")

    a: list[int | None] | None
    b: list[int] | None
    c: list[int | None]
    d: list[int]
    e: list[list[int | None] | None] | None
    f: list[list[int]]
    g: list[list[int] | None]
    h: list[list[list[Color]]] | None
    i: list[str] | None = sync()
    j: list[list[str | None]] | None = slow()
    k: "list[Leaves | None] | None" = sync()
    l: "list[Leaves]" = slow()  # noqa: E741  # one letter each
    m: "list[list[Pet]] | None" = sync()
    n: "list[list[Named | None] | None]" = promised()
    o: "list[Animal]" = sync()
    p: "list[list[Box]] | None" = slow()
    q: "list[datetime]"
    r: "list[Pet | None] | None" = promised()
    s: list[JSON | None] | None


AB = [strawberry.ID("a"), strawberry.ID("b")]


def _first(info: Any, _where: Any) -> None:
    return None


@strawberry.type
class Box:
    """An object that holds others, near and far, and knows some by a loader alone."""

    is_type_of = is_a("Box")

    label: str
    secret: str | None = sync(permission_classes=[Allowed])
    safe: int = slow(permission_classes=[Allowed, SlowlyAllowed])
    inner: "Box | None"
    strict: "Box"
    beside: "Box" = sync()
    beyond: "Box | None" = slow()
    behind: "Box" = slow()
    promised: "Box | None" = promised()
    leaves: Leaves
    grid: Grid | None = sync()
    pet: "Pet | None" = slow()
    named: "Named"
    animal: "Animal | None"
    twin: "Box | None" = one(attrgetter("twins"), "what", description="By a loader.")
    other: "Box" = one(
        attrgetter("twins"),
        "what",
        visible=lambda _info, box: box.is_shown,
        description="By a loader, if it may be seen.",
    )
    same: "Robot | None" = one(attrgetter("shared"), "type_name", description="One for all.")
    pair: "Box | None" = one(attrgetter("twins"), "key", description="By a key that may be null.")
    match: "Box" = one(attrgetter("twins"), "key", description="By a key that may be null.")
    heap: list["Box"] = many(attrgetter("parts"), "key", description="By a key that may be null.")
    flock: "list[Pet] | None" = many(
        attrgetter("pets"), "key", visible=lambda _info, pet: pet.is_shown, description="If they may be seen."
    )
    rows: "Connection[Box]" = paged(
        attrgetter("pages"), "key", count=attrgetter("counts"), filtered=_first, description="By such a key."
    )
    parts: list["Box"] = many(attrgetter("parts"), "what", description="By a loader.")
    pets: "list[Pet | None] | None" = many(attrgetter("pets"), "what", description="By a loader.")
    pages: "Connection[Box] | None" = paged(
        attrgetter("pages"),
        "what",
        count=attrgetter("counts"),
        filtered=_first,
        description="By a loader, in windows.",
    )

    @strawberry.field
    def echo(
        self,
        info: strawberry.Info,
        number: int = 3,
        ids: list[strawberry.ID] = AB,
        color: Color = Color.BLUE,
        only: Filter | None = None,
        filters: list[Filter | None] | None = strawberry.UNSET,
        matrix: list[list[int]] | None = None,
        moment: datetime | None = None,
        amount: Decimal | None = None,
        choice: Choice | None = None,
        json: JSON | None = None,
        from_: Annotated[float | None, strawberry.argument(name="from")] = 0.5,
    ) -> str:
        """What reached the resolver."""
        given = {key: value for key, value in locals().items() if key not in {"self", "info"}}
        return f"{info.field_name} of {info._raw_info.parent_type}: {given!r}"

    @strawberry.field
    async def asked(self, info: strawberry.Info, word: str) -> str | None:
        """What a resolver can know about the operation."""
        return f"{word} {info.variable_values!r} {info.selected_fields} {info.return_type} {info.operation.operation}"
