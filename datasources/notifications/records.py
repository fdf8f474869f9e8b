"""What the notification service gives out: messages to customers, and which of them each wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datasources.core.records import row_record

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

NotificationType = Literal["email", "sms", "push"]
NotificationChannel = Literal["order", "payment", "marketing", "system"]
NotificationStatus = Literal["queued", "sent", "delivered", "failed", "bounced"]
NotificationPriority = Literal["low", "normal", "high", "urgent"]


@row_record
class Notification:
    """A message to a customer. `type` is the medium, `channel` the subject, `kind` the occasion (000, 001)."""

    id: str
    user_id: UUID | None
    type: NotificationType
    channel: NotificationChannel
    kind: str
    subject: str | None
    message: str
    status: NotificationStatus
    priority: NotificationPriority
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    failed_at: datetime | None


@row_record
class NotificationPreferences:
    """By which media a customer wants messages, and about what (001: notification_preferences)."""

    user_id: UUID
    email_enabled: bool
    sms_enabled: bool
    push_enabled: bool
    marketing_emails: bool
    order_updates: bool
    promotional_offers: bool
    security_alerts: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFilter:
    """Which notifications a list holds; what is None does not matter."""

    channels: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
