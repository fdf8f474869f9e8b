"""Opening accounts and proving their addresses, without telling who has one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from datasources.core.errors import InvalidText
from datasources.core.tokens import hash_of
from datasources.users.attempts import ACCOUNT_FAILURES
from datasources.users.commands.email_addresses import resend_verification
from datasources.users.commands.registrations import register
from datasources.users.errors import (
    InvalidCredentials,
    InvalidEmail,
    InvalidToken,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from datasources.users.queries import find_by_email
from datasources.users.tables import users, verification_tokens
from datasources.users.verifications import MOST_MESSAGES, MOST_OF_CLIENT, MOST_TRIES, VERIFICATION_LIFETIME
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email

if TYPE_CHECKING:
    from datasources.users.origins import Origin
    from datasources.users.records import Outcome
    from tests.accounts.acting import Acting


async def test_an_account_signs_in_once_its_address_is_proved(acting: Acting) -> None:
    email = new_email()
    message = await acting.register(email.upper())
    assert (message.kind, message.email, message.expires_at) == (
        "verify_email",
        email,
        NOW + VERIFICATION_LIFETIME,
    )
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(email)
    assert message.token is not None
    verified = await acting.verify(message.token)
    assert verified.value.email_verified
    assert (await acting.sign_in(email)).account.roles == ("Customer",)


@pytest.mark.parametrize("known", [True, False])
async def test_registering_and_signing_in_does_not_tell_who_had_an_account(
    acting: Acting, known: bool
) -> None:
    email = (await acting.person()).email if known else new_email()
    await acting.register(email, password=OTHER_PASSWORD)
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(email, OTHER_PASSWORD)
    with pytest.raises(TooManyAttempts):
        await acting.sign_in(email, OTHER_PASSWORD)


@pytest.mark.parametrize("first", ["owner", "stranger"])
async def test_whoever_registers_anothers_address_gains_nothing_when_its_owner_clicks(
    acting: Acting, first: str
) -> None:
    email = new_email()
    for password in (PASSWORD, OTHER_PASSWORD) if first == "owner" else (OTHER_PASSWORD,):
        message = await acting.register(email, password=password)
    with pytest.raises(WrongPassword):
        await acting.verify(message.token, PASSWORD)
    for password in (PASSWORD, OTHER_PASSWORD):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(email, password)
    account = await find_by_email(acting.database, email)
    assert account is not None
    assert not account.email_verified
    assert (await acting.audit(account.id))[-1].entity_id == str(account.id)
    assert "verification_failed" in {line.action for line in await acting.audit(account.id)}
    await acting.verify(message.token, OTHER_PASSWORD)  # a wrong password leaves the token as it was


async def test_so_many_passwords_are_tried_with_one_token(acting: Acting) -> None:
    message = await acting.register(new_email())
    for _ in range(MOST_TRIES):
        with pytest.raises(WrongPassword):
            await acting.verify(message.token, OTHER_PASSWORD)
    with pytest.raises(TooManyAttempts):
        await acting.verify(message.token)


async def test_a_known_address_gets_a_notice_and_nothing_changes(acting: Acting) -> None:
    person = await acting.person()
    before = await acting.row(users, person.id)
    message = await acting.register(person.email, password=OTHER_PASSWORD)
    assert (message.kind, message.email, message.token) == ("already_registered", person.email, None)
    assert await acting.row(users, person.id) == before


async def test_registering_an_unproved_address_again_replaces_who_registered_first(acting: Acting) -> None:
    email = new_email()
    first = await acting.register(email, password=OTHER_PASSWORD)
    second = await acting.register(email)
    assert first.token is not None
    assert second.token is not None
    with pytest.raises(InvalidToken):
        await acting.verify(first.token)
    await acting.verify(second.token)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(email, OTHER_PASSWORD)
    assert (await acting.sign_in(email)).account.email == email


async def test_two_at_once_make_one_account(acting: Acting) -> None:
    email = new_email()
    messages = await asyncio.gather(*(acting.register(email) for _ in range(4)))
    assert {message.kind for message in messages} == {"verify_email"}
    assert len({message.user_id for message in messages}) == 1


async def test_a_token_is_used_once_and_expires(acting: Acting) -> None:
    used, late = await acting.register(new_email()), await acting.register(new_email())
    assert used.token is not None
    assert late.token is not None
    await acting.verify(used.token)
    for token, now in ((used.token, NOW), (late.token, NOW + VERIFICATION_LIFETIME), ("nonsense", NOW)):
        with pytest.raises(InvalidToken):
            await acting.verify(token, now=now)


async def test_only_the_tokens_hash_is_kept(acting: Acting) -> None:
    message = await acting.register(new_email())
    assert message.token is not None
    assert message.user_id is not None
    row = await acting.row(verification_tokens, message.user_id)
    assert row.token_hash == hash_of(message.token)
    assert message.token not in repr(message)


async def test_a_new_token_is_sent_to_unproved_addresses_alone(acting: Acting) -> None:
    waiting, person = new_email(), await acting.person()
    first = await acting.register(waiting)
    outcomes = [
        await resend_verification(
            acting.database, email=email, attempts=acting.attempts, origin=new_client(), now=NOW
        )
        for email in (waiting, person.email, new_email())
    ]
    assert [len(outcome.messages) for outcome in outcomes] == [1, 0, 0]
    assert first.token is not None
    with pytest.raises(InvalidToken):
        await acting.verify(first.token)


async def resend(acting: Acting, email: str, *, origin: Origin | None = None) -> Outcome[None]:
    """Ask for another link."""
    return await resend_verification(
        acting.database, email=email, attempts=acting.attempts, origin=origin or new_client(), now=NOW
    )


async def test_nobodys_mailbox_is_filled_whether_or_not_it_has_an_account(acting: Acting) -> None:
    for email in ((await acting.person()).email, new_email()):
        for _ in range(MOST_MESSAGES):
            await resend(acting, email)
        with pytest.raises(TooManyAttempts) as refused:
            await resend(acting, email)
        assert NOW < refused.value.retry_at <= NOW + timedelta(hours=1)


async def test_one_client_asks_for_so_many_messages(acting: Acting) -> None:
    client = new_client()
    for _ in range(MOST_OF_CLIENT):
        await resend(acting, new_email(), origin=client)
    with pytest.raises(TooManyAttempts):
        await resend(acting, new_email(), origin=client)
    await resend(acting, new_email())


async def test_one_client_opens_so_many_accounts(acting: Acting) -> None:
    client = new_client()

    async def open_one() -> None:
        await register(
            acting.database,
            email=new_email(),
            password=PASSWORD,
            first_name=None,
            last_name=None,
            origin=client,
            now=NOW,
            **acting.confirming,
        )

    for _ in range(MOST_OF_CLIENT):
        await open_one()
    with pytest.raises(TooManyAttempts):
        await open_one()


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@example.com", ".a@example.com", "a..b@example.com", "ä@example.com"]
)
async def test_what_is_no_address_is_refused(acting: Acting, email: str) -> None:
    with pytest.raises(InvalidEmail):
        await acting.register(email)


async def test_a_weak_password_is_refused_before_anything_is_looked_up(acting: Acting) -> None:
    email = new_email()
    with pytest.raises(WeakPassword):
        await acting.register(email, password="too short")
    assert await find_by_email(acting.database, email) is None


async def test_a_name_that_cannot_be_stored_is_refused(acting: Acting) -> None:
    with pytest.raises(InvalidText):
        await register(
            acting.database,
            email=new_email(),
            password=PASSWORD,
            first_name="A\0da",
            last_name=None,
            origin=new_client(),
            now=NOW,
            **acting.confirming,
        )


async def test_what_happened_is_written_down_without_a_secret(acting: Acting) -> None:
    message = await acting.register(new_email())
    assert message.user_id is not None
    lines, events = await acting.audit(message.user_id), await acting.events(message.user_id)
    assert [line.action for line in lines] == ["registered"]
    assert [(event.event_type, event.version) for event in events] == [("UserRegistered", 1)]
    written = repr(lines) + repr(events)
    assert PASSWORD not in written
    assert "argon2" not in written
    assert str(message.token) not in written
