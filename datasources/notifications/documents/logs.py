"""What was handed to the e-mail and SMS providers, and what they reported back."""

from __future__ import annotations

from typing import Final

from bson.decimal128 import Decimal128
from pymongo import ASCENDING, DESCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    currency,
    date,
    decimal,
    document,
    list_of,
    object_id,
    one_of,
    optional,
    text,
    uuid_text,
    whole,
)
from datasources.notifications.documents.notifications import DELIVERY_STATUSES, ERROR

EMAIL_LOGS: Final = "email_logs"
SMS_LOGS: Final = "sms_logs"
EMAIL_EVENTS: Final = "email_events"

EMAIL_EVENT_TYPES: Final = ("sent", "delivered", "opened", "clicked", "bounced", "spam")  # 001

_ATTACHMENT: Final = document(
    required=["filename", "url", "size"],
    filename=text(at_least=1, at_most=255),
    url=text(at_least=1),
    size=whole(),  # bytes
)


def _log_indexes() -> tuple[IndexModel, ...]:
    """Seed 000 gives both logs the same five; the sixth finds the message that a provider's callback names."""
    return (
        IndexModel([("notification_id", ASCENDING)]),
        IndexModel([("user_id", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel([("to", ASCENDING)]),
        IndexModel([("status", ASCENDING)]),
        IndexModel([("created_at", DESCENDING)]),
        IndexModel(
            [("provider", ASCENDING), ("provider_message_id", ASCENDING)],
            name="by_provider_message",
            partialFilterExpression={"provider_message_id": {"$exists": True}},
        ),
    )


EMAIL_LOGS_SPEC: Final = CollectionSpec(
    name=EMAIL_LOGS,
    validator={
        "$jsonSchema": document(
            required=[
                "notification_id",
                "user_id",
                "from",
                "to",
                "subject",
                "provider",
                "status",
                "created_at",
            ],
            notification_id=object_id(),
            user_id=optional(uuid_text()),
            **{"from": text(at_least=1)},
            to=text(at_least=1),
            cc=list_of(text(at_least=1)),
            bcc=list_of(text(at_least=1)),
            subject=text(),
            body_text=optional(text()),
            body_html=optional(text()),
            attachments=list_of(_ATTACHMENT),
            provider=text(
                at_least=1, at_most=50
            ),  # sendgrid, aws-ses, smtp (000), or one that is added later
            provider_message_id=text(at_least=1),
            status=one_of(DELIVERY_STATUSES),
            sent_at=optional(date()),
            delivered_at=optional(date()),
            opened_at=optional(date()),
            clicked_at=optional(date()),
            bounced_at=optional(date()),
            failed_at=optional(date()),
            open_count=whole(),
            click_count=whole(),
            error=optional(ERROR),
            created_at=date(),
        )
    },
    indexes=_log_indexes(),
)

SMS_LOGS_SPEC: Final = CollectionSpec(
    name=SMS_LOGS,
    validator={
        "$jsonSchema": document(
            required=[
                "notification_id",
                "user_id",
                "from",
                "to",
                "message",
                "provider",
                "status",
                "created_at",
            ],
            notification_id=object_id(),
            user_id=optional(uuid_text()),
            **{"from": text(at_least=1)},
            to=text(at_least=1),
            message=text(),
            provider=text(at_least=1, at_most=50),  # twilio, aws-sns (000), or one that is added later
            provider_message_id=text(at_least=1),
            status=one_of(DELIVERY_STATUSES),
            sent_at=optional(date()),
            delivered_at=optional(date()),
            failed_at=optional(date()),
            segments=whole(at_least=1),
            # What the provider charges: often a fraction of a cent, so not bound to two decimal places.
            cost=optional(decimal(at_most=Decimal128("99999999.99"))),
            currency=optional(currency()),
            error=optional(ERROR),
            created_at=date(),
        )
    },
    indexes=_log_indexes(),
)

# 001: what a provider reports about an e-mail, once per report however often it is delivered.
EMAIL_EVENTS_SPEC: Final = CollectionSpec(
    name=EMAIL_EVENTS,
    validator={
        "$jsonSchema": document(
            required=["notification_id", "event_type", "provider", "created_at"],
            notification_id=object_id(),
            event_type=one_of(EMAIL_EVENT_TYPES),
            provider=text(at_least=1, at_most=50),
            external_event_id=text(at_least=1),
            external_message_id=optional(text()),
            user_agent=optional(text()),
            ip_address=optional(text(at_most=45)),
            created_at=date(),
        )
    },
    indexes=(
        IndexModel(
            [("notification_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)],
            name="notification_by_age",
        ),
        IndexModel(
            [("provider", ASCENDING), ("external_event_id", ASCENDING)],
            name="once_per_report",
            unique=True,
            partialFilterExpression={"external_event_id": {"$exists": True}},
        ),
    ),
)
