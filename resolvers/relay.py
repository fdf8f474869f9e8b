"""Global object identification and connections, as the Relay server specification describes them."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from datasources.core.paging import Page
from resolvers.context import Info
from resolvers.declarations import DECLARATION, Computed

T = TypeVar("T")

# Finds the object of a type by the key in its global id: None where there is none that the viewer may see.
NodeFinder: TypeAlias = Callable[[Info, str], Awaitable[Any]]


class InvalidId(Exception):
    """An id that this schema never gave out, or one of another type than the field takes."""

    def __init__(self, given: str, expected: str | None = None) -> None:
        """Keep the id, and the type whose ids would do."""
        wanted = f"an id of the type {expected}" if expected else "an id of this schema"
        super().__init__(f"{given[:80]!r} is not {wanted}. Pass the id exactly as the schema gave it.")
        self.given = given
        self.expected = expected


def global_id(type_name: str, key: object) -> str:
    """The opaque id of an object: its type and its key."""
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def split_global_id(given: str) -> tuple[str, str]:
    """The type and the key that an id stands for.

    Raises:
        InvalidId: it is none.
    """
    try:
        type_name, separator, key = (
            base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().partition(":")
        )
    except (ValueError, binascii.Error) as error:
        raise InvalidId(given) from error
    # Decoding skips what is not of the alphabet; only the exact id that was given out is one.
    if not separator or global_id(type_name, key) != given:
        raise InvalidId(given)
    return type_name, key


def key_of(given: str, type_name: str) -> str:
    """The key in an id of the type.

    Raises:
        InvalidId: it is none, or another type's.
    """
    found, key = split_global_id(given)
    if found != type_name:
        raise InvalidId(given, type_name)
    return key


def uuid_of(given: str, type_name: str) -> UUID:
    """The UUID in an id of the type.

    Raises:
        InvalidId: it is none, or another type's.
    """
    return uuid_from(key_of(given, type_name), type_name)


def uuid_from(key: str, type_name: str) -> UUID:
    """The UUID that the key of a type should be.

    Raises:
        InvalidId: it is none.
    """
    try:
        found = UUID(key)
    except ValueError as error:
        raise InvalidId(global_id(type_name, key), type_name) from error
    if str(found) != key:  # UUID also reads braces and capitals, which no id was given out with
        raise InvalidId(global_id(type_name, key), type_name)
    return found


def id_field(type_name: str, key: str = "id") -> Any:
    """The `id` of a node: opaque, made of the type's name and the record's attribute `key`."""

    def resolve(root: Any) -> strawberry.ID:
        return strawberry.ID(global_id(type_name, getattr(root, key)))

    return strawberry.field(
        resolver=resolve,
        description="The object's opaque global id.",
        metadata={DECLARATION: Computed(value=resolve)},
    )


def source_is(record: type[Any]) -> Callable[[Any, Any], bool]:
    """The `is_type_of` of a type whose objects are these records."""

    def is_type_of(source: Any, _info: Any) -> bool:
        return isinstance(source, record)

    is_type_of.record = record  # type: ignore[attr-defined]  # for a program that would rather check by itself
    return is_type_of


@strawberry.interface(description="An object with a global id, by which `Query.node` finds it.")
class Node:
    id: strawberry.ID = strawberry.field(description="The object's opaque global id.")


@strawberry.type(description="Where a page of a list begins and ends, and whether there are more items.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first item of the page; null for an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item of the page; null for an empty page."
    )


@strawberry.type(description="An item of a list, with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(
        description="The item's position in the list: pass it as `after` or `before`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSource(Generic[T]):
    """What an Edge is read from: the cursor is made when it is asked for."""

    node: T
    page: Page[T]

    @property
    def cursor(self) -> str:
        """Where the item is."""
        return self.page.order.cursor(self.node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """What a Connection is read from: a page, and how to count the whole list should somebody ask."""

    page_info: Page[T]
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> tuple[T, ...]:
        """The items of the window."""
        return self.page_info.items

    @property
    def edges(self) -> tuple[EdgeSource[T], ...]:
        """The items of the window with their cursors."""
        return tuple(EdgeSource(node=item, page=self.page_info) for item in self.page_info.items)


async def _total_count(root: Any, info: Info) -> int:  # noqa: ARG001  # the resolver's signature
    return await root.count()  # type: ignore[no-any-return]  # root is a Listing


@strawberry.type(
    description="One page of a list, with the cursors that lead to the next and the previous page."
)
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The items of the page.")
    edges: list[Edge[T]] = strawberry.field(description="The items of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(
        description="The cursors at both ends of the page, and whether there are more items."
    )
    total_count: int = strawberry.field(
        resolver=_total_count,
        description="How many items the whole list has. They are counted only if this field is selected.",
    )
