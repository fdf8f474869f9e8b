"""The types of a notification."""

from datetime import datetime
from enum import Enum

import strawberry

from datasources.notifications import records
from resolvers.relay import Node, id_field, source_is


@strawberry.enum(description="The medium by which a notification is sent.")
class NotificationType(Enum):
    EMAIL = strawberry.enum_value("email", description="An e-mail.")
    SMS = strawberry.enum_value("sms", description="A text message to a phone.")
    PUSH = strawberry.enum_value("push", description="A push message to an app.")


@strawberry.enum(description="The topic of a notification.")
class NotificationChannel(Enum):
    ORDER = strawberry.enum_value("order", description="An order and its delivery.")
    PAYMENT = strawberry.enum_value("payment", description="A payment or a refund.")
    MARKETING = strawberry.enum_value("marketing", description="An offer.")
    SYSTEM = strawberry.enum_value("system", description="The customer's account and its security.")


@strawberry.enum(description="Whether a notification has been sent and received.")
class NotificationStatus(Enum):
    QUEUED = strawberry.enum_value("queued", description="Waiting to be sent.")
    SENT = strawberry.enum_value("sent", description="Sent; whether it arrived is not known.")
    DELIVERED = strawberry.enum_value("delivered", description="Received.")
    FAILED = strawberry.enum_value("failed", description="It could not be sent.")
    BOUNCED = strawberry.enum_value("bounced", description="Returned: the recipient does not exist.")


@strawberry.enum(description="How urgent a notification is.")
class NotificationPriority(Enum):
    LOW = strawberry.enum_value("low", description="It can wait.")
    NORMAL = strawberry.enum_value("normal", description="As usual.")
    HIGH = strawberry.enum_value("high", description="Sent before normal ones.")
    URGENT = strawberry.enum_value("urgent", description="Sent at once.")


@strawberry.type(description="A message to a customer.")
class Notification(Node):
    is_type_of = source_is(records.Notification)

    id: strawberry.ID = id_field("Notification")
    type: NotificationType = strawberry.field(
        description="The medium by which it is sent: e-mail, SMS or push. Its topic is `channel`."
    )
    channel: NotificationChannel = strawberry.field(
        description="Its topic, such as an order or a payment. Its medium is `type`."
    )
    kind: str = strawberry.field(description="The event that caused it, such as order_confirmation.")
    subject: str | None = strawberry.field(description="Its subject line; null for text messages.")
    message: str = strawberry.field(description="Its text.")
    status: NotificationStatus = strawberry.field(description="Whether it has been sent and received.")
    priority: NotificationPriority = strawberry.field(description="How urgent it is.")
    created_at: datetime = strawberry.field(description="When it was created.")
    sent_at: datetime | None = strawberry.field(description="When it was sent.")
    delivered_at: datetime | None = strawberry.field(description="When it was received.")
    opened_at: datetime | None = strawberry.field(description="When it was first opened.")
    failed_at: datetime | None = strawberry.field(description="When sending it failed.")
