"""The types of a notification."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.notifications import records
from resolvers.relay import Node, id_field, source_is


@strawberry.enum(description="By which medium a notification travels.")
class NotificationType(Enum):
    EMAIL = strawberry.enum_value("email", description="An e-mail.")
    SMS = strawberry.enum_value("sms", description="A text message to a telephone.")
    PUSH = strawberry.enum_value("push", description="A message in an app.")


@strawberry.enum(description="What a notification is about.")
class NotificationChannel(Enum):
    ORDER = strawberry.enum_value("order", description="An order and its way.")
    PAYMENT = strawberry.enum_value("payment", description="A payment or a refund.")
    MARKETING = strawberry.enum_value("marketing", description="An offer.")
    SYSTEM = strawberry.enum_value("system", description="The account and its security.")


@strawberry.enum(description="How far a notification got.")
class NotificationStatus(Enum):
    QUEUED = strawberry.enum_value("queued", description="Waiting to be sent.")
    SENT = strawberry.enum_value("sent", description="Handed over; nothing is known of its arrival.")
    DELIVERED = strawberry.enum_value("delivered", description="Arrived.")
    FAILED = strawberry.enum_value("failed", description="Given up: it could not be sent.")
    BOUNCED = strawberry.enum_value("bounced", description="Sent back: the recipient does not exist.")


@strawberry.enum(description="How urgent a notification is.")
class NotificationPriority(Enum):
    LOW = strawberry.enum_value("low", description="Whenever there is time.")
    NORMAL = strawberry.enum_value("normal", description="In turn.")
    HIGH = strawberry.enum_value("high", description="Before the others.")
    URGENT = strawberry.enum_value("urgent", description="At once.")


@strawberry.type(description="A message to a customer.")
class Notification(Node):
    is_type_of = source_is(records.Notification)

    id: strawberry.ID = id_field("Notification")
    type: NotificationType = strawberry.field(description="By which medium it travels.")
    channel: NotificationChannel = strawberry.field(description="What it is about.")
    kind: str = strawberry.field(description="Its occasion, such as order_confirmation.")
    subject: str | None = strawberry.field(description="Its headline; a text message has none.")
    message: str = strawberry.field(description="Its text.")
    status: NotificationStatus = strawberry.field(description="How far it got.")
    priority: NotificationPriority = strawberry.field(description="How urgent it is.")
    created_at: datetime = strawberry.field(description="When it was written.")
    sent_at: datetime | None = strawberry.field(description="When it was handed over.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived.")
    opened_at: datetime | None = strawberry.field(description="When it was first read.")
    failed_at: datetime | None = strawberry.field(description="When it was given up.")
