"""Messages: what is queued, who can read a link's token, and that no answer tells who has an account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.documents import DocumentDatabase
from datasources.core.errors import ServiceUnavailable
from datasources.notifications.documents import NOTIFICATIONS
from datasources.notifications.loaders import NotificationLoaders
from datasources.users.commands.passwords import reset_password
from datasources.users.errors import InvalidEmail, TooManyAttempts
from datasources.users.queries import find_by_email
from datasources.users.records import Message, MessageKind, Outcome, VoidLinks
from datasources.users.verifications import LINKS, MOST_MESSAGES
from datasources.workflows.account_messages import (
    TEXTS,
    forget_messages,
    queue_messages,
    settle_messages,
)
from datasources.workflows.account_requests import (
    SHORTEST_SECONDS,
    SHORTEST_WITH_HASH_SECONDS,
    register_account,
    request_reset,
    resend_verification_message,
)
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email
from tests.services.shops import NOWHERE_MONGO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from tests.accounts.acting import Acting


@pytest.fixture
async def without_queue(connections: Connections) -> AsyncIterator[Connections]:
    """The same databases, but the notifications' is down."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        NOWHERE_MONGO, serverSelectionTimeoutMS=50, connectTimeoutMS=50
    )
    nowhere = DocumentDatabase("notifications", client.get_default_database())
    yield replace(connections, notifications=nowhere)
    client.close()


async def queued(connections: Connections, email: str) -> list[dict[str, Any]]:
    """What waits to be sent to an address."""
    return await connections.notifications.find(NOTIFICATIONS, {"recipient.email": email})


async def register(connections: Connections, acting: Acting, email: str) -> None:
    """Ask to open an account."""
    await register_account(
        connections,
        email=email,
        password=PASSWORD,
        first_name="Ada",
        last_name=None,
        passwords=acting.passwords,
        origin=new_client(),
        now=NOW,
    )


async def test_a_link_is_queued_and_its_token_is_the_senders_alone(
    connections: Connections, acting: Acting
) -> None:
    email = new_email()
    await register(connections, acting, email)
    (document,) = await queued(connections, email)
    assert (document["notification_type"], document["status"], document["next_retry_at"]) == (
        "verify_email",
        "queued",
        NOW,
    )
    token = document["template_data"]["token"]
    found = await NotificationLoaders(connections.notifications).by_id.load(str(document["_id"]))
    assert found is not None
    assert token not in repr(found)
    assert (found.subject, found.message) == TEXTS["verify_email"]


async def test_known_and_unknown_addresses_are_answered_alike(
    connections: Connections, acting: Acting
) -> None:
    person = await acting.person()
    clock = asyncio.get_running_loop().time
    for email, kinds in ((person.email, ["already_registered", "password_reset"]), (new_email(), [])):
        for ask, seconds in (
            (request_reset, SHORTEST_SECONDS),
            (resend_verification_message, SHORTEST_SECONDS),
        ):
            started = clock()
            await ask(connections, email=email, origin=new_client(), now=NOW)
            assert clock() - started >= seconds - 0.001
        if kinds:
            started = clock()
            await register(connections, acting, email)
            assert clock() - started >= SHORTEST_WITH_HASH_SECONDS - 0.001
        found = sorted(document["notification_type"] for document in await queued(connections, email))
        assert found == kinds


async def test_a_refusal_takes_the_same_time(connections: Connections) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    with pytest.raises(InvalidEmail):
        await request_reset(connections, email="nobody", origin=new_client(), now=NOW)
    assert clock() - started >= SHORTEST_SECONDS - 0.001


async def test_without_a_queue_nobody_is_told_who_has_an_account(
    without_queue: Connections, acting: Acting
) -> None:
    person = await acting.person()
    for email in (person.email, new_email()):
        with pytest.raises(ServiceUnavailable):
            await request_reset(without_queue, email=email, origin=new_client(), now=NOW)
        with pytest.raises(ServiceUnavailable):
            await register(without_queue, acting, email)


async def test_a_link_that_was_not_queued_can_be_asked_for_again(
    connections: Connections, without_queue: Connections, acting: Acting
) -> None:
    email = new_email()
    with pytest.raises(ServiceUnavailable):
        await register(without_queue, acting, email)
    account = await find_by_email(connections.users, email)
    assert account is not None
    assert not account.email_verified
    await resend_verification_message(connections, email=email, origin=new_client(), now=NOW)
    assert [document["notification_type"] for document in await queued(connections, email)] == [
        "verify_email"
    ]


async def test_a_notice_that_cannot_be_queued_is_logged_without_an_address(
    without_queue: Connections, caplog: pytest.LogCaptureFixture
) -> None:
    notice = Message(kind="password_changed", user_id=None, email=new_email(), name=None)
    await queue_messages(without_queue.notifications, [notice], now=NOW)
    assert "password_changed" in caplog.text
    assert notice.email not in caplog.text


async def test_the_same_link_is_queued_once(connections: Connections) -> None:
    message = Message(
        kind="password_reset", user_id=None, email=new_email(), name="Ada", token="a token", expires_at=NOW
    )
    await queue_messages(connections.notifications, [message, message], now=NOW)
    assert len(await queued(connections, message.email)) == 1


async def test_too_many_messages_are_refused_for_both(connections: Connections, acting: Acting) -> None:
    person = await acting.person()
    for email in (person.email, new_email()):
        for _ in range(MOST_MESSAGES):
            await resend_verification_message(connections, email=email, origin=new_client(), now=NOW)
        with pytest.raises(TooManyAttempts):
            await resend_verification_message(connections, email=email, origin=new_client(), now=NOW)


def tokens_in(documents: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Which e-mails there are, and whether they hold a token."""
    return [(it["notification_type"], "token" in it["template_data"]) for it in documents]


async def test_a_token_is_forgotten_once_it_is_void_or_used(connections: Connections, acting: Acting) -> None:
    email = new_email()
    for _ in range(2):
        await register(connections, acting, email)
    assert tokens_in(await queued(connections, email)) == [("verify_email", False), ("verify_email", True)]
    newest = (await queued(connections, email))[-1]["template_data"]["token"]
    await settle_messages(connections.notifications, await acting.verify(newest), now=NOW)
    for _ in range(2):
        await request_reset(connections, email=email, origin=new_client(), now=NOW)
    assert tokens_in(await queued(connections, email)) == [
        ("verify_email", False),
        ("verify_email", False),
        ("password_reset", False),
        ("password_reset", True),
    ]
    outcome = await reset_password(
        acting.database,
        token=(await queued(connections, email))[-1]["template_data"]["token"],
        new_password=OTHER_PASSWORD,
        origin=new_client(),
        now=NOW,
        **acting.confirming,
    )
    await settle_messages(connections.notifications, outcome, now=NOW)
    assert not any(has_token for _, has_token in tokens_in(await queued(connections, email)))


async def test_a_void_token_that_cannot_be_forgotten_fails_nothing(
    without_queue: Connections, caplog: pytest.LogCaptureFixture
) -> None:
    void = (VoidLinks(user_id=uuid4(), kinds=LINKS),)
    await settle_messages(without_queue.notifications, Outcome(value=None, void=void), now=NOW)
    await forget_messages(without_queue.notifications, uuid4())
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


def test_every_kind_has_a_text() -> None:
    assert set(TEXTS) == set(get_args(MessageKind))
