"""What users change about themselves: profile, address to sign in with, preferences."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.errors import InvalidText
from datasources.users.changes import NewAddress
from datasources.users.commands.addresses import MOST_ADDRESSES, add_address, update_address
from datasources.users.commands.email_addresses import change_email
from datasources.users.commands.passwords import request_password_reset, reset_password
from datasources.users.commands.preferences import update_preferences
from datasources.users.commands.profiles import update_profile
from datasources.users.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidToken,
    TooManyAddresses,
    UnknownUser,
    UsernameTaken,
    WrongPassword,
)
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email

if TYPE_CHECKING:
    from datasources.users.records import Outcome, User
    from tests.accounts.acting import Acting, Person

HOUSE = NewAddress(type="shipping", street_address="1 Way", city="London", postal_code="N1", country="GB")


async def ask(acting: Acting, person: Person, email: str, password: str = PASSWORD) -> Outcome[User]:
    """Ask for another address."""
    return await change_email(
        acting.database,
        user_id=person.id,
        new_email=email,
        password=password,
        origin=person.origin,
        now=NOW,
        **acting.confirming,
    )


async def confirm(acting: Acting, asked: Outcome[User]) -> Outcome[User]:
    """Use the token that was sent to the new address."""
    return await acting.verify(asked.messages[0].token)


async def test_a_new_address_counts_when_it_is_proved(acting: Acting) -> None:
    person, email = await acting.person(), new_email()
    asked = await ask(acting, person, email)
    assert [(message.kind, message.email) for message in asked.messages] == [
        ("change_email", email),
        ("email_changing", person.email),
    ]
    assert asked.value.email == person.email
    assert (await acting.sign_in(person.email)).account.id == person.id
    changed = await confirm(acting, asked)
    assert (changed.value.email, changed.value.email_verified) == (email, True)
    assert [(message.kind, message.email) for message in changed.messages] == [
        ("email_changed", person.email)
    ]
    assert (await acting.sign_in(email)).account.id == person.id
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(person.email)
    with pytest.raises(InvalidToken):
        await confirm(acting, asked)


async def test_a_change_of_address_needs_the_password(acting: Acting) -> None:
    person = await acting.person()
    with pytest.raises(WrongPassword):
        await ask(acting, person, new_email(), OTHER_PASSWORD)


async def test_a_taken_address_is_told_to_its_owner_alone(acting: Acting) -> None:
    person, owner = await acting.person(), await acting.person()
    asked = await ask(acting, person, owner.email)
    assert asked.value.email == person.email
    assert [(message.kind, message.email, message.token) for message in asked.messages] == [
        ("already_registered", owner.email, None),
        ("email_changing", person.email, None),
    ]


async def test_an_address_that_was_taken_meanwhile_is_refused(acting: Acting) -> None:
    first, second, email = await acting.person(), await acting.person(), new_email()
    asked = [await ask(acting, person, email) for person in (first, second)]
    await confirm(acting, asked[0])
    with pytest.raises(EmailTaken):
        await confirm(acting, asked[1])
    assert (await acting.sign_in(second.email)).account.id == second.id


async def test_nobody_keeps_an_address_by_registering_it_unproved(acting: Acting) -> None:
    person, email = await acting.person(), new_email()
    await acting.register(email, password=OTHER_PASSWORD)
    changed = await confirm(acting, await ask(acting, person, email))
    assert changed.value.email == email
    assert (await acting.sign_in(email)).account.id == person.id


async def test_a_reset_sent_to_the_old_address_is_void(acting: Acting) -> None:
    person = await acting.person()
    sent = await request_password_reset(
        acting.database, email=person.email, attempts=acting.attempts, origin=new_client(), now=NOW
    )
    await confirm(acting, await ask(acting, person, new_email()))
    token = sent.messages[0].token
    assert token is not None
    with pytest.raises(InvalidToken):
        await reset_password(
            acting.database,
            token=token,
            new_password=OTHER_PASSWORD,
            origin=new_client(),
            now=NOW,
            **acting.confirming,
        )


async def test_a_profile_changes_in_what_is_given(acting: Acting) -> None:
    person = await acting.person()
    user = await update_profile(
        acting.database,
        user_id=person.id,
        changes={"first_name": "Augusta", "last_name": None, "date_of_birth": date(1815, 12, 10)},
        origin=person.origin,
        now=NOW,
    )
    assert (user.first_name, user.last_name, user.date_of_birth) == ("Augusta", None, date(1815, 12, 10))
    line = (await acting.audit(person.id))[-1]
    assert line.old_values == {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": None}
    assert line.new_values == {"first_name": "Augusta", "last_name": None, "date_of_birth": "1815-12-10"}
    assert line.user_id == person.id
    events = await acting.events(person.id)
    assert events[-1].event_data["fields"] == ["date_of_birth", "first_name", "last_name"]
    await update_profile(
        acting.database,
        user_id=person.id,
        changes={"first_name": "Augusta"},
        origin=person.origin,
        now=NOW,
    )
    assert len(await acting.events(person.id)) == len(events)


async def test_a_user_name_belongs_to_one_whatever_its_case(acting: Acting) -> None:
    one, other = await acting.person(), await acting.person()
    name = f"ada{one.id.hex}"

    async def take(person: Person, username: str) -> User:
        return await update_profile(
            acting.database,
            user_id=person.id,
            changes={"username": username},
            origin=person.origin,
            now=NOW,
        )

    assert (await take(one, name)).username == name
    with pytest.raises(UsernameTaken) as refused:
        await take(other, name.upper())
    assert refused.value.username == name.upper()
    with pytest.raises(InvalidText):
        await take(other, "a\0da")
    assert (await take(one, name.upper())).username == name.upper()


async def test_preferences_begin_without_offers_and_change_in_what_is_given(acting: Acting) -> None:
    person = await acting.person()
    first = await update_preferences(
        acting.database, user_id=person.id, changes={"theme": "dark"}, origin=person.origin, now=NOW
    )
    assert (first.theme, first.marketing_emails, first.language) == ("dark", False, "en-US")
    second = await update_preferences(
        acting.database,
        user_id=person.id,
        changes={"currency": "EUR", "theme": "dark"},
        origin=person.origin,
        now=NOW,
    )
    assert (second.theme, second.currency) == ("dark", "EUR")
    assert (await acting.audit(person.id))[-1].new_values == {"currency": "EUR"}


async def test_one_saves_so_many_addresses(acting: Acting) -> None:
    person = await acting.person()

    async def add() -> None:
        await add_address(acting.database, user_id=person.id, address=HOUSE, origin=person.origin, now=NOW)

    for _ in range(MOST_ADDRESSES):
        await add()
    with pytest.raises(TooManyAddresses) as refused:
        await add()
    assert refused.value.most == MOST_ADDRESSES


async def test_changes_of_an_address_are_written_down(acting: Acting) -> None:
    person = await acting.person()
    address = await add_address(
        acting.database, user_id=person.id, address=HOUSE, origin=person.origin, now=NOW
    )
    await update_address(
        acting.database,
        user_id=person.id,
        address_id=address.id,
        changes={"phone": "+441", "city": "London"},
        origin=person.origin,
        now=NOW,
    )
    added, updated = await acting.audit(address.id)
    assert (added.action, added.entity_type, added.new_values["city"]) == (
        "address_added",
        "address",
        "London",
    )
    assert (updated.old_values, updated.new_values) == ({"phone": None}, {"phone": "+441"})
    assert [event.event_type for event in await acting.events(person.id)][-2:] == [
        "UserAddressAdded",
        "UserAddressUpdated",
    ]


async def test_who_is_gone_changes_nothing(acting: Acting) -> None:
    with pytest.raises(UnknownUser):
        await update_profile(
            acting.database,
            user_id=uuid4(),
            changes={"first_name": "X"},
            origin=new_client(),
            now=NOW,
        )
