"""Declared relations: a field that is the answer of one loader to one key of its parent.

A relation says which loader and which attribute of the parent's record is the key; the batch loader does the rest.
Where a field needs more than that (a permission, a choice between loaders) it is an ordinary resolver.
"""

from collections.abc import Callable
from typing import Annotated, Any, Optional

import strawberry

from datasources.core.batching import BatchLoader
from datasources.core.paging import Page, Slice, window
from datasources.loaders import Loaders
from resolvers.context import Info
from resolvers.relay import Listing

First = Annotated[
    int | None, strawberry.argument(description="How many items from the start: 20 unless told, at most 100.")
]
After = Annotated[str | None, strawberry.argument(description="Only items after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many items from the end, instead of `first`.")
]
Before = Annotated[
    str | None, strawberry.argument(description="Only items before this cursor, instead of `after`.")
]


def one(
    loader: Callable[[Loaders], BatchLoader[Any, Any]],
    key: str,
    *,
    description: str,
    visible: Callable[[Info, Any], bool] | None = None,
) -> Any:
    """A relation to one object, or none: the loader's answer to the parent's `key`.

    The field is null where the key is null, where there is no such object, and where it is not `visible` to the viewer.
    """

    async def resolve(root: Any, info: Info) -> Any:
        wanted = getattr(root, key)
        if wanted is None:
            return None
        found = await loader(info.context.loaders).load(wanted)
        return found if found is None or visible is None or visible(info, found) else None

    del resolve.__annotations__["return"]  # the field's type is the annotation of the attribute
    return strawberry.field(resolver=resolve, description=description)


def many(
    loader: Callable[[Loaders], BatchLoader[Any, Any]],
    key: str,
    *,
    description: str,
    visible: Callable[[Info, Any], bool] | None = None,
) -> Any:
    """A relation to a whole, short list: the loader's answer to the parent's `key`, less what is not `visible`."""

    async def resolve(root: Any, info: Info) -> Any:
        found = await loader(info.context.loaders).load(getattr(root, key))
        return found if visible is None else tuple(item for item in found if visible(info, item))

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, description=description)


def paged(
    loader: Callable[[Loaders], BatchLoader[Any, Page[Any]]],
    key: str,
    *,
    count: Callable[[Loaders], BatchLoader[Any, int]],
    filtered: Callable[[Info, Any], Any],
    where: type[Any] | None = None,
    description: str,
) -> Any:
    """A relation to a long list, in windows: the loader's answer to a Slice of the parent's `key`.

    `where` is the input type of the field's filter, if it takes one; `filtered` makes the datasource's filter of it.
    `count` answers (key, filter) with the length of the whole list.
    """

    async def resolve(
        root: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Any = None,
    ) -> Any:
        parent, wanted = getattr(root, key), filtered(info, where)
        wanted_window = window(first=first, after=after, last=last, before=before)
        loaders = info.context.loaders
        found = await loader(loaders).load(Slice(parent=parent, filter=wanted, window=wanted_window))
        return Listing(page_info=found, count=lambda: count(loaders).load((parent, wanted)))

    return strawberry.field(resolver=_taking(resolve, where), description=description)


def _taking(resolve: Callable[..., Any], where: type[Any] | None) -> Callable[..., Any]:
    """The resolver with a `where` argument of this type, or without one."""
    annotations = resolve.__annotations__
    del annotations["return"]
    if where is not None:
        described = strawberry.argument(description="Only items that meet every condition.")
        annotations["where"] = Annotated[Optional[where], described]  # noqa: UP045  # a type known only at run time
        return resolve

    async def unfiltered(
        root: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        return await resolve(root, info, first, after, last, before)

    del unfiltered.__annotations__["return"]
    return unfiltered
