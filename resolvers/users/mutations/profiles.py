"""What users say about themselves, and how they want the shop to be."""

from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from datasources.users import records
from datasources.users.changes import PreferencesChanges, ProfileChanges
from datasources.users.commands import preferences, profiles
from resolvers.context import Info
from resolvers.entries import MOST_OF_NAME, Entries, changes_of
from resolvers.inputs import value_of
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.scalars import CurrencyCode
from resolvers.users.problems import UsernameTakenError
from resolvers.users.types import CustomerPreferences, Theme, User


@strawberry.input(description="What of your profile is to change. What is left out stays; null removes.")
class UpdateProfileInput:
    username: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Your public name: 3 to 30 letters from A to Z, digits, dots, hyphens and underscores.",
    )
    first_name: str | None = strawberry.field(default=strawberry.UNSET, description="First name.")
    last_name: str | None = strawberry.field(default=strawberry.UNSET, description="Last name.")
    phone_number: str | None = strawberry.field(default=strawberry.UNSET, description="Phone number.")
    date_of_birth: date | None = strawberry.field(default=strawberry.UNSET, description="Date of birth.")


UpdateProfileError = Annotated[
    InvalidInputError | UsernameTakenError,
    strawberry.union("UpdateProfileError", description="Why `updateProfile` did nothing."),
]


@strawberry.type(description="What `updateProfile` answers.")
class UpdateProfilePayload:
    user: records.User | None = entity(User, "The user as it is now.")
    user_errors: list[UpdateProfileError] = user_errors()


@strawberry.input(description="What of your preferences is to change. What is left out stays.")
class UpdatePreferencesInput:
    email_notifications: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether you want messages by e-mail."
    )
    sms_notifications: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether you want messages by SMS."
    )
    push_notifications: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether you want push messages."
    )
    marketing_emails: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether you want offers by e-mail."
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="The language as a BCP 47 tag, such as en-US."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="The currency to show prices in."
    )
    theme: Theme | None = strawberry.field(
        default=strawberry.UNSET, description="The colours in which the shop is displayed."
    )


UpdatePreferencesError = Annotated[
    InvalidInputError,
    strawberry.union("UpdatePreferencesError", description="Why `updatePreferences` did nothing."),
]


@strawberry.type(description="What `updatePreferences` answers.")
class UpdatePreferencesPayload:
    preferences: records.CustomerPreferences | None = entity(
        CustomerPreferences, "The preferences as they are now."
    )
    user_errors: list[UpdatePreferencesError] = user_errors()


@strawberry.type
class ProfileMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={UsernameTakenError: "username"},
        description="Change your profile.",
    )
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:
        by = acting(info)
        user = await profiles.update_profile(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            changes=_profile_changes(input, today=by["now"].date()),
            **by,
        )
        return UpdateProfilePayload(user=user)

    @mutation(
        requires=Permission.AUTHENTICATED,
        description="Change your preferences for messages and display.",
    )
    async def update_preferences(self, info: Info, input: UpdatePreferencesInput) -> UpdatePreferencesPayload:
        changed = await preferences.update_preferences(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            changes=_preferences_changes(input),
            **acting(info),
        )
        return UpdatePreferencesPayload(preferences=changed)


def _profile_changes(input: UpdateProfileInput, *, today: date) -> ProfileChanges:
    entries = Entries()
    changes: Any = changes_of(
        vars(input),
        {
            "username": lambda it: entries.username(it, "username"),
            "first_name": lambda it: entries.optional(it, "firstName", most=MOST_OF_NAME),
            "last_name": lambda it: entries.optional(it, "lastName", most=MOST_OF_NAME),
            "phone_number": lambda it: entries.phone(it, "phoneNumber"),
            "date_of_birth": lambda it: entries.birth(it, "dateOfBirth", today=today),
        },
    )
    entries.check()
    return changes  # type: ignore[no-any-return]  # the input's fields are named as the changes are


def _preferences_changes(input: UpdatePreferencesInput) -> PreferencesChanges:
    entries = Entries()
    changes: Any = changes_of(
        vars(input),
        {
            "language": lambda it: entries.language(it, "language"),
            "theme": lambda it: None if it is None else value_of(it),
        },
    )
    for name in (name for name, value in changes.items() if value is None):
        entries.refuse(to_camel_case(name), "REQUIRED", "This may not be null; leave it out to keep it.")
    entries.check()
    return changes  # type: ignore[no-any-return]  # the input's fields are named as the changes are
