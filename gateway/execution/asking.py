"""How one field's values are asked for, for all its parents at once: of a loader, in windows, or of a resolver."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol

from graphql import GraphQLNonNull

from resolvers.declarations import Paged, Related

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.execution.plans import FieldPlan
    from gateway.execution.requests import Request


class Failure:
    """What came in place of a value. A wrapper, because an exception may not pass for a value."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class Asked(Protocol):
    """A question that has been sent."""

    failed: bool
    """Whether one of the values is a Failure; known once they have arrived."""

    def hurry(self) -> None:
        """Start what would otherwise only start when it is waited for, since others are waited for, too."""

    async def values(self) -> list[Any]:
        """The values, one for each parent, once they have arrived."""

    def abandon(self) -> None:
        """Stop waiting."""


def ask(request: Request, slot: FieldPlan, sources: list[Any]) -> Asked:
    """Send the question of one field for these parents, or keys of parents."""
    origin = slot.origin
    if isinstance(origin, Related):
        return _AskedRelation(request, slot, origin, sources)
    if isinstance(origin, Paged):
        return _AskedWindow(request, slot, origin, sources)
    return _AskedResolver(request, slot, sources)


class _AskedLoader:
    """A loader was asked; its answers arrive all at once, or fail all at once."""

    def __init__(self, count: int) -> None:
        self.failed = False
        self._count = count
        self._answers: Awaitable[list[Any]] | None = None
        self._failure: Failure | None = None

    def hurry(self) -> None:
        """Nothing to do: a loader has been asked already."""

    async def values(self) -> list[Any]:
        answers: list[Any] = []
        if self._answers is not None:
            try:
                answers = await self._answers
            except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
                self._failure = Failure(error)
        if self._failure is not None:
            self.failed = True
            return [self._failure] * self._count
        return self._made_of(answers)

    def abandon(self) -> None:
        if isinstance(self._answers, asyncio.Future):
            self._answers.cancel()

    def _made_of(self, answers: list[Any]) -> list[Any]:
        raise NotImplementedError


class _AskedRelation(_AskedLoader):
    """A relation: the loader's answers, less what the viewer may not see."""

    def __init__(self, request: Request, slot: FieldPlan, origin: Related, keys: list[Any]) -> None:
        super().__init__(len(keys))
        self._request = request
        self._slot = slot
        self._origin = origin
        self._keys = keys
        # Where the field may be null, the parents whose key is null do not ask.
        self._some_null = not origin.many and isinstance(slot.type, GraphQLNonNull) and None in keys
        try:
            wanted = [key for key in keys if key is not None] if self._some_null else keys
            self._answers = origin.loader(request.context.loaders).load_many(wanted)
        except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
            self._failure = Failure(error)

    def _made_of(self, answers: list[Any]) -> list[Any]:
        if self._some_null:
            rest = iter(answers)
            answers = [None if key is None else next(rest) for key in self._keys]
        visible = self._origin.visible
        return answers if visible is None else self._seen(answers, visible)

    def _seen(self, answers: list[Any], visible: Callable[[Any, Any], bool]) -> list[Any]:
        """What the viewer may see of the answers; of one that several parents have in common it is decided once."""
        info = self._request.strawberry_info(self._slot)
        decided: dict[int, Any] = {} if self._origin.many else {id(None): None}
        for answer in answers:
            if id(answer) in decided:
                continue
            try:
                if self._origin.many:
                    decided[id(answer)] = tuple([item for item in answer if visible(info, item)])
                else:
                    decided[id(answer)] = answer if visible(info, answer) else None
            except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
                self.failed = True
                decided[id(answer)] = Failure(error)
        return [decided[id(answer)] for answer in answers]


class _AskedWindow(_AskedLoader):
    """A paged relation: the loader's pages, made into listings."""

    def __init__(self, request: Request, slot: FieldPlan, origin: Paged, parents: list[Any]) -> None:
        super().__init__(len(parents))
        self._parents = parents
        try:
            arguments = slot.resolver.converted(request)
            self._window = origin.bind(request.strawberry_info(slot), **arguments)
            wanted = [self._window.slice_of(parent) for parent in parents]
            self._answers = origin.loader(request.context.loaders).load_many(wanted)
        except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
            self._failure = Failure(error)

    def _made_of(self, answers: list[Any]) -> list[Any]:
        listing = self._window.listing
        return [listing(parent, answer) for parent, answer in zip(self._parents, answers, strict=True)]


class _AskedResolver:
    """A resolver was called once for each parent; some of its answers may have to be awaited."""

    def __init__(self, request: Request, slot: FieldPlan, sources: list[Any]) -> None:
        self.failed = False
        self._values: list[Any] = []
        self._awaited: list[tuple[int, Awaitable[Any]]] = []
        try:
            resolve = slot.resolver.bind(request, slot)
        except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
            self.failed = True
            self._values = [Failure(error) for _ in sources]
            return
        for source in sources:
            try:
                value = resolve(source)
            except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
                self.failed = True
                value = Failure(error)
            if isawaitable(value):
                self._awaited.append((len(self._values), value))
            self._values.append(value)

    def hurry(self) -> None:
        self._awaited = [(index, asyncio.ensure_future(awaitable)) for index, awaitable in self._awaited]

    async def values(self) -> list[Any]:
        if len(self._awaited) > 1:
            self.hurry()
        for index, awaitable in self._awaited:
            try:
                self._values[index] = await awaitable
            except Exception as error:  # noqa: BLE001  # an edge: it becomes the field's error
                self.failed = True
                self._values[index] = Failure(error)
        return self._values

    def abandon(self) -> None:
        for _, awaitable in self._awaited:
            if isinstance(awaitable, asyncio.Future):
                awaitable.cancel()
