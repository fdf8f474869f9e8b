"""Messages as the notification service keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def message(user: UUID | None, **changes: Any) -> dict[str, Any]:
    """A document of the notifications collection: an order confirmation that has arrived."""
    return {
        "user_id": user and str(user),
        "type": "email",
        "channel": "order",
        "notification_type": "order_confirmation",
        "subject": "Your order",
        "message": "Thank you.",
        "recipient": {"email": "somebody@example.com"},
        "status": "delivered",
        "attempts": 1,
        "max_attempts": 3,
        "next_retry_at": None,
        "locked_by": "sender-7",
        "error": {"code": "550", "message": "a provider's words"},
        "metadata": {"provider": "a provider's name"},
        "priority": "normal",
        "created_at": NOON,
        "updated_at": NOON,
        **changes,
    }
