"""The commands that take an order from its payment to the door: from which statuses, once, with history and events."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.orders.commands.fulfilment import (
    MOST_TRACKING_UPDATES,
    add_tracking_update,
    begin_shipment,
    deliver_order,
    note_order,
    ship_order,
    start_processing,
)
from datasources.orders.errors import NotPaid, TooManyTrackingUpdates, UnknownOrder, WrongStatus
from datasources.orders.loaders import OrderLoaders
from datasources.orders.records import TrackingUpdate
from datasources.orders.tables import ORDER_STATUSES, PAYMENT_STATUSES
from tests.orders.placed import (
    NOW,
    PARCEL,
    PATHS,
    PLACED,
    STAFF,
    check,
    facts,
    imported,
    place,
    row_of,
    steps_of,
    told_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.orders.records import Order, Shipment

    Command = Callable[[Database, UUID], Coroutine[Any, Any, Order]]

SCANNED = TrackingUpdate(status="in_transit", location="Reno", message=None, occurred_at=NOW)


def start(database: Database, order: UUID) -> Coroutine[Any, Any, Order]:
    return start_processing(database, order_id=order, actor_id=STAFF, now=NOW)


def begin(database: Database, order: UUID) -> Coroutine[Any, Any, Order]:
    return begin_shipment(database, order_id=order, actor_id=STAFF, now=NOW)


def ship(database: Database, order: UUID) -> Coroutine[Any, Any, Order]:
    return ship_order(database, order_id=order, shipment=PARCEL, actor_id=STAFF, now=NOW)


def track(database: Database, order: UUID, tracking: TrackingUpdate = SCANNED) -> Coroutine[Any, Any, Order]:
    return add_tracking_update(database, order_id=order, tracking=tracking, actor_id=STAFF, now=NOW)


def deliver(database: Database, order: UUID) -> Coroutine[Any, Any, Order]:
    return deliver_order(database, order_id=order, actor_id=STAFF, now=NOW)


# Each command, from which statuses it leads where, and in which it finds its work done.
COMMANDS: dict[str, tuple[Command, dict[str, str], set[str]]] = {
    "start": (start, {"confirmed": "processing", "paid": "processing"}, {"processing"}),
    "begin": (begin, {"paid": "processing"}, {"processing", "shipped", "delivered"}),
    "ship": (ship, {"paid": "shipped", "processing": "shipped"}, set()),
    "track": (track, {"shipped": "shipped"}, set()),
    "deliver": (deliver, {"shipped": "delivered"}, {"delivered"}),
}


async def shipment_of(database: Database, order: UUID) -> Shipment:
    found = await OrderLoaders(database).shipment_by_order.load(order)
    assert found is not None
    return found


@pytest.mark.parametrize("status", ORDER_STATUSES)
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_works_from_its_own_statuses_alone(
    database: Database, name: str, status: str
) -> None:
    command, leads, done = COMMANDS[name]
    order = await imported(database, status)
    before = await row_of(database, order)
    steps = await steps_of(database, order)
    if status in leads:
        changed = await command(database, order)
        assert facts(changed) == (leads[status], 2)
        moved = [] if leads[status] == status else [(status, leads[status])]
        assert await steps_of(database, order) == [*steps, *moved]
        assert len(await told_of(database, order)) == 1
        return
    if status in done:
        assert facts(await command(database, order)) == (status, 1)
    else:
        with pytest.raises(WrongStatus) as refused:
            await command(database, order)
        assert refused.value.status == status
        assert set(leads) <= set(refused.value.wanted)
        assert status not in refused.value.wanted
    assert await row_of(database, order) == before
    assert await steps_of(database, order) == steps
    assert await told_of(database, order) == []


@pytest.mark.parametrize("command", [begin, ship])
@pytest.mark.parametrize("payment_status", PAYMENT_STATUSES)
async def test_only_what_is_paid_is_shipped(
    database: Database, command: Command, payment_status: str
) -> None:
    order = await place(database, "processing", payment_status=payment_status)
    if payment_status in {"paid", "partially_refunded"}:
        await command(database, order)
        return
    with pytest.raises(NotPaid) as refused:
        await command(database, order)
    assert refused.value.payment_status == payment_status
    assert (await row_of(database, order))["status"] == "processing"


async def test_goods_that_have_left_are_shipped_whatever_became_of_the_payment(database: Database) -> None:
    order = await place(database, "processing", payment_status="refunded")
    shipped = await ship_order(
        database, order_id=order, shipment=PARCEL, goods_left=True, actor_id=STAFF, now=NOW
    )
    assert shipped.status == "shipped"


@pytest.mark.parametrize("command", [start, begin, ship, track, deliver])
async def test_there_has_to_be_an_order(database: Database, command: Command) -> None:
    with pytest.raises(UnknownOrder):
        await command(database, uuid4())


async def test_an_order_goes_all_the_way(database: Database) -> None:
    order = await place(database, "confirmed", payment_status="paid", shipping_method="Express")
    for command in (start, ship, track, deliver):
        await command(database, order)
    assert await steps_of(database, order) == [
        (None, "pending"),
        ("pending", "confirmed"),
        ("confirmed", "processing"),
        ("processing", "shipped"),
        ("shipped", "delivered"),
    ]
    assert await told_of(database, order) == [
        "OrderPacked",
        "OrderShipped",
        "OrderTrackingUpdated",
        "OrderDelivered",
    ]
    row = await row_of(database, order)
    assert (row["carrier"], row["tracking_number"], row["version"]) == ("UPS", "1Z999", 5)
    assert row["shipped_at"] == row["delivered_at"] == row["completed_at"] == NOW
    assert row["actual_delivery_date"] == NOW.date()
    sent = await shipment_of(database, order)
    assert (sent.carrier, sent.tracking_url, sent.shipping_method) == ("UPS", PARCEL.tracking_url, "Express")
    assert (sent.shipped_at, sent.actual_delivery, sent.tracking_updates) == (NOW, NOW, (SCANNED,))
    await check(database)


async def test_a_shipment_arrives_when_it_is_said_or_was_promised(database: Database) -> None:
    promised, later = NOW.date() + timedelta(days=3), NOW + timedelta(days=5)
    order = await place(database, estimated_delivery_date=promised)
    await ship(database, order)
    midnight = (NOW + timedelta(days=3)).replace(hour=0)
    assert (await shipment_of(database, order)).estimated_delivery == midnight
    other = await place(database, estimated_delivery_date=promised)
    parcel = replace(PARCEL, estimated_delivery=later, shipping_method="By boat")
    await ship_order(database, order_id=other, shipment=parcel, actor_id=STAFF, now=NOW)
    sent = await shipment_of(database, other)
    assert (sent.estimated_delivery, sent.shipping_method) == (later, "By boat")
    assert (await row_of(database, other))["estimated_delivery_date"] == later.date()
    unknown = await place(database)
    await ship(database, unknown)
    assert (await shipment_of(database, unknown)).estimated_delivery is None


async def test_the_same_parcel_is_shipped_once_and_another_is_refused(database: Database) -> None:
    order = await place(database)
    shipped = await ship(database, order)
    assert facts(await ship(database, order)) == facts(shipped)
    other = replace(PARCEL, tracking_number="1Z000")
    with pytest.raises(WrongStatus):
        await ship_order(database, order_id=order, shipment=other, actor_id=STAFF, now=NOW)
    await deliver(database, order)
    assert (await ship(database, order)).status == "delivered"
    assert await told_of(database, order) == ["OrderShipped", "OrderDelivered"]
    await check(database)


@pytest.mark.parametrize("command", [start, ship, track, deliver])
async def test_twenty_at_once_are_one(database: Database, command: Command) -> None:
    status = "paid" if command in {start, ship} else "shipped"
    order = await imported(database, status)
    answers = await asyncio.gather(*(command(database, order) for _ in range(20)))
    assert {facts(answer)[1] for answer in answers} == {2}
    assert len(await told_of(database, order)) == 1
    assert len(await steps_of(database, order)) <= len(PATHS[status]) + 1


async def test_tracking_is_kept_oldest_first_and_each_message_once(database: Database) -> None:
    order = await place(database)
    await ship(database, order)

    def at(hours: int, **values: Any) -> TrackingUpdate:
        return replace(SCANNED, occurred_at=NOW + timedelta(hours=hours), **values)

    for tracking in (at(3), at(1), at(2, location=None), at(1, message="Late"), at(3), at(1)):
        await track(database, order, tracking)
    expected = (at(1), at(1, message="Late"), at(2, location=None), at(3))
    assert (await shipment_of(database, order)).tracking_updates == expected
    assert len(await told_of(database, order)) == 5
    # The same moment in another zone is the same message.
    zoned = replace(at(3), occurred_at=at(3).occurred_at.astimezone(timezone(timedelta(hours=5))))
    await track(database, order, zoned)
    await deliver(database, order)
    await track(database, order, at(3))
    assert (await shipment_of(database, order)).tracking_updates == expected
    with pytest.raises(WrongStatus):
        await track(database, order, at(9))


async def test_a_shipment_has_so_many_messages_at_most(database: Database) -> None:
    order = await place(database)
    await ship(database, order)
    messages = [replace(SCANNED, message=str(number)) for number in range(MOST_TRACKING_UPDATES + 5)]
    for some in (messages[:3], messages[3:]):
        await asyncio.gather(*(track(database, order, tracking) for tracking in some), return_exceptions=True)
    kept = (await shipment_of(database, order)).tracking_updates
    assert len(kept) == MOST_TRACKING_UPDATES
    left = next(tracking for tracking in messages if tracking not in kept)
    with pytest.raises(TooManyTrackingUpdates):
        await track(database, order, left)
    await track(database, order, kept[7])  # one that is there


async def test_notes_are_replaced_and_told_of_without_their_words(database: Database) -> None:
    order = await place(database, "cancelled")

    async def note(notes: str | None) -> Order:
        return await note_order(database, order_id=order, notes=notes, actor_id=STAFF, now=NOW)

    assert (await note("Call first")).admin_notes == "Call first"
    assert (await note("Call first")).version == 2
    assert (await note(None)).admin_notes is None
    assert await told_of(database, order) == ["OrderNoted", "OrderNoted"]
    with pytest.raises(UnknownOrder):
        await note_order(database, order_id=uuid4(), notes="x", actor_id=STAFF, now=NOW)
    async with database.connection() as connection:
        told = await connection.fetchval(
            "SELECT count(*) FROM domain_events WHERE event_data::text LIKE '%Call first%'"
        )
    assert told == 0


async def test_history_keeps_its_order_though_clocks_differ(database: Database) -> None:
    order = await place(database, "paid")
    moments: list[datetime] = [NOW, NOW - timedelta(minutes=1), PLACED - timedelta(days=9)]
    for command, now in zip((start_processing, None, deliver_order), moments, strict=True):
        if command is None:
            await ship_order(database, order_id=order, shipment=PARCEL, actor_id=STAFF, now=now)
        else:
            await command(database, order_id=order, actor_id=STAFF, now=now)
    steps = await steps_of(database, order)
    assert [new for _, new in steps] == ["pending", "confirmed", "paid", "processing", "shipped", "delivered"]
    row = await row_of(database, order)
    assert row["updated_at"].astimezone(UTC) == NOW


async def test_whatever_two_want_at_once_one_status_follows_the_other(database: Database) -> None:
    for _ in range(10):
        order = await place(database, "paid")
        await asyncio.gather(
            *(command(database, order) for command in (ship, deliver, start, begin, track)),
            return_exceptions=True,
        )
    await check(database)
