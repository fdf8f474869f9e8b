"""The notifications collection: what is to be sent to whom, and how far it got."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    Schema,
    any_document,
    date,
    document,
    object_id,
    one_of,
    optional,
    text,
    uuid_text,
    whole,
)

NOTIFICATIONS: Final = "notifications"

# Seed 000's words: `type` is the medium, `channel` the subject. (001 calls the medium channel.)
NOTIFICATION_TYPES: Final = ("email", "sms", "push")
NOTIFICATION_CHANNELS: Final = ("order", "payment", "marketing", "system")
NOTIFICATION_PRIORITIES: Final = ("low", "normal", "high", "urgent")
DELIVERY_STATUSES: Final = ("queued", "sent", "delivered", "failed", "bounced")

# What went wrong at the last attempt, in the provider's words.
ERROR: Final = document(code=optional(text()), message=optional(text()), details=optional(any_document()))

_RECIPIENT: Final = document(
    email=optional(text(at_most=255)), phone=optional(text(at_most=20)), device_token=optional(text())
)

_NOTIFICATION: Final = document(
    required=[
        "user_id",
        "type",
        "channel",
        "notification_type",
        "message",
        "recipient",
        "status",
        "attempts",
        "max_attempts",
        "next_retry_at",
        "priority",
        "created_at",
        "updated_at",
    ],
    user_id=optional(uuid_text()),  # null for a guest
    type=one_of(NOTIFICATION_TYPES),
    channel=one_of(NOTIFICATION_CHANNELS),
    notification_type=text(at_least=1, at_most=50),  # 001: order_confirmation, shipping_update, ...
    subject=optional(text(at_most=500)),
    message=text(),
    template_id=optional(object_id()),
    template_data=optional(any_document()),
    recipient=_RECIPIENT,
    # The same key is queued once: the event and the reaction that asked for it.
    idempotency_key=text(at_least=1, at_most=255),
    status=one_of(DELIVERY_STATUSES),
    attempts=whole(),
    max_attempts=whole(at_least=1),
    # When the next attempt is due: at first `scheduled_at` or `created_at`, then later after each failure; null once
    # no attempt is due. The sender looks at this alone.
    scheduled_at=optional(date()),
    next_retry_at=optional(date()),
    # A sender's lease: while `locked_until` is in the future, `locked_by` is sending it.
    locked_by=optional(text(at_most=255)),
    locked_until=optional(date()),
    sent_at=optional(date()),
    delivered_at=optional(date()),
    opened_at=optional(date()),
    clicked_at=optional(date()),
    failed_at=optional(date()),
    bounced_at=optional(date()),
    error=optional(ERROR),
    priority=one_of(NOTIFICATION_PRIORITIES),
    metadata=optional(any_document()),
    created_at=date(),
    updated_at=date(),
)

# A queued notification without a due time would wait for ever.
_QUEUED_IS_DUE: Final[Schema] = {
    "$or": [{"status": {"$ne": "queued"}}, {"next_retry_at": {"$type": "date"}}],
}

NOTIFICATIONS_SPEC: Final = CollectionSpec(
    name=NOTIFICATIONS,
    validator={"$and": [{"$jsonSchema": _NOTIFICATION}, _QUEUED_IS_DUE]},
    indexes=(
        # Seed 000.
        IndexModel([("user_id", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel([("status", ASCENDING)]),
        IndexModel([("type", ASCENDING), ("status", ASCENDING)]),
        IndexModel([("created_at", DESCENDING)]),
        IndexModel([("sent_at", DESCENDING)]),
        IndexModel([("idempotency_key", ASCENDING)], unique=True, sparse=True),
        # A user's list, paged by keyset; the staff's, over all users.
        IndexModel(
            [("user_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="user_by_age"
        ),
        IndexModel(
            [("status", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="status_by_age"
        ),
        IndexModel(
            [("channel", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="channel_by_age"
        ),
        IndexModel(
            [("notification_type", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="notification_type_by_age",
        ),
        # The sender's queue (001's idx_notifications_retry).
        IndexModel(
            [("next_retry_at", ASCENDING), ("_id", ASCENDING)],
            name="due",
            partialFilterExpression={"status": "queued"},
        ),
    ),
)
