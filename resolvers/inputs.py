"""The leaves of every `where` input: conditions on one value."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry


@strawberry.input(description="A range of time. Leave out either end to leave it open.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", default=None, description="At this time or later.")
    before: datetime | None = strawberry.field(default=None, description="Before this time.")


@strawberry.input(
    description="A range of amounts in the list's currency, both ends included. Leave out either end "
    "to leave it open."
)
class DecimalRange:
    from_: Decimal | None = strawberry.field(name="from", default=None, description="At least this amount.")
    to: Decimal | None = strawberry.field(default=None, description="At most this amount.")


def value_of(member: Enum) -> str:
    """The databases' word for an enum member."""
    return str(member.value)


def values_of(members: Iterable[Enum] | None) -> tuple[str, ...] | None:
    """The databases' words for enum members, each once and sorted, so that equal conditions are equal filters."""
    return None if members is None else tuple(sorted({member.value for member in members}))
