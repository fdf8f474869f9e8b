"""NotificationDb's collections: their names, what their documents may hold, and how they are found."""

from __future__ import annotations

from typing import Final

from datasources.core.event_documents import CONSUMED_EVENTS, CONSUMED_EVENTS_SPEC
from datasources.notifications.documents.logs import (
    EMAIL_EVENT_TYPES,
    EMAIL_EVENTS,
    EMAIL_EVENTS_SPEC,
    EMAIL_LOGS,
    EMAIL_LOGS_SPEC,
    SMS_LOGS,
    SMS_LOGS_SPEC,
)
from datasources.notifications.documents.notifications import (
    DELIVERY_STATUSES,
    NOTIFICATION_CHANNELS,
    NOTIFICATION_PRIORITIES,
    NOTIFICATION_TYPES,
    NOTIFICATIONS,
    NOTIFICATIONS_SPEC,
)
from datasources.notifications.documents.templates import (
    NOTIFICATION_PREFERENCES,
    NOTIFICATION_PREFERENCES_SPEC,
    NOTIFICATION_TEMPLATES,
    NOTIFICATION_TEMPLATES_SPEC,
)

__all__ = [
    "COLLECTIONS",
    "CONSUMED_EVENTS",
    "DELIVERY_STATUSES",
    "EMAIL_EVENTS",
    "EMAIL_EVENT_TYPES",
    "EMAIL_LOGS",
    "NOTIFICATIONS",
    "NOTIFICATION_CHANNELS",
    "NOTIFICATION_PREFERENCES",
    "NOTIFICATION_PRIORITIES",
    "NOTIFICATION_TEMPLATES",
    "NOTIFICATION_TYPES",
    "SMS_LOGS",
]

COLLECTIONS: Final = (
    NOTIFICATIONS_SPEC,
    NOTIFICATION_TEMPLATES_SPEC,
    NOTIFICATION_PREFERENCES_SPEC,
    EMAIL_LOGS_SPEC,
    SMS_LOGS_SPEC,
    EMAIL_EVENTS_SPEC,
    CONSUMED_EVENTS_SPEC,
)
