"""The notification service's reads as MongoDB pipelines, and its documents as records."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from datasources.core.document_paging import keyset_match, keyset_sort, parse_object_id
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_time
from datasources.notifications.documents import NOTIFICATIONS
from datasources.notifications.records import Notification, NotificationPreferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasources.core.documents import Document
    from datasources.core.paging import Window
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


def pages_by_user(users: Sequence[UUID], wanted: NotificationFilter, window: Window) -> list[Document]:
    """The same window of each user's notifications: a document `{_id: user, found: [...]}` per user.

    The lookup walks the index `user_by_age` once per user and stops at the window's end.

    Raises:
        InvalidCursor: the window's cursor is not of this list.
    """
    return [
        {"$documents": [{"_id": str(user)} for user in users]},
        {
            "$lookup": {
                "from": NOTIFICATIONS,
                "localField": "_id",
                "foreignField": "user_id",
                "as": "found",
                "pipeline": [
                    {"$match": {"$and": [_conditions(wanted), keyset_match(NEWEST, window)]}},
                    {"$sort": dict(keyset_sort(NEWEST, window))},
                    {"$limit": window.size + 1},
                    {"$project": dict.fromkeys(NOTIFICATION_FIELDS, 1)},
                ],
            }
        },
    ]


def counts_by_user(users: Sequence[UUID], wanted: NotificationFilter) -> list[Document]:
    """How many notifications of each user pass the filter: a document `{_id: user, count}` per user with any."""
    return [
        {"$match": {"user_id": {"$in": [str(user) for user in users]}, **_conditions(wanted)}},
        {"$group": {"_id": "$user_id", "count": {"$sum": 1}}},
    ]


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


def _conditions(wanted: NotificationFilter) -> dict[str, Any]:
    conditions = {"channel": wanted.channels, "status": wanted.statuses}
    return {field: {"$in": list(words)} for field, words in conditions.items() if words is not None}
