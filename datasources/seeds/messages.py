"""What the demo shop has written to its customers, and whether it arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from datasources.seeds.determinism import chance, dice, money, object_id_for, token_for
from datasources.seeds.people import CUSTOMER_ID
from datasources.seeds.vocabulary.messages import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from bson import ObjectId

    from datasources.core.documents import Document
    from datasources.seeds.orders import Order
    from datasources.seeds.people import Person
    from datasources.seeds.vocabulary.messages import Template

_RECENT: Final = timedelta(days=45)
_DEMO_ORDERS: Final = 19  # with one to four messages each
_BY_KIND: Final = {template.code.partition(".")[0]: template for template in TEMPLATES}


class Occasion(NamedTuple):
    """A reason to write to somebody."""

    at: datetime
    kind: str
    user: UUID | None
    name: str
    email: str
    order: Order | None


def make_templates(made: datetime) -> list[Document]:
    """What messages are made from."""
    return [
        {
            "_id": object_id_for("template", template.code),
            "name": template.name,
            "code": template.code,
            "description": None,
            "type": template.medium,
            "subject": template.subject,
            "body": template.body,
            "html_body": f"<p>{template.body}</p>" if template.medium == "email" else None,
            "variables": list(template.variables),
            "is_active": True,
            "language": "en-US",
            "version": 1,
            "created_at": made,
            "updated_at": made,
        }
        for template in TEMPLATES
    ]


def make_preferences(people: Iterable[Person]) -> list[Document]:
    """Who wants which messages."""
    return [
        {
            "_id": object_id_for("preferences", person.id),
            "user_id": str(person.id),
            "email_enabled": True,
            "sms_enabled": person.wants_sms,
            "push_enabled": True,
            "marketing_emails": person.wants_marketing,
            "order_updates": True,
            "promotional_offers": person.wants_marketing,
            "security_alerts": True,
            "created_at": person.created_at,
            "updated_at": person.created_at,
        }
        for person in people
    ]


def make_messages(
    people: Sequence[Person], orders: Sequence[Order], now: datetime
) -> tuple[list[Document], list[Document]]:
    """A block's notifications, oldest first, and the records of the e-mails among them."""
    rng = dice("messages", people[0].block)
    notifications: list[Document] = []
    emails: list[Document] = []
    occasions = sorted(_occasions(people, orders, now), key=lambda each: (each.at, each.email, each.kind))
    for place, occasion in enumerate(occasions, start=1):
        template = _BY_KIND[occasion.kind]
        notification = _make_notification(rng, occasion, template, now)
        if place == len(occasions):
            notification["_id"] = last_message_id(people[0].block)
        notifications.append(notification)
        if template.medium == "email":
            emails.append(_make_email_log(notification))
    return notifications, emails


def last_message_id(block: int) -> ObjectId:
    """The newest message of a block: it is written when everything else of the block is there."""
    return object_id_for("last message", block)


def _occasions(people: Sequence[Person], orders: Sequence[Order], now: datetime) -> Iterator[Occasion]:
    """Recent orders and accounts; of the demo customer's orders the last few."""
    demo_since = max(
        [order.placed for order in orders if order.person and order.person.id == CUSTOMER_ID][-_DEMO_ORDERS:][:1],
        default=now,
    )  # fmt: skip
    for order in orders:
        is_demo = order.person is not None and order.person.id == CUSTOMER_ID
        if order.placed >= (demo_since if is_demo else now - _RECENT):
            yield from _about(order, now)
    for person in people:
        if person.created_at > now - _RECENT or person.id == CUSTOMER_ID:
            yield _to(person, "welcome", person.created_at + timedelta(minutes=1))
        if person.wants_marketing and person.index % 4 == 0:
            yield _to(person, "newsletter", max(person.created_at, now - timedelta(days=3)))


def _about(order: Order, now: datetime) -> Iterator[Occasion]:
    fate = order.fate
    moments = {
        "order_confirmation": order.placed + timedelta(seconds=30),
        "payment_failed": order.placed + timedelta(minutes=1) if fate.payment_status == "failed" else None,
        "shipping_update": fate.at("shipped"),
        "order_delivered": fate.at("delivered") if order.person else None,
        "order_cancelled": fate.at("cancelled"),
        "refund_completed": fate.refund_at + timedelta(hours=1)
        if fate.refund_at and order.refunded
        else None,
    }
    name = order.person.first_name if order.person else order.address.recipient.partition(" ")[0]
    user = order.person.id if order.person else None
    for kind, at in moments.items():
        if at is not None and at <= now:
            yield Occasion(at, kind, user, name, order.email, order)


def _to(person: Person, kind: str, at: datetime) -> Occasion:
    return Occasion(at, kind, person.id, person.first_name, person.email, None)


def _make_notification(rng: Random, occasion: Occasion, template: Template, now: datetime) -> Document:
    sent = occasion.at + timedelta(seconds=rng.randrange(5, 60))
    status = rng.choices(("delivered", "sent", "failed", "bounced"), weights=(90, 5, 3, 2))[0]
    arrived = sent + timedelta(seconds=rng.randrange(2, 20)) if status == "delivered" else None
    opened = sent + timedelta(minutes=rng.randrange(2, 600)) if arrived and chance(rng, 55) else None
    opened = opened if opened and opened <= now else None
    error = {"failed": "The mail server did not answer.", "bounced": "No such mailbox."}.get(status)
    data = _data(occasion)
    about = occasion.order.id if occasion.order else occasion.user
    key = f"demo:{about}:{occasion.kind}"
    return {
        "_id": object_id_for("notification", key),
        "user_id": str(occasion.user) if occasion.user else None,
        "type": template.medium,
        "channel": template.channel,
        "notification_type": occasion.kind,
        "subject": template.subject.format_map(data),
        "message": template.body.format_map(data),
        "template_id": object_id_for("template", template.code),
        "template_data": data,
        "recipient": _recipient(occasion, template),
        "idempotency_key": key,
        "status": status,
        "attempts": 3 if status == "failed" else 1,
        "max_attempts": 3,
        "scheduled_at": None,
        "next_retry_at": None,
        "sent_at": None if status == "failed" else sent,
        "delivered_at": arrived,
        "opened_at": opened,
        "failed_at": sent if status == "failed" else None,
        "bounced_at": sent if status == "bounced" else None,
        "error": {"message": error} if error else None,
        "priority": "low" if template.channel == "marketing" else "normal",
        "metadata": {"order_id": str(occasion.order.id)} if occasion.order else None,
        "created_at": occasion.at,
        "updated_at": opened or arrived or sent,
    }  # fmt: skip


def _make_email_log(notification: Document) -> Document:
    log = {
        "_id": object_id_for("email log", notification["_id"]),
        "notification_id": notification["_id"],
        "user_id": notification["user_id"],
        "from": "shop@example.com",
        "to": notification["recipient"]["email"],
        "subject": notification["subject"],
        "body_text": notification["message"],
        "body_html": f"<p>{notification['message']}</p>",
        "provider": "smtp",
        "provider_message_id": f"{token_for('email', notification['_id'])}@example.com",
        "open_count": 1 if notification["opened_at"] else 0,
        "click_count": 0,
    }
    copied = (
        "status",
        "sent_at",
        "delivered_at",
        "opened_at",
        "bounced_at",
        "failed_at",
        "error",
        "created_at",
    )
    return log | {name: notification[name] for name in copied}


def _recipient(occasion: Occasion, template: Template) -> dict[str, str]:
    if template.medium == "email":
        return {"email": occasion.email}
    return {"device_token": f"demo-{token_for('device', occasion.user)}"}


def _data(occasion: Occasion) -> dict[str, str]:
    order = occasion.order
    if order is None:
        return {"name": occasion.name}
    cents = order.refunded if occasion.kind == "refund_completed" else order.total
    return {"name": occasion.name, "number": order.number, "total": f"${money(cents):,}"}
