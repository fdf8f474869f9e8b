"""Which fields of its documents the notification service asks for, the documents as records, and their list."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from datasources.core.document_listings import DocumentList
from datasources.core.document_paging import parse_object_id
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_time
from datasources.notifications.documents import NOTIFICATIONS
from datasources.notifications.records import Notification, NotificationPreferences

if TYPE_CHECKING:
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.notifications.records import NotificationFilter

# The provider's business (recipient, attempts, locks, errors) stays in the database.
NOTIFICATION_FIELDS = (
    "user_id",
    "type",
    "channel",
    "notification_type",
    "subject",
    "message",
    "status",
    "priority",
    "created_at",
    "sent_at",
    "delivered_at",
    "opened_at",
    "failed_at",
)
PREFERENCES_FIELDS = (
    "user_id",
    "email_enabled",
    "sms_enabled",
    "push_enabled",
    "marketing_emails",
    "order_updates",
    "promotional_offers",
    "security_alerts",
    "updated_at",
)

NEWEST = ListOrder(
    name="newest",
    keys=(
        SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at")),
        SortKey(column="_id", parse=parse_object_id, value=attrgetter("id")),
    ),
    descending=True,
)


def notification_of(document: Document) -> Notification:
    """The record of a document of `notifications`."""
    owner = document["user_id"]
    return Notification(
        id=str(document["_id"]),
        user_id=None if owner is None else UUID(owner),
        type=document["type"],
        channel=document["channel"],
        kind=document["notification_type"],
        subject=document.get("subject"),
        message=document["message"],
        status=document["status"],
        priority=document["priority"],
        created_at=document["created_at"],
        sent_at=document.get("sent_at"),
        delivered_at=document.get("delivered_at"),
        opened_at=document.get("opened_at"),
        failed_at=document.get("failed_at"),
    )


def preferences_of(document: Document) -> NotificationPreferences:
    """The record of a document of `notification_preferences`."""
    choices = {name: document[name] for name in PREFERENCES_FIELDS if name != "user_id"}
    return NotificationPreferences(user_id=UUID(document["user_id"]), **choices)


async def _conditions(_database: DocumentDatabase, wanted: NotificationFilter) -> Document:
    conditions = {"channel": wanted.channels, "status": wanted.statuses}
    return {field: {"$in": list(words)} for field, words in conditions.items() if words is not None}


NOTIFICATIONS_OF_USER = DocumentList(
    collection=NOTIFICATIONS,
    field="user_id",
    stored=lambda users: [str(user) for user in users],
    parent=UUID,
    conditions=_conditions,
    order=NEWEST,
    fields=NOTIFICATION_FIELDS,
    record=notification_of,
)
