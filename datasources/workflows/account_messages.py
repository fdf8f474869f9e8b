"""Queues what has to be told to users about their accounts, and takes back what was told and counts no more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from datasources.core.errors import ServiceUnavailable
from datasources.core.tokens import hash_of
from datasources.notifications.commands import QueuedEmail, forget_tokens, forget_user, queue_email

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.documents import DocumentDatabase
    from datasources.users.records import Message, MessageKind, Outcome

logger = logging.getLogger("datasources.account_messages")


class Text(NamedTuple):
    """What a message says. The sender adds the link, which is nobody else's to read."""

    subject: str
    body: str


TEXTS: Final[dict[MessageKind, Text]] = {
    "verify_email": Text(
        "Confirm your e-mail address",
        "Open the link in this e-mail and give the password that you chose, to confirm your address; then sign in. If "
        "the password is not taken, somebody has registered your address as well: reset the password. If you did not "
        "open an account, do nothing.",
    ),
    "already_registered": Text(
        "You already have an account",
        "Somebody, perhaps you, gave this address to open an account or to change one's address. It has an account "
        "already: sign in, or reset the password if you forgot it. If it was not you, do nothing.",
    ),
    "password_reset": Text(
        "Reset your password",
        "Open the link in this e-mail to choose a new password. If you did not ask for it, do nothing: your password "
        "stays as it is.",
    ),
    "password_changed": Text(
        "Your password was changed",
        "The password of your account was changed. If it was not you, reset it at once.",
    ),
    "change_email": Text(
        "Confirm your new e-mail address",
        "Open the link in this e-mail and give your account's password, to make this its address. If you did not ask "
        "for it, do nothing.",
    ),
    "email_changing": Text(
        "Your e-mail address is about to change",
        "Somebody who knows your password asked for another e-mail address for your account. If it was not you, change "
        "your password at once.",
    ),
    "email_changed": Text(
        "Your e-mail address was changed",
        "Your account has another e-mail address now, and this one no longer signs in. If it was not you, contact the "
        "shop's customer service.",
    ),
    "identity_linked": Text(
        "Your account opens with another sign-in, too",
        "Somebody who has proved to own this address at an identity provider of the shop signs in to your account with "
        "it from now on. If it was not you, contact the shop's customer service.",
    ),
    "account_deleted": Text(
        "Your account was deleted",
        "Your account and your personal data were deleted, as you asked. What the law makes us keep of your orders no "
        "longer names your account.",
    ),
}

# What a request was made for, or would have been for another address: where it cannot be queued the request has failed.
# The rest are notices of changes that are done.
_ASKED_FOR: Final[frozenset[MessageKind]] = frozenset(
    {"verify_email", "already_registered", "password_reset", "change_email"}
)
# No account is left to show it to.
_OUTSIDE: Final[frozenset[MessageKind]] = frozenset({"account_deleted"})


async def settle_messages(notifications: DocumentDatabase, outcome: Outcome[Any], *, now: datetime) -> None:
    """Do what an outcome's messages need: take back the tokens that are void, then queue what has to be told.

    Raises:
        ServiceUnavailable: as `queue_messages`.
    """
    for links in outcome.void:
        await _take_back(notifications, links.user_id, links.kinds)
    await queue_messages(notifications, outcome.messages, now=now)


async def forget_messages(notifications: DocumentDatabase, user_id: UUID) -> None:
    """Forget what was told to a user who is gone. Where it cannot be forgotten now, it is logged."""
    try:
        await forget_user(notifications, user_id=user_id)
    except ServiceUnavailable:
        logger.warning("Could not remove the notifications of the deleted user %s.", user_id)


async def queue_messages(
    notifications: DocumentDatabase, messages: Sequence[Message], *, now: datetime
) -> None:
    """Queue each message as a notification that is due now. A message with a link voids earlier ones of its kind.

    It is called when the change is committed: a token is nowhere in UserDb but as a hash, not even in the outbox. Where
    a message with a token cannot be queued, its reader asks once more, which issues another. A notice that cannot be
    queued is logged.

    Raises:
        ServiceUnavailable: the notification database is down, and what was asked for is not on its way.
    """
    for message in messages:
        email = _email(message)
        if message.token is not None and message.user_id is not None:
            await _take_back(notifications, message.user_id, (message.kind,), but_key=email.idempotency_key)
        try:
            await queue_email(notifications, email, now=now)
        except ServiceUnavailable:
            if message.kind in _ASKED_FOR:
                raise
            logger.warning("Could not queue the notice %s for user %s.", message.kind, message.user_id)


async def _take_back(
    notifications: DocumentDatabase,
    user_id: UUID,
    kinds: Sequence[MessageKind],
    *,
    but_key: str | None = None,
) -> None:
    """Remove tokens that are void already. That the queue is down is no reason to fail what voided them."""
    try:
        await forget_tokens(notifications, user_id=user_id, kinds=kinds, but_key=but_key)
    except ServiceUnavailable:
        logger.warning("Could not remove the void tokens in e-mails to user %s.", user_id)


def _email(message: Message) -> QueuedEmail:
    text = TEXTS[message.kind]
    data = {"name": message.name, "token": message.token, "expires_at": message.expires_at}
    unique = uuid4().hex if message.token is None else hash_of(message.token)
    return QueuedEmail(
        user_id=None if message.kind in _OUTSIDE else message.user_id,
        email=message.email,
        channel="system",
        kind=message.kind,
        subject=text.subject,
        message=text.body,
        data={name: value for name, value in data.items() if value is not None},
        idempotency_key=f"account:{message.kind}:{unique}",
        priority="high",
    )
