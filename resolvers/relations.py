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
from resolvers.declarations import DECLARATION, Declaration, Paged, Related, Window
from resolvers.relay import Listing

First = Annotated[
    int | None,
    strawberry.argument(description="How many items from the start of the list: 20 by default, at most 100."),
]
After = Annotated[str | None, strawberry.argument(description="Only items after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many items from the end of the list, instead of `first`."),
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

    return _declared(resolve, Related(loader=loader, key=key, many=False, visible=visible), description)


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

    return _declared(resolve, Related(loader=loader, key=key, many=True, visible=visible), description)


def paged(
    loader: Callable[[Loaders], BatchLoader[Any, Page[Any]]],
    key: str,
    *,
    count: Callable[[Loaders], BatchLoader[Any, int]],
    filtered: Callable[[Info, Any], Any],
    where: type[Any] | None = None,
    listed: Callable[[Loaders, Any, Any, Page[Any]], Any] | None = None,
    description: str,
) -> Any:
    """A relation to a long list, in windows: the loader's answer to a Slice of the parent's `key`.

    `where` is the input type of the field's filter, if it takes one; `filtered` makes the datasource's filter of it.
    `count` answers (key, filter) with the length of the whole list. A connection that tells more than others has a
    `listed` of its own, which makes its source of the loaders, the key, the filter and the window.
    """
    make_listing = listed or _counted_by(count)

    def bind(
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: Any = None,
    ) -> Window:
        wanted = filtered(info, where)
        wanted_window = window(first=first, after=after, last=last, before=before)
        loaders = info.context.loaders
        return Window(
            slice_of=lambda parent: Slice(parent=parent, filter=wanted, window=wanted_window),
            listing=lambda parent, found: make_listing(loaders, parent, wanted, found),
        )

    async def resolve(
        root: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Any = None,
    ) -> Any:
        parent = getattr(root, key)
        bound = bind(info, first, after, last, before, where)
        return bound.listing(parent, await loader(info.context.loaders).load(bound.slice_of(parent)))

    return _declared(_taking(resolve, where), Paged(loader=loader, key=key, bind=bind), description)


def _counted_by(
    count: Callable[[Loaders], BatchLoader[Any, int]],
) -> Callable[[Loaders, Any, Any, Page[Any]], Any]:
    def make_listing(loaders: Loaders, parent: Any, wanted: Any, found: Page[Any]) -> Any:
        return Listing(page_info=found, count=lambda: count(loaders).load((parent, wanted)))

    return make_listing


def _declared(resolve: Callable[..., Any], declaration: Declaration, description: str) -> Any:
    """The field; its type is the annotation of the attribute that it is assigned to."""
    resolve.__annotations__.pop("return", None)
    return strawberry.field(resolver=resolve, description=description, metadata={DECLARATION: declaration})


def _taking(resolve: Callable[..., Any], where: type[Any] | None) -> Callable[..., Any]:
    """The resolver with a `where` argument of this type, or without one."""
    if where is not None:
        described = strawberry.argument(description="Only items that meet every condition.")
        resolve.__annotations__["where"] = Annotated[Optional[where], described]  # noqa: UP045  # known only at run time
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

    return unfiltered
