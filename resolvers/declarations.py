"""What a field says of itself beside its type, before it runs: where its value comes from.

A declaration rides on the Strawberry field as metadata. The resolver beside it does the same thing, for executors that
know nothing of declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from datasources.core.batching import BatchLoader
from datasources.loaders import Loaders

DECLARATION = "declaration"

# Under which name the metadata of a field with a resolver says which attributes of the parent's record that reads.
READS = "reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """The value is a pure function of the parent's record; calling it twice does no harm."""

    value: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The value is an object whose attributes are the parent's own, under other names.

    It is null where the attribute `present` is null.
    """

    attributes: Mapping[str, str]
    present: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """The value is a loader's answer to an attribute of the parent, or null where that attribute is null.

    What is not `visible` to the viewer is left out; `many` says that the answer is a list.
    """

    loader: Callable[[Loaders], BatchLoader[Any, Any]]
    key: str
    many: bool
    visible: Callable[[Any, Any], bool] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """The value is a window of a long list: `bind` turns the field's arguments into a way to ask for one parent.

    It raises what the arguments deserve, such as InvalidPage.
    """

    loader: Callable[[Loaders], BatchLoader[Any, Any]]
    key: str
    bind: Callable[..., "Window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A paged relation with its arguments: the loader's key for a parent, and what to make of the answer."""

    slice_of: Callable[[Any], Any]
    listing: Callable[[Any, Any], Any]


Declaration: TypeAlias = Computed | Embedded | Related | Paged
