"""What staff do to an order from its payment to the customer's door: packed, shipped, followed, delivered, noted."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import DateTime, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_change

from datasources.orders.errors import NotPaid, TooManyTrackingUpdates
from datasources.orders.holding import hold_order, require_status
from datasources.orders.records import tracking_update_from
from datasources.orders.tables import orders, shipping_info
from datasources.orders.transitions import change_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.orders.changes import NewShipment
    from datasources.orders.records import Order, OrderStatus, TrackingUpdate

MOST_TRACKING_UPDATES: Final = 200

# From which statuses an order comes to be processed, shipped and delivered.
PROCESSABLE: Final[tuple[OrderStatus, ...]] = ("confirmed", "paid")
SHIPPABLE: Final[tuple[OrderStatus, ...]] = ("paid", "processing")
DELIVERABLE: Final[tuple[OrderStatus, ...]] = ("shipped",)

# Those whose goods have left; a shipment that is told of again is no second one.
_SENT: Final[tuple[OrderStatus, ...]] = ("shipped", "delivered")
_SETTLED: Final = ("paid", "partially_refunded")


async def start_processing(
    database: Database, *, order_id: UUID, actor_id: UUID | None, now: datetime
) -> Order:
    """Begin to pick and pack an order that is confirmed or paid; one that is being processed stays so.

    It need not be paid yet: whether it is decides on shipping.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not confirmed or paid.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        if held.status == "processing":
            return held
        require_status(held, PROCESSABLE)
        return await _start(transaction, held, actor_id=actor_id, now=now)


async def begin_shipment(
    database: Database, *, order_id: UUID, actor_id: UUID | None, now: datetime
) -> Order:
    """Take a paid order to `processing`, so that its goods may leave; one that is there already, or sent, stays so.

    It is the first step of `datasources.workflows.shipments`, and what keeps a cancellation off.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not paid or being processed, nor sent.
        NotPaid: its payment is not settled.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        if held.status in _SENT:
            return held
        require_status(held, SHIPPABLE)
        _require_payment(held)
        if held.status == "processing":
            return held
        return await _start(transaction, held, actor_id=actor_id, now=now)


async def ship_order(
    database: Database,
    *,
    order_id: UUID,
    shipment: NewShipment,
    goods_left: bool = False,
    actor_id: UUID | None,
    now: datetime,
) -> Order:
    """Say that a paid order has been handed to its carrier; said again of the same parcel it changes nothing.

    `goods_left` says that the goods have left the warehouse while it was paid. No refund undoes that, so the payment is
    not asked for again.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not paid or being processed, or has been shipped otherwise.
        NotPaid: its payment is not settled.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        if held.status in _SENT and await _is_sent_so(transaction, order_id, shipment):
            return held
        require_status(held, SHIPPABLE)
        if not goods_left:
            _require_payment(held)
        parcel = {"carrier": shipment.carrier, "tracking_number": shipment.tracking_number}
        promised: dict[str, Any] = {}
        if shipment.estimated_delivery is not None:
            promised["estimated_delivery_date"] = shipment.estimated_delivery.astimezone(UTC).date()
        order = await _change(
            transaction,
            held,
            "OrderShipped",
            {"status": "shipped", "shipped_at": now, **parcel, **promised},
            data=parcel,
            actor_id=actor_id,
            now=now,
        )
        await _write_shipment(transaction, order, shipment, now=now)
        return order


async def add_tracking_update(
    database: Database, *, order_id: UUID, tracking: TrackingUpdate, actor_id: UUID | None, now: datetime
) -> Order:
    """Add a message of the carrier to a shipped order, by the time at which it happened; the same again is one.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not on its way.
        TooManyTrackingUpdates: there are MOST_TRACKING_UPDATES already.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        known = await _read_tracking(transaction, order_id)
        if tracking in known:
            return held
        require_status(held, DELIVERABLE)
        if len(known) >= MOST_TRACKING_UPDATES:
            raise TooManyTrackingUpdates(MOST_TRACKING_UPDATES)
        # Of one moment, the message that came first stays first.
        updates = [_snapshot(it) for it in sorted([*known, tracking], key=lambda it: it.occurred_at)]
        await _put_shipping(transaction, order_id, now=now, tracking_updates=updates)
        told = {"tracking": _snapshot(tracking)}
        return await _change(
            transaction, held, "OrderTrackingUpdated", {}, data=told, actor_id=actor_id, now=now
        )


async def deliver_order(database: Database, *, order_id: UUID, actor_id: UUID | None, now: datetime) -> Order:
    """Say that a shipped order has arrived, which completes it; one that has arrived stays so.

    Raises:
        UnknownOrder: there is none.
        WrongStatus: it is not on its way.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        if held.status == "delivered":
            return held
        require_status(held, DELIVERABLE)
        await transaction.execute(
            update(shipping_info)
            .where(shipping_info.c.order_id == order_id)
            .values(actual_delivery=now, updated_at=now)
        )
        arrived = {
            "status": "delivered",
            "delivered_at": now,
            "completed_at": now,
            "actual_delivery_date": now.astimezone(UTC).date(),
        }
        return await _change(transaction, held, "OrderDelivered", arrived, actor_id=actor_id, now=now)


async def note_order(
    database: Database, *, order_id: UUID, notes: str | None, actor_id: UUID | None, now: datetime
) -> Order:
    """Keep staff's notes on an order, in place of those that there were; None removes them.

    Raises:
        UnknownOrder: there is none.
        InvalidText: the notes hold a character that cannot be stored.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await hold_order(transaction, order_id)
        if held.admin_notes == notes:
            return held
        return await _change(
            transaction, held, "OrderNoted", {"admin_notes": notes}, actor_id=actor_id, now=now
        )


async def _start(transaction: AsyncConnection, held: Order, *, actor_id: UUID | None, now: datetime) -> Order:
    return await _change(
        transaction, held, "OrderPacked", {"status": "processing"}, actor_id=actor_id, now=now
    )


async def _change(
    transaction: AsyncConnection,
    held: Order,
    event: str,
    values: Mapping[str, Any],
    *,
    data: Mapping[str, Any] | None = None,
    actor_id: UUID | None,
    now: datetime,
) -> Order:
    order = await change_order(
        transaction,
        held.id,
        orders.c.status == held.status,
        values=values,
        event=event,
        data=data or {},
        actor_id=actor_id,
        now=now,
    )
    assert order is not None  # noqa: S101  # it is held, so nobody has changed its status since
    return order


def _require_payment(held: Order) -> None:
    if held.payment_status not in _SETTLED:
        raise NotPaid(held.payment_status)


async def _is_sent_so(transaction: AsyncConnection, order_id: UUID, shipment: NewShipment) -> bool:
    found = await transaction.execute(
        select(shipping_info.c.carrier, shipping_info.c.tracking_number).where(
            shipping_info.c.order_id == order_id
        )
    )
    sent = found.one_or_none()
    return sent is not None and tuple(sent) == (shipment.carrier, shipment.tracking_number)


async def _write_shipment(
    transaction: AsyncConnection, order: Order, shipment: NewShipment, *, now: datetime
) -> None:
    # A date was promised when the order was placed; as a time it is the date's beginning in UTC.
    promised = (
        select(func.timezone("UTC", cast(orders.c.estimated_delivery_date, DateTime)))
        .where(orders.c.id == order.id)
        .scalar_subquery()
    )
    await _put_shipping(
        transaction,
        order.id,
        now=now,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        shipping_method=shipment.shipping_method or order.shipping_method,
        shipped_at=now,
        estimated_delivery=shipment.estimated_delivery or promised,
    )


async def _put_shipping(
    transaction: AsyncConnection, order_id: UUID, *, now: datetime, **values: Any
) -> None:
    """Set columns of a held order's shipping_info, which need not be there yet."""
    values = {**values, "updated_at": now}
    await transaction.execute(
        insert_or_change(shipping_info)
        .values(order_id=order_id, created_at=now, **values)
        .on_conflict_do_update(index_elements=["order_id"], set_=values)
    )


async def _read_tracking(transaction: AsyncConnection, order_id: UUID) -> list[TrackingUpdate]:
    found = await transaction.scalar(
        select(shipping_info.c.tracking_updates).where(shipping_info.c.order_id == order_id)
    )
    return [tracking_update_from(update) for update in found or ()]


def _snapshot(tracking: TrackingUpdate) -> dict[str, Any]:
    """A message as the column keeps it."""
    return {
        "status": tracking.status,
        "location": tracking.location,
        "message": tracking.message,
        "occurred_at": tracking.occurred_at.astimezone(UTC).isoformat(),
    }
