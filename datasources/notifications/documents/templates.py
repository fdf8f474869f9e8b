"""What notifications are made from, and who wants which of them."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    date,
    document,
    flag,
    list_of,
    one_of,
    optional,
    text,
    uuid_text,
    whole,
)
from datasources.notifications.documents.notifications import NOTIFICATION_TYPES

NOTIFICATION_TEMPLATES: Final = "notification_templates"
NOTIFICATION_PREFERENCES: Final = "notification_preferences"

NOTIFICATION_TEMPLATES_SPEC: Final = CollectionSpec(
    name=NOTIFICATION_TEMPLATES,
    validator={
        "$jsonSchema": document(
            required=[
                "name",
                "code",
                "type",
                "body",
                "variables",
                "is_active",
                "language",
                "version",
                "created_at",
                "updated_at",
            ],
            name=text(at_least=1, at_most=100),
            # Unique on its own (000), so it names the medium and the language too: order_confirmation.email.en-US.
            code=text(at_least=1, at_most=100),
            description=optional(text()),
            type=one_of(NOTIFICATION_TYPES),
            subject=optional(text(at_most=500)),
            body=text(at_least=1),
            html_body=optional(text()),
            variables=list_of(text(at_least=1, at_most=100)),
            is_active=flag(),
            language=text(at_least=2, at_most=10),
            version=whole(at_least=1),
            created_at=date(),
            updated_at=date(),
        )
    },
    indexes=(
        # Seed 000.
        IndexModel([("code", ASCENDING)], unique=True),
        IndexModel([("type", ASCENDING), ("is_active", ASCENDING)]),
    ),
)

NOTIFICATION_PREFERENCES_SPEC: Final = CollectionSpec(  # 001
    name=NOTIFICATION_PREFERENCES,
    validator={
        "$jsonSchema": document(
            required=[
                "user_id",
                "email_enabled",
                "sms_enabled",
                "push_enabled",
                "marketing_emails",
                "order_updates",
                "promotional_offers",
                "security_alerts",
                "created_at",
                "updated_at",
            ],
            user_id=uuid_text(),
            email_enabled=flag(),
            sms_enabled=flag(),
            push_enabled=flag(),
            marketing_emails=flag(),
            order_updates=flag(),
            promotional_offers=flag(),
            security_alerts=flag(),
            created_at=date(),
            updated_at=date(),
        )
    },
    indexes=(IndexModel([("user_id", ASCENDING)], unique=True),),
)
