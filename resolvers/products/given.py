"""Hands inputs of the catalogue's mutations to its commands, and tells of what those could not take."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypedDict
from uuid import UUID

import strawberry

from datasources.products.catalogue_errors import InvalidValues, Problem
from resolvers.context import Info
from resolvers.mutations import InvalidInput, InvalidInputError
from resolvers.relay import key_of

# Of which type the ids in inputs are.
_TYPES_OF_IDS: Final = {"category_id": "Category", "parent_id": "Category", "brand_id": "Brand"}

# What documents call otherwise than the schema does.
_NAMES: Final = {
    "meta_title": "title",
    "meta_description": "description",
    "meta_keywords": "keywords",
    "attribute_type": "type",
    "order": "position",
    "display_order": "position",
}


class Staffed(TypedDict):
    """Which member of staff does something, and when: what every command on the catalogue takes."""

    actor_id: UUID | None
    now: datetime


def staffed(info: Info) -> Staffed:
    """The viewer, now."""
    return {"actor_id": info.context.viewer.user_id, "now": datetime.now(UTC)}


def given_in(given: Any, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values of an input by the documents' names, without those that were left out.

    Raises:
        InvalidId: an id is none of the type that it should be.
    """
    return {
        name: _plain(name, value)
        for name, value in vars(given).items()
        if value is not strawberry.UNSET and name not in but
    }


@contextmanager
def told_as_input(within: str = "") -> Iterator[None]:
    """Raise InvalidInput for the values that a command could not take; `within` is where in `input` they stand."""
    try:
        yield
    except InvalidValues as error:
        raise InvalidInput([_told(problem, within) for problem in error.problems]) from error


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_plain("", item) for item in value]
    if hasattr(type(value), "__strawberry_definition__"):
        return given_in(value)
    if name in _TYPES_OF_IDS and value is not None:
        return key_of(value, _TYPES_OF_IDS[name])
    return value


def _told(problem: Problem, within: str) -> InvalidInputError:
    steps = [step for step in f"{within}.{problem.at}".split(".") if step]
    path = [_camel(_NAMES.get(step, step)) for step in steps]
    return InvalidInputError(code=problem.code, message=problem.message, field=path)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
