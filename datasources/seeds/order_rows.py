"""Orders as OrderDb keeps them: with lines, history, shipment, discounts and the coupon's redemption."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from datasources.orders.bulk import BulkOrder
from datasources.seeds.determinism import money, token_for, uuid_for
from datasources.seeds.payments import payment_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from datasources.orders.bulk import (
        DiscountRow,
        OrderItemRow,
        OrderRow,
        RedemptionRow,
        ShippingRow,
        StatusRow,
    )
    from datasources.seeds.orders import Line, Order

_CARRIERS: Final = ("UPS", "FedEx", "USPS", "DHL")
_NOTES: Final = (
    "Please leave it with the neighbours.",
    "Ring twice.",
    "It is a gift: no invoice in the parcel, please.",
)
_DELIVERY: Final = {"Standard": timedelta(days=6), "Express": timedelta(days=3)}
_HUB: Final = "Sorting centre Louisville, KY"


def make_bulk_order(order: Order) -> BulkOrder:
    """All rows of one order."""
    return BulkOrder(
        order=_order_row(order),
        items=[_item_row(order, line) for line in order.lines],
        history=_history(order),
        shipping=_shipping_row(order),
        discounts=list(_discount_rows(order)),
        redemption=_redemption_row(order),
    )


def _order_row(order: Order) -> OrderRow:
    fate = order.fate
    shipped, delivered = fate.at("shipped"), fate.at("delivered")
    guest_token = None
    if order.person is None:
        guest_token = sha256(token_for("guest order", order.id).encode()).hexdigest()
    return {
        "id": order.id,
        "order_number": order.number,
        "user_id": order.person.id if order.person else None,
        "email": order.email,
        "guest_token_hash": guest_token,
        "status": fate.status,
        "subtotal": money(order.subtotal),
        "discount": money(order.discount),
        "tax": money(order.tax),
        "shipping_cost": money(order.shipping),
        "total": money(order.total),
        "refunded_amount": money(order.refunded),
        "currency": "USD",
        "coupon_code": order.coupon.code if order.coupon else None,
        "coupon_discount": money(order.coupon_discount),
        "shipping_address": order.address.snapshot(),
        "billing_address": order.billing.snapshot(),
        "shipping_method": order.shipping_method,
        "tracking_number": _tracking_number(order) if shipped else None,
        "carrier": _carrier(order) if shipped else None,
        "estimated_delivery_date": _expected(order).date(),
        "actual_delivery_date": delivered.date() if delivered else None,
        "payment_method": order.method,
        "payment_status": fate.payment_status,
        "payment_id": payment_id(order),
        "customer_notes": _NOTES[order.index // 12 % len(_NOTES)] if order.index % 12 == 0 else None,
        "source": order.source,
        "cancellation_reason": fate.cancellation_reason,
        "version": len(fate.steps) + (fate.refund_at is not None),
        "created_at": order.placed,
        "updated_at": max(fate.steps[-1].at, fate.refund_at or order.placed),
        "shipped_at": shipped,
        "delivered_at": delivered,
        "cancelled_at": fate.at("cancelled"),
        "completed_at": delivered,
    }


def _item_row(order: Order, line: Line) -> OrderItemRow:
    variant = line.variant
    return {
        "id": line.id,
        "order_id": order.id,
        "position": line.position,
        "product_id": str(variant.product_id),
        "product_variant_id": variant.id,
        "sku": variant.sku,
        "product_name": variant.product_name,
        "variant_name": variant.name,
        "product_image": variant.image.url,
        "price": money(line.price),
        "quantity": line.quantity,
        "subtotal": money(line.subtotal),
        "discount": money(line.discount),
        "total": money(line.total),
        "currency": "USD",
        "attributes": variant.choices,
        "returned_quantity": line.returned,
        "refunded_quantity": line.refunded_quantity,
        "refunded_amount": money(line.refunded),
        "created_at": order.placed,
    }


def _history(order: Order) -> list[StatusRow]:
    before = [None, *(step.status for step in order.fate.steps)]
    return [
        {
            "order_id": order.id,
            "old_status": old,
            "new_status": step.status,
            "notes": step.note,
            "changed_by": step.by,
            "changed_at": step.at,
        }
        for old, step in zip(before, order.fate.steps, strict=False)
    ]


def _shipping_row(order: Order) -> ShippingRow | None:
    shipped, delivered = order.fate.at("shipped"), order.fate.at("delivered")
    if shipped is None:
        return None
    number = _tracking_number(order)
    return {
        "id": uuid_for("shipping", order.id),
        "order_id": order.id,
        "carrier": _carrier(order),
        "tracking_number": number,
        "shipping_method": order.shipping_method,
        "shipped_at": shipped,
        "estimated_delivery": _expected(order),
        "actual_delivery": delivered,
        "tracking_url": f"https://track.example.com/{number}",
        "tracking_updates": _tracking(order, shipped, delivered),
        "created_at": shipped,
        "updated_at": delivered or shipped,
    }


def _tracking(order: Order, shipped: datetime, delivered: datetime | None) -> list[dict[str, str]]:
    """Oldest first. A parcel on its way has been heard of once, one that has arrived all along its way."""
    home = f"{order.address.city.name}, {order.address.city.state}"
    updates = [
        ("picked_up", f"Warehouse {order.lines[0].warehouse + 1}", "Picked up by the carrier", shipped)
    ]
    if delivered is not None:
        way = delivered - shipped
        updates += [
            ("in_transit", _HUB, "Arrived at the sorting centre", shipped + way / 3),
            ("out_for_delivery", home, "Out for delivery", delivered - way / 24),
            ("delivered", home, "Delivered", delivered),
        ]
    return [
        {
            "status": status,
            "location": place,
            "message": message,
            "occurred_at": at.replace(microsecond=0).isoformat(),
        }
        for status, place, message, at in updates
    ]


def _discount_rows(order: Order) -> Iterator[DiscountRow]:
    if order.coupon is not None:
        yield {
            "id": uuid_for("coupon discount", order.id),
            "order_id": order.id,
            "discount_type": "coupon",
            "discount_code": order.coupon.code,
            "discount_name": order.coupon.description,
            "discount_amount": money(order.coupon_discount),
            "currency": "USD",
            "created_at": order.placed,
        }
    if order.promotion_discount:
        yield {
            "id": uuid_for("promotion", order.id),
            "order_id": order.id,
            "discount_type": "promotion",
            "discount_code": None,
            "discount_name": "5 % off this week",
            "discount_amount": money(order.promotion_discount),
            "currency": "USD",
            "created_at": order.placed,
        }


def _redemption_row(order: Order) -> RedemptionRow | None:
    if order.coupon is None:
        return None
    return {
        "id": uuid_for("redemption", order.id),
        "coupon_id": order.coupon.id,
        "order_id": order.id,
        "user_id": order.person.id if order.person else None,
        "email": order.email,
        "amount": money(order.coupon_discount),
        "currency": "USD",
        "created_at": order.placed,
        "released_at": order.fate.at("cancelled"),
    }


def _tracking_number(order: Order) -> str:
    return f"1Z{order.id.int % 10**16:016d}"


def _carrier(order: Order) -> str:
    return _CARRIERS[order.id.int % len(_CARRIERS)]


def _expected(order: Order) -> datetime:
    return order.placed + _DELIVERY[order.shipping_method]
