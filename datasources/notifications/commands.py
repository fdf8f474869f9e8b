"""Queues messages, for the sender to take, and forgets what nobody needs of them any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from datasources.core.calls import note_call
from datasources.notifications.documents import NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.documents import DocumentDatabase
    from datasources.notifications.records import NotificationChannel, NotificationPriority

MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedEmail:
    """An e-mail to be sent.

    Whoever may read notifications reads `subject` and `message`. `data` is for the sender alone, and so is the place of
    secrets such as a link's token; the sender removes them once the e-mail is sent.
    """

    user_id: UUID | None
    email: str
    channel: NotificationChannel
    kind: str
    subject: str
    message: str
    data: Mapping[str, Any] = field(repr=False)
    idempotency_key: str
    priority: NotificationPriority


async def queue_email(database: DocumentDatabase, email: QueuedEmail, *, now: datetime) -> None:
    """Queue an e-mail that is due now; one with the same idempotency key is queued once.

    Raises:
        ServiceUnavailable: the notification database is down.
    """
    note_call(database.service, f"insert {NOTIFICATIONS}")
    with database.unavailable_when_unreachable():
        try:
            await database.database[NOTIFICATIONS].insert_one(
                {
                    "user_id": None if email.user_id is None else str(email.user_id),
                    "type": "email",
                    "channel": email.channel,
                    "notification_type": email.kind,
                    "subject": email.subject,
                    "message": email.message,
                    "template_data": dict(email.data),
                    "recipient": {"email": email.email},
                    "idempotency_key": email.idempotency_key,
                    "status": "queued",
                    "attempts": 0,
                    "max_attempts": MOST_ATTEMPTS,
                    "next_retry_at": now,
                    "priority": email.priority,
                    "created_at": now,
                    "updated_at": now,
                }
            )
        except DuplicateKeyError:
            return


async def forget_tokens(
    database: DocumentDatabase, *, user_id: UUID, kinds: Sequence[str], but_key: str | None = None
) -> None:
    """Take the tokens out of a user's e-mails of these kinds, as they open nothing any more.

    `but_key` is the idempotency key of the one that still does. An e-mail that waits to be sent goes without its link,
    and so need not go at all.

    Raises:
        ServiceUnavailable: the notification database is down.
    """
    where = {
        "user_id": str(user_id),
        "notification_type": {"$in": list(kinds)},
        "template_data.token": {"$exists": True},
        "idempotency_key": {"$ne": but_key},
    }
    note_call(database.service, f"update {NOTIFICATIONS}")
    with database.unavailable_when_unreachable():
        await database.database[NOTIFICATIONS].update_many(where, {"$unset": {"template_data.token": ""}})


async def forget_user(database: DocumentDatabase, *, user_id: UUID) -> None:
    """Remove every notification to a user: what it said, and to which address.

    Raises:
        ServiceUnavailable: the notification database is down.
    """
    note_call(database.service, f"delete {NOTIFICATIONS}")
    with database.unavailable_when_unreachable():
        await database.database[NOTIFICATIONS].delete_many({"user_id": str(user_id)})


async def require_queue(database: DocumentDatabase) -> None:
    """Ask the queue whether it is there, at about the cost of queueing, where there is nothing to queue.

    Raises:
        ServiceUnavailable: the notification database is down.
    """
    await database.find(NOTIFICATIONS, {"idempotency_key": ""}, fields=["_id"], limit=1)
