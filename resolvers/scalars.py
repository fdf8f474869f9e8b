"""The schema's own scalars, and Money."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from datasources.core import money
from resolvers.declarations import DECLARATION, Embedded

EmailAddress = NewType("EmailAddress", str)
CurrencyCode = NewType("CurrencyCode", str)
Url = NewType("Url", str)

CURRENCY_CODE_LENGTH = 3

# More digits than any sum of money has, and few enough for every database.
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?", re.ASCII)


def serialize_time(value: datetime) -> str:
    """ISO 8601 in UTC with a Z, to the microsecond where there is one."""
    text = value.isoformat()
    if not text.endswith("+00:00"):
        text = value.astimezone(UTC).isoformat()
    return text[:-6] + "Z"


def parse_time(value: Any) -> datetime:
    """An ISO 8601 date and time with an offset; without one it would mean another moment in every time zone."""
    try:
        given = datetime.fromisoformat(value)
        moment = given.astimezone(UTC) if given.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        moment = None
    if moment is None:
        message = f"DateTime takes ISO 8601 with an offset, such as 2026-01-31T12:00:00Z, not {value!r}."
        raise GraphQLError(message)
    return moment


def parse_date(value: Any) -> date:
    """An ISO 8601 date."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"Date takes an ISO 8601 date, such as 2026-01-31, not {value!r}."
        raise GraphQLError(message) from None


def parse_decimal(value: Any) -> Decimal:
    """An exact number in a string; a float has already lost its exactness, so only whole numbers may be bare."""
    if isinstance(value, str | int) and not isinstance(value, bool) and _DECIMAL.fullmatch(str(value)):
        return Decimal(value)
    message = f'Decimal takes an exact number in a string, such as "19.99", not {value!r}.'
    raise GraphQLError(message)


def parse_currency_code(value: Any) -> str:
    """Three capital letters."""
    if (
        isinstance(value, str)
        and len(value) == CURRENCY_CODE_LENGTH
        and value.isascii()
        and value.isalpha()
        and value.isupper()
    ):
        return value
    message = f"CurrencyCode takes an ISO 4217 code such as USD, not {value!r}."
    raise GraphQLError(message)


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in ISO 8601, in UTC, such as 2026-01-31T12:00:00Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=serialize_time,
        parse_value=parse_time,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date in ISO 8601, such as 2026-01-31.",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, as a string such as "19.99".',
        serialize=str,
        parse_value=parse_decimal,
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An e-mail address.",
        specified_by_url="https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
        serialize=str,
        parse_value=str,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A three-letter currency code (ISO 4217), such as USD.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=parse_currency_code,
    ),
    Url: strawberry.scalar(
        name="URL",
        description="An absolute URL.",
        specified_by_url="https://url.spec.whatwg.org/",
        serialize=str,
        parse_value=str,
    ),
}


@strawberry.type(description="An exact amount in a currency.")
class Money:
    amount: Decimal = strawberry.field(
        description='In the currency\'s major unit, as a string such as "19.99".'
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency of the amount.")


def money_field(amount: str, *, description: str, currency: str = "currency") -> Any:
    """A Money field made of two attributes of the record: the amount, which may be missing, and its currency."""

    def resolve(root: Any) -> Any:
        value = getattr(root, amount)
        return None if value is None else money.Money(amount=value, currency_code=getattr(root, currency))

    declaration = Embedded(attributes={"amount": amount, "currency_code": currency}, present=amount)
    return strawberry.field(resolver=resolve, description=description, metadata={DECLARATION: declaration})
