"""Loads many documents into NotificationDb at once; those that are already there are left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.bulk import insert_missing
from datasources.notifications.documents import EMAIL_LOGS, NOTIFICATIONS
from datasources.notifications.documents.templates import NOTIFICATION_PREFERENCES, NOTIFICATION_TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.core.documents import Document, DocumentDatabase


async def insert_templates(database: DocumentDatabase, templates: Sequence[Document]) -> int:
    """Add what messages are made from; tell how many templates were missing.

    Raises:
        pymongo.errors.BulkWriteError: the code of one belongs to another template.
    """
    return await insert_missing(database, NOTIFICATION_TEMPLATES, templates)


async def insert_preferences(database: DocumentDatabase, preferences: Sequence[Document]) -> int:
    """Add who wants which messages; tell how many customers' preferences were missing.

    Raises:
        pymongo.errors.BulkWriteError: the customer of one has others.
    """
    return await insert_missing(database, NOTIFICATION_PREFERENCES, preferences)


async def insert_email_logs(database: DocumentDatabase, emails: Sequence[Document]) -> int:
    """Add the records of e-mails; tell how many were missing. Add them before the notifications."""
    return await insert_missing(database, EMAIL_LOGS, emails)


async def insert_notifications(database: DocumentDatabase, notifications: Sequence[Document]) -> int:
    """Add messages; tell how many were missing.

    Raises:
        pymongo.errors.BulkWriteError: an idempotency key belongs to another message.
    """
    return await insert_missing(database, NOTIFICATIONS, notifications)


async def has_notification(database: DocumentDatabase, notification_id: Any) -> bool:
    """Whether there is a notification with this id."""
    return bool(await database.find(NOTIFICATIONS, {"_id": notification_id}, fields=["_id"], limit=1))
