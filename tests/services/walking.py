"""Walks a list from one end to the other, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from datasources.core.paging import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasources.core.paging import Page

R = TypeVar("R")


async def walk(
    fetch: Callable[[Window], Awaitable[Page[R]]], *, size: int, backwards: bool = False
) -> list[R]:
    """Everything in the list, in the list's order whichever way it was walked."""
    walked: list[R] = []
    cursor, more = None, True
    while more:
        page = await fetch(Window(size=size, cursor=cursor, backwards=backwards))
        assert len(page.items) <= size
        walked = [*page.items, *walked] if backwards else [*walked, *page.items]
        cursor = page.start_cursor if backwards else page.end_cursor
        more = page.has_previous_page if backwards else page.has_next_page
    return walked
