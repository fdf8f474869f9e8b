"""Queues what has to be told to users about their accounts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from datasources.core.errors import ServiceUnavailable
from datasources.notifications.commands import QueuedEmail, queue_email
from datasources.users.tokens import hash_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from datasources.core.documents import DocumentDatabase
    from datasources.users.records import Message, MessageKind

logger = logging.getLogger("datasources.account_messages")


class Text(NamedTuple):
    """What a message says. The sender adds the link, which is nobody else's to read."""

    subject: str
    body: str


TEXTS: Final[dict[MessageKind, Text]] = {
    "verify_email": Text(
        "Confirm your e-mail address",
        "Open the link in this e-mail to confirm your address, then sign in. If you did not open an account, do "
        "nothing.",
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
        "Open the link in this e-mail to make this the address of your account. If you did not ask for it, do nothing.",
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


async def queue_messages(
    notifications: DocumentDatabase, messages: Sequence[Message], *, now: datetime
) -> None:
    """Queue each message as a notification that is due now.

    It is called when the change is committed: a token is nowhere in UserDb but as a hash, not even in the outbox. Where
    a message with a token cannot be queued, its reader asks once more, which issues another. A notice that cannot be
    queued is logged.

    Raises:
        ServiceUnavailable: the notification database is down, and what was asked for is not on its way.
    """
    for message in messages:
        try:
            await queue_email(notifications, _email(message), now=now)
        except ServiceUnavailable:
            if message.kind in _ASKED_FOR:
                raise
            logger.warning("Could not queue the notice %s for user %s.", message.kind, message.user_id)


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
