"""Forgotten and changed passwords, and what they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from datasources.users.attempts import ACCOUNT_FAILURES
from datasources.users.commands.email_addresses import change_email, resend_verification
from datasources.users.commands.locks import deactivate_user, unlock_user
from datasources.users.commands.passwords import change_password, request_password_reset, reset_password
from datasources.users.errors import (
    InvalidCredentials,
    InvalidToken,
    NoPassword,
    SessionEnded,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from datasources.users.origins import Origin
from datasources.users.records import Outcome
from datasources.users.tables import users
from datasources.users.verifications import MOST_MESSAGES, MOST_OF_CLIENT, RESET_LIFETIME
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.users.records import User
    from tests.accounts.acting import Acting, Person

NEW_PASSWORD = "seven purple onions sing"


async def ask(acting: Acting, email: str) -> str:
    """Ask for a reset; give the token that was sent."""
    outcome = await request_password_reset(
        acting.database, email=email, attempts=acting.attempts, origin=new_client(), now=NOW
    )
    (message,) = outcome.messages
    assert (message.kind, message.email, message.expires_at) == (
        "password_reset",
        email,
        NOW + RESET_LIFETIME,
    )
    assert message.token is not None
    return message.token


async def reset(
    acting: Acting, token: str, password: str = NEW_PASSWORD, *, now: datetime = NOW
) -> Outcome[User]:
    """Set a new password with a token."""
    return await reset_password(
        acting.database, token=token, new_password=password, origin=new_client(), now=now, **acting.confirming
    )


async def change(acting: Acting, person: Person, current: str = PASSWORD, **options: object) -> Outcome[User]:
    """Change somebody's password."""
    arguments = {"session_id": None, "new_password": NEW_PASSWORD} | acting.confirming | options
    return await change_password(
        acting.database,
        user_id=person.id,
        current_password=current,
        origin=person.origin,
        now=NOW,
        **arguments,
    )


async def test_a_reset_sets_the_password_and_ends_every_session(acting: Acting) -> None:
    person = await acting.person()
    session = await acting.sign_in(person.email)
    outcome = await reset(acting, await ask(acting, person.email))
    assert [message.kind for message in outcome.messages] == ["password_changed"]
    with pytest.raises(SessionEnded):
        await acting.refresh(session.refresh_token)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(person.email)
    assert (await acting.sign_in(person.email, NEW_PASSWORD)).account.id == person.id


async def test_a_reset_token_is_used_once_even_at_once(acting: Acting) -> None:
    token = await ask(acting, (await acting.person()).email)
    answers = await asyncio.gather(*(reset(acting, token) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers].count(InvalidToken) == 4
    with pytest.raises(InvalidToken):
        await reset(acting, token)


async def test_a_reset_token_expires_and_is_replaced_by_the_next(acting: Acting) -> None:
    person = await acting.person()
    first, second = await ask(acting, person.email), await ask(acting, person.email)
    for token, now in ((first, NOW), (second, NOW + RESET_LIFETIME), ("nonsense", NOW)):
        with pytest.raises(InvalidToken):
            await reset(acting, token, now=now)


async def test_a_weak_password_leaves_the_token_as_it_was(acting: Acting) -> None:
    person = await acting.person()
    token = await ask(acting, person.email)
    with pytest.raises(WeakPassword):
        await reset(acting, token, "Lovelace-1815")
    assert (await reset(acting, token)).value.id == person.id


async def test_an_address_without_a_usable_account_gets_nothing(acting: Acting) -> None:
    gone = await acting.person()
    await deactivate_user(acting.database, user_id=gone.id, origin=Origin(), now=NOW)
    for email in (new_email(), gone.email):
        outcome = await request_password_reset(
            acting.database, email=email, attempts=acting.attempts, origin=new_client(), now=NOW
        )
        assert outcome == Outcome(value=None)


async def test_a_reset_proves_the_address_and_ends_a_wait(acting: Acting) -> None:
    email = new_email()
    await acting.register(email, password=OTHER_PASSWORD)
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(email)
    await reset(acting, await ask(acting, email))
    assert (await acting.sign_in(email, NEW_PASSWORD)).account.email_verified


async def test_a_reset_voids_a_change_of_the_address_that_was_begun(acting: Acting) -> None:
    person = await acting.person()
    begun = await change_email(
        acting.database,
        user_id=person.id,
        new_email=new_email(),
        password=PASSWORD,
        origin=person.origin,
        now=NOW,
        **acting.confirming,
    )
    await reset(acting, await ask(acting, person.email))
    with pytest.raises(InvalidToken):
        await acting.verify(begun.messages[0].token, NEW_PASSWORD)


async def test_a_change_ends_the_other_sessions(acting: Acting) -> None:
    person = await acting.person()
    kept, other = await acting.sign_in(person.email), await acting.sign_in(person.email)
    outcome = await change(acting, person, session_id=kept.session.id)
    assert [message.kind for message in outcome.messages] == ["password_changed"]
    assert (await acting.refresh(kept.refresh_token)).session.id == kept.session.id
    with pytest.raises(SessionEnded):
        await acting.refresh(other.refresh_token)
    assert (await acting.sign_in(person.email, NEW_PASSWORD)).account.id == person.id
    assert [line.action for line in await acting.audit(person.id)].count("password_changed") == 1


async def test_a_stolen_session_cannot_guess_the_password(acting: Acting) -> None:
    person = await acting.person()
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(WrongPassword):
            await change(acting, person, OTHER_PASSWORD)
    with pytest.raises(TooManyAttempts):
        await change(acting, person)


async def test_who_fails_to_sign_in_does_not_keep_the_owner_from_confirming(acting: Acting) -> None:
    person = await acting.person()
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD)
    with pytest.raises(TooManyAttempts):
        await acting.sign_in(person.email)
    await change(acting, person)


async def test_a_failed_confirmation_is_written_down_and_shown_until_staff_end_the_wait(
    acting: Acting,
) -> None:
    person = await acting.person()
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(WrongPassword):
            await change(acting, person, OTHER_PASSWORD)
    line = (await acting.audit(person.id))[-1]
    assert (line.action, line.user_id, str(line.ip_address)) == (
        "confirmation_failed",
        person.id,
        person.origin.ip_address,
    )
    assert (await acting.row(users, person.id)).failed_login_attempts == ACCOUNT_FAILURES
    await unlock_user(acting.database, user_id=person.id, attempts=acting.attempts, origin=Origin(), now=NOW)
    assert (await acting.row(users, person.id)).failed_login_attempts == 0
    await change(acting, person)


async def test_asking_too_often_leaves_the_last_token_good(acting: Acting) -> None:
    person = await acting.person()
    for _ in range(MOST_MESSAGES):
        await resend_verification(
            acting.database, email=person.email, attempts=acting.attempts, origin=new_client(), now=NOW
        )
    for _ in range(MOST_MESSAGES):
        token = await ask(acting, person.email)
    outcome = await request_password_reset(
        acting.database, email=person.email, attempts=acting.attempts, origin=new_client(), now=NOW
    )
    assert outcome == Outcome(value=None)
    assert (await reset(acting, token)).value.id == person.id


async def test_one_client_asks_for_so_many_resets(acting: Acting) -> None:
    client = new_client()

    async def ask_for(email: str) -> None:
        await request_password_reset(
            acting.database, email=email, attempts=acting.attempts, origin=client, now=NOW
        )

    for _ in range(MOST_OF_CLIENT):
        await ask_for(new_email())
    with pytest.raises(TooManyAttempts):
        await ask_for(new_email())


async def test_a_weak_or_missing_password_is_told(acting: Acting) -> None:
    person = await acting.person()
    with pytest.raises(WeakPassword):
        await change(acting, person, new_password="ada.lovelace")
    async with acting.database.transaction() as transaction:
        await transaction.execute(update(users).where(users.c.id == person.id).values(password_hash=None))
    with pytest.raises(NoPassword):
        await change(acting, person)


async def test_of_two_changes_at_once_one_wins(acting: Acting) -> None:
    person = await acting.person()
    answers = await asyncio.gather(*(change(acting, person) for _ in range(3)), return_exceptions=True)
    assert [isinstance(answer, Outcome) for answer in answers].count(True) == 1
    assert {type(answer) for answer in answers} == {Outcome, WrongPassword}
