"""Which classes of values stand for an object type: looked at once for each class, not for each value."""

from __future__ import annotations

from asyncio import Future
from types import CoroutineType, NoneType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import GraphQLObjectType


class Surprise(Exception):
    """A value that is not exactly what the fast path expects; raised by generated code only."""


# One instance for all, because it says nothing but that it happened.
SURPRISE = Surprise()

# What a resolver or a loader may have put in place of a value, and graphql-core knows what to do with.
NO_OBJECTS = (Exception, CoroutineType, Future, NoneType)


class Classes(set[type]):
    """The classes that have been met and stand for a type; a class that has not been met yet is `admit`ted first."""

    def __init__(self, type_: GraphQLObjectType) -> None:
        """Know the class of the type's records, if they are of one."""
        super().__init__()
        self._record: type | None = getattr(type_.is_type_of, "record", None)

    def admit(self, value: Any) -> None:
        """Take the class of this value for the type's.

        Raises:
            Surprise: it is not.
        """
        stands = (
            # Reading attributes of what is no object fails by itself; but a selection may read none.
            not isinstance(value, NO_OBJECTS) if self._record is None else isinstance(value, self._record)
        )
        if not stands:
            raise SURPRISE
        self.add(value.__class__)
