"""Attributes that are worked out when they are first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")
V = TypeVar("V")


class once(Generic[S, V]):  # noqa: N801  # a decorator, like property
    """An attribute that is worked out when it is first asked for, and kept in the object's dict.

    functools.cached_property without its lock, which until Python 3.12 costs more than most of what is made here. What
    it is used for lives in one task.
    """

    def __init__(self, func: Callable[[S], V]) -> None:
        """Work it out with this method."""
        self.func = func
        self.__doc__ = func.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        """Learn under which name to keep it."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> once[S, V]: ...
    @overload
    def __get__(self, instance: S, owner: type[Any]) -> V: ...
    def __get__(self, instance: S | None, owner: type[Any]) -> once[S, V] | V:
        """The attribute; asked again, it is found in the object's dict before anybody comes here."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self.func(instance)
        return value
