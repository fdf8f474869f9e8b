"""What a list of users can be narrowed and sorted by."""

from collections.abc import Sequence
from enum import Enum

import strawberry

from datasources.users.records import UserFilter
from resolvers.inputs import DateTimeRange, values_of
from resolvers.problems import BadInput
from resolvers.scalars import EmailAddress
from resolvers.users.types import CustomerTier, Role

MAXIMUM_EMAILS = 100


@strawberry.input(description="Conditions on users. Every condition must be met.")
class UserWhere:
    search: str | None = strawberry.field(
        default=None,
        description="The e-mail address, first name, last name or full name begins with this; case is "
        "ignored.",
    )
    email_in: list[EmailAddress] | None = strawberry.field(
        default=None,
        description=f"The e-mail address is one of these, at most {MAXIMUM_EMAILS}; case is ignored.",
    )
    role_in: list[Role] | None = strawberry.field(
        default=None, description="The user has one of these roles."
    )
    tier_in: list[CustomerTier] | None = strawberry.field(
        default=None, description="The user's tier is one of these."
    )
    is_active: bool | None = strawberry.field(default=None, description="Whether the account is active.")
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="The account was created within this range of time."
    )


@strawberry.enum(description="How a list of users is sorted.")
class UserOrder(Enum):
    NEWEST = strawberry.enum_value("newest", description="The newest account first.")
    OLDEST = strawberry.enum_value("oldest", description="The oldest account first.")
    EMAIL_ASC = strawberry.enum_value("email_asc", description="By e-mail address, from A to Z.")
    EMAIL_DESC = strawberry.enum_value("email_desc", description="By e-mail address, from Z to A.")


def user_filter(where: UserWhere | None) -> UserFilter:
    """The datasource's filter that an input stands for.

    Raises:
        BadInput: there are too many e-mail addresses, or a text that no user can have.
    """
    if where is None:
        return UserFilter()
    return UserFilter(
        search=_text((where.search or "").strip(), "where.search") or None,
        emails=None if where.email_in is None else _emails(where.email_in),
        roles=values_of(where.role_in),
        tiers=values_of(where.tier_in),
        is_active=where.is_active,
        created_from=where.created_at.from_ if where.created_at else None,
        created_before=where.created_at.before if where.created_at else None,
    )


def _emails(given: Sequence[str]) -> tuple[str, ...]:
    if len(given) > MAXIMUM_EMAILS:
        message = f"Give at most {MAXIMUM_EMAILS} e-mail addresses, not {len(given)}."
        raise BadInput(message, field="where.emailIn")
    return tuple(sorted({_text(email, "where.emailIn").lower() for email in given}))


def _text(given: str, field: str) -> str:
    if "\0" in given:
        message = "No text of a user holds a NUL character."
        raise BadInput(message, field=field)
    return given
