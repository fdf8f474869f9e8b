"""Places orders as their checkout goes on: written down before anybody pays, confirmed once paid, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from datasources.orders.commands.redemptions import redeem_coupons, release_coupons
from datasources.orders.tables import order_items, orders
from datasources.orders.transitions import change_order, write_order

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.databases import Database
    from datasources.orders.drafts import LineDraft, OrderDraft
    from datasources.orders.records import Order, PaymentStatus
    from datasources.orders.sagas import Recording, Saga

_PENDING: Final = orders.c.status == "pending"


async def place_order(
    database: Database, *, draft: OrderDraft, recording: Recording, now: datetime
) -> tuple[Order, Saga]:
    """Write an order down that waits for its payment, redeem its coupons, and record that in its saga.

    Raises:
        CouponRefused: as `redeem_coupons`.
        LeaseLost: somebody else works on the checkout by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        saga = recording.recorded(now=now)
        values = {**_order_values(draft), "idempotency_key": saga.key, "request_hash": saga.input_hash}
        order = await write_order(
            transaction, values, event="OrderPlaced", data={}, recording=recording, now=now
        )
        await transaction.execute(
            insert(order_items),
            [_item_values(draft, place, line, now) for place, line in enumerate(draft.lines)],
        )
        await redeem_coupons(transaction, draft, now=now)
        await recording.before_commit()
        return order, saga


async def confirm_order(
    database: Database, *, saga: Saga, recording: Recording, now: datetime
) -> tuple[Order | None, Saga]:
    """Make a pending order a paid one, and record that in its saga; None where it was not pending any more.

    Raises:
        LeaseLost: somebody else works on the checkout by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        order = await change_order(
            transaction,
            saga.order_id,
            _PENDING,
            values={"status": "paid", "payment_status": "paid"},
            event="OrderPaid",
            data={},
            notes="Paid in full.",
            recording=recording,
            now=now,
        )
        await recording.before_commit()
        return order, recording.recorded(now=now)


async def abandon_order(
    database: Database,
    *,
    saga: Saga,
    payment_status: PaymentStatus,
    reason: str,
    recording: Recording,
    now: datetime,
) -> Saga:
    """Cancel a pending order whose checkout has failed, and give its coupons back; recorded in its saga.

    Raises:
        LeaseLost: somebody else works on the checkout by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        order = await change_order(
            transaction,
            saga.order_id,
            _PENDING,
            values={
                "status": "cancelled",
                "payment_status": payment_status,
                "cancellation_reason": reason,
                "cancelled_at": now,
            },
            event="OrderCancelled",
            data={"reason": reason},
            notes=reason,
            recording=recording,
            now=now,
        )
        if order is not None:
            await release_coupons(transaction, saga.order_id, now=now)
        await recording.before_commit()
        return recording.recorded(now=now)


def _order_values(draft: OrderDraft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "user_id": draft.user_id,
        "email": draft.email,
        "guest_token_hash": draft.guest_token_hash,
        "subtotal": draft.subtotal,
        "discount": draft.discount,
        "tax": draft.tax,
        "shipping_cost": draft.shipping_cost,
        "total": draft.total,
        "currency": draft.currency,
        "coupon_code": draft.coupons[0].code if draft.coupons else None,
        "coupon_discount": draft.discount,
        "shipping_address": dict(draft.shipping_address),
        "billing_address": dict(draft.billing_address),
        "shipping_method": draft.shipping_method,
        "payment_method": draft.payment_method,
        "payment_id": draft.payment_id,
        "customer_notes": draft.customer_notes,
        "source": draft.source,
    }


def _item_values(draft: OrderDraft, place: int, line: LineDraft, now: datetime) -> dict[str, Any]:
    return {
        "order_id": draft.id,
        "position": place,
        "product_id": line.product_id,
        "product_variant_id": line.variant_id,
        "sku": line.sku,
        "product_name": line.name,
        "variant_name": line.variant_name,
        "product_image": line.image_url,
        "price": line.unit_price,
        "quantity": line.quantity,
        "subtotal": line.subtotal,
        "discount": line.discount,
        "total": line.subtotal - line.discount,
        "currency": draft.currency,
        "attributes": dict(line.attributes),
        "created_at": now,
    }
