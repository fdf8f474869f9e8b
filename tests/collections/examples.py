"""A full example document for every collection, each with every declared field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId
from bson.timestamp import Timestamp

from datasources.products.search_words import search_fields

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

NOW = datetime(2025, 11, 2, 10, 30, tzinfo=UTC)


def user_id() -> str:
    return str(uuid4())


def variant(**changes: Any) -> Document:
    return {
        "id": uuid4(),
        "sku": f"WH-001-{uuid4().hex}",
        "name": "Black",
        "price": Decimal128("299.99"),
        "compare_at_price": Decimal128("349.99"),
        "cost_price": Decimal128("120.00"),
        "weight": Decimal128("0.254"),
        "barcode": "4006381333931",
        "attributes": [{"name": "Colour", "value": "Black"}],
        "image_ids": [uuid4()],
        "is_default": True,
        "is_active": True,
        "stock": 12,
        "stock_version": 7,
        "backorder": False,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def product(**changes: Any) -> Document:
    unique = uuid4().hex
    category = ObjectId()
    made = {
        "sku": f"WH-001-{unique}",
        "skus": [f"WH-001-{unique}"],
        "name": "Wireless Headphones",
        "slug": f"wireless-headphones-{unique}",
        "description": "Over-ear, with noise cancelling.",
        "short_description": "Over-ear",
        "long_description": "Over-ear, with noise cancelling, for thirty hours.",
        "product_type": "configurable",
        "price": Decimal128("299.99"),
        "compare_at_price": Decimal128("349.99"),
        "cost_price": Decimal128("120.00"),
        "currency": "USD",
        "discount_percentage": Decimal128("14.29"),
        "stock": 12,
        "in_stock": True,
        "backorder": False,
        "low_stock_threshold": 10,
        "track_inventory": True,
        "weight": Decimal128("0.254"),
        "barcode": "4006381333931",
        "category_id": category,
        "category_path": [ObjectId(), category],
        "brand_id": ObjectId(),
        "seller_id": user_id(),
        "images": [
            {
                "id": uuid4(),
                "url": "https://cdn.example.com/products/wh-001.jpg",
                "alt_text": "Headphones",
                "is_primary": True,
                "order": 0,
            }
        ],
        "attributes": [{"name": "Wireless", "value": "Yes"}],
        "options": [{"name": "Colour", "values": ["Black", "White"]}],
        "variants": [variant(), variant(name="White", is_default=False)],
        "specifications": {
            "brand": "Acme",
            "model": "WH",
            "weight": "254 g",
            "dimensions": {"length": 18.5, "width": 16, "height": 8, "unit": "cm"},
            "warranty": "2 years",
        },
        "seo": {"meta_title": "Headphones", "meta_description": "Good ones", "meta_keywords": ["audio"]},
        "status": "active",
        "is_featured": True,
        "is_published": True,
        "published_at": NOW,
        "tags": ["audio", "wireless"],
        "rating": {"average": 4.5, "count": 2, "distribution": [0, 0, 0, 1, 1], "version": 2},
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "deleted_at": None,
        **changes,
    }
    return {**search_fields(made), **made}


def category(**changes: Any) -> Document:
    root, parent = ObjectId(), ObjectId()
    return {
        "name": "Headphones",
        "slug": f"headphones-{uuid4().hex}",
        "description": "For the ears",
        "parent_id": parent,
        "level": 2,
        "path": [root, parent],
        "image": "https://cdn.example.com/categories/headphones.jpg",
        "icon": "headphones",
        "order": 3,
        "is_active": True,
        "seo": {"meta_title": "Headphones", "meta_description": "All of them", "meta_keywords": ["audio"]},
        "placements": 0,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def brand(**changes: Any) -> Document:
    unique = uuid4().hex
    return {
        "name": f"Acme {unique}",
        "slug": f"acme-{unique}",
        "description": "Makes everything",
        "logo_url": "https://cdn.example.com/brands/acme.svg",
        "website_url": "https://acme.example.com",
        "is_active": True,
        "seo": {"meta_title": "Acme", "meta_description": "Everything", "meta_keywords": []},
        "placements": 0,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def product_attribute(**changes: Any) -> Document:
    return {
        "name": f"colour-{uuid4().hex}",
        "display_name": "Colour",
        "attribute_type": "select",
        "is_filterable": True,
        "is_searchable": False,
        "display_order": 1,
        "values": [
            {"value": "black", "display_value": "Black", "display_order": 0},
            {"value": "white", "display_value": "White", "display_order": 1},
        ],
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def product_relation(**changes: Any) -> Document:
    return {
        "product_id": ObjectId(),
        "related_product_id": ObjectId(),
        "relation_type": "cross_sell",
        "display_order": 0,
        "created_at": NOW,
        **changes,
    }


def product_analytics(**changes: Any) -> Document:
    return {
        "product_id": ObjectId(),
        "views": 1_000,
        "last_viewed": NOW,
        "stock_updates": 3,
        "last_stock_update": NOW,
        **changes,
    }


def search_word(**changes: Any) -> Document:
    return {"_id": uuid4().hex, "grams": ["__r", "_ra", "rad"], **changes}


def product_review(**changes: Any) -> Document:
    return {
        "product_id": ObjectId(),
        "user_id": user_id(),
        "order_id": str(uuid4()),
        "rating": 5,
        "title": "Quiet",
        "comment": "I hear nothing.",
        "images": ["https://cdn.example.com/reviews/1.jpg"],
        "verified_purchase": True,
        "helpful_count": 4,
        "reported_count": 0,
        "status": "approved",
        "moderation": {"moderated_by": user_id(), "moderated_at": NOW, "reason": None},
        "response": {"text": "Thank you.", "responded_by": user_id(), "responded_at": NOW},
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def review_vote(**changes: Any) -> Document:
    return {
        "review_id": ObjectId(),
        "user_id": user_id(),
        "kind": "report",
        "category": "off_topic",
        "reason": "Not about the product",
        "settled_at": NOW,
        "created_at": NOW,
        **changes,
    }


def domain_event(**changes: Any) -> Document:
    return {
        "_id": uuid4(),
        "sequence": Timestamp(0, 0),
        "aggregate_id": str(ObjectId()),
        "aggregate_type": "product",
        "event_type": "product_price_changed",
        "event_data": {"price": "299.99", "currency": "USD"},
        "version": 2,
        "occurred_at": NOW,
        "processed": False,
        "processed_at": None,
        "attempts": 0,
        "last_error": None,
        **changes,
    }


def consumed_event(**changes: Any) -> Document:
    return {"consumer": "products.project_stock", "event_id": uuid4(), "consumed_at": NOW, **changes}


def notification(**changes: Any) -> Document:
    return {
        "user_id": user_id(),
        "type": "email",
        "channel": "order",
        "notification_type": "order_confirmation",
        "subject": "Your order",
        "message": "Thank you.",
        "template_id": ObjectId(),
        "template_data": {"number": "ORD-1"},
        "recipient": {"email": "ada@example.com", "phone": None, "device_token": None},
        "idempotency_key": f"order_confirmed:{uuid4()}",
        "status": "queued",
        "attempts": 0,
        "max_attempts": 3,
        "scheduled_at": None,
        "next_retry_at": NOW,
        "locked_by": "worker-1",
        "locked_until": NOW,
        "sent_at": None,
        "delivered_at": None,
        "opened_at": None,
        "clicked_at": None,
        "failed_at": None,
        "bounced_at": None,
        "error": {"code": "421", "message": "Try again later", "details": {"host": "mx.example.com"}},
        "priority": "normal",
        "metadata": {"order_id": str(uuid4())},
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def notification_template(**changes: Any) -> Document:
    return {
        "name": "Order confirmation",
        "code": f"order_confirmation.email.{uuid4().hex}",
        "description": "Sent when an order is placed",
        "type": "email",
        "subject": "Your order {number}",
        "body": "Thank you for {number}.",
        "html_body": "<p>Thank you for {number}.</p>",
        "variables": ["number"],
        "is_active": True,
        "language": "en-US",
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def notification_preferences(**changes: Any) -> Document:
    return {
        "user_id": user_id(),
        "email_enabled": True,
        "sms_enabled": False,
        "push_enabled": True,
        "marketing_emails": True,
        "order_updates": True,
        "promotional_offers": True,
        "security_alerts": True,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def email_log(**changes: Any) -> Document:
    return {
        "notification_id": ObjectId(),
        "user_id": user_id(),
        "from": "shop@example.com",
        "to": "ada@example.com",
        "cc": [],
        "bcc": ["archive@example.com"],
        "subject": "Your order",
        "body_text": "Thank you.",
        "body_html": "<p>Thank you.</p>",
        "attachments": [{"filename": "invoice.pdf", "url": "https://cdn.example.com/1.pdf", "size": 20_480}],
        "provider": "smtp",
        "provider_message_id": "<1@example.com>",
        "status": "sent",
        "sent_at": NOW,
        "delivered_at": None,
        "opened_at": None,
        "clicked_at": None,
        "bounced_at": None,
        "failed_at": None,
        "open_count": 0,
        "click_count": 0,
        "error": {"code": None, "message": None},
        "created_at": NOW,
        **changes,
    }


def sms_log(**changes: Any) -> Document:
    return {
        "notification_id": ObjectId(),
        "user_id": user_id(),
        "from": "+15550100",
        "to": "+15550199",
        "message": "Your order is on its way.",
        "provider": "twilio",
        "provider_message_id": "SM1",
        "status": "delivered",
        "sent_at": NOW,
        "delivered_at": NOW,
        "failed_at": None,
        "segments": 1,
        "cost": Decimal128("0.0079"),
        "currency": "USD",
        "error": None,
        "created_at": NOW,
        **changes,
    }


def email_event(**changes: Any) -> Document:
    return {
        "notification_id": ObjectId(),
        "event_type": "opened",
        "provider": "sendgrid",
        "external_event_id": str(uuid4()),
        "external_message_id": "abc",
        "user_agent": "Mail/1.0",
        "ip_address": "2001:db8::1",
        "created_at": NOW,
        **changes,
    }


PRODUCT_DB: dict[str, Callable[..., Document]] = {
    "products": product,
    "categories": category,
    "brands": brand,
    "product_attributes": product_attribute,
    "product_relations": product_relation,
    "product_analytics": product_analytics,
    "search_words": search_word,
    "product_reviews": product_review,
    "review_votes": review_vote,
    "domain_events": domain_event,
    "consumed_events": consumed_event,
}

NOTIFICATION_DB: dict[str, Callable[..., Document]] = {
    "notifications": notification,
    "notification_templates": notification_template,
    "notification_preferences": notification_preferences,
    "email_logs": email_log,
    "sms_logs": sms_log,
    "email_events": email_event,
    "consumed_events": consumed_event,
}
