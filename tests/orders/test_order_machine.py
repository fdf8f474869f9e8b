"""Whatever is done to orders in whatever order: a model of the status machine foretells it, and history follows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import insert, update

from datasources.core.databases import Database
from datasources.orders.commands.fulfilment import (
    add_tracking_update,
    begin_shipment,
    deliver_order,
    note_order,
    ship_order,
    start_processing,
)
from datasources.orders.errors import NotPaid, WrongStatus
from datasources.orders.loaders import OrderLoaders
from datasources.orders.records import TrackingUpdate
from datasources.orders.tables import order_status_history, orders
from tests.orders.placed import NOW, PARCEL, STAFF, check, place, steps_of, told_of

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from datasources.orders.records import Order

R = TypeVar("R")

PAYMENTS = ("pending", "authorized", "paid", "partially_refunded")
SETTLED = {"paid", "partially_refunded"}


@dataclass(slots=True, kw_only=True)
class Expected:
    """What an order should be like."""

    id: UUID
    status: str
    payment_status: str
    steps: list[str]
    told: int = 0
    parcel: str | None = None
    tracked: set[int] = field(default_factory=set)
    notes: str | None = None

    def becomes(self, status: str) -> None:
        """It goes on to another status, and that is told."""
        self.status = status
        self.steps.append(status)
        self.told += 1


class Orders(RuleBasedStateMachine):
    """Some orders, what staff do to them, and what becomes of their payments meanwhile."""

    url: str
    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("orders", type(self).url)
        self.expected: list[Expected] = []
        self.now = NOW

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    def command(self, command: Any, order: Expected, **values: Any) -> Order | type[Exception]:
        """What a command answers, or the error that it refuses with."""
        given = {"order_id": order.id, "actor_id": STAFF, "now": self.now, **values}
        try:
            return self.run(command(self.database, **given))  # type: ignore[no-any-return]  # any of the commands
        except (WrongStatus, NotPaid) as error:
            return type(error)

    @rule(
        target=placed,
        status=st.sampled_from(("pending", "confirmed", "paid")),
        paid=st.sampled_from(PAYMENTS),
    )
    def place(self, status: str, paid: str) -> Expected:
        order = self.run(place(self.database, status, payment_status=paid))
        steps = [new for _, new in self.run(steps_of(self.database, order))]
        expected = Expected(id=order, status=status, payment_status=paid, steps=steps)
        self.expected.append(expected)
        return expected

    @rule(order=placed, paid=st.sampled_from(PAYMENTS))
    def payment_changes(self, order: Expected, paid: str) -> None:
        order.payment_status = paid
        self.run(self.write(order, payment_status=paid))

    @rule(order=placed)
    def is_cancelled(self, order: Expected) -> None:
        """As a cancellation does it: guarded by the status, with its history."""
        if self.run(self.cancel(order)):
            order.status = "cancelled"
            order.steps.append("cancelled")

    @rule(order=placed)
    def start(self, order: Expected) -> None:
        answer = self.command(start_processing, order)
        if order.status in {"confirmed", "paid"}:
            order.becomes("processing")
        self.is_answered(order, answer, order.status == "processing", WrongStatus)

    @rule(order=placed)
    def begin(self, order: Expected) -> None:
        answer = self.command(begin_shipment, order)
        if order.status in {"paid", "processing"} and order.payment_status not in SETTLED:
            assert answer is NotPaid
            return
        if order.status == "paid":
            order.becomes("processing")
        done = order.status in {"processing", "shipped", "delivered"}
        self.is_answered(order, answer, done, WrongStatus)

    @rule(order=placed, number=st.sampled_from(("1Z1", "1Z2")))
    def ship(self, order: Expected, number: str) -> None:
        answer = self.command(ship_order, order, shipment=replace(PARCEL, tracking_number=number))
        if order.status in {"paid", "processing"}:
            if order.payment_status not in SETTLED:
                assert answer is NotPaid
                return
            order.becomes("shipped")
            order.parcel = number
        done = order.status in {"shipped", "delivered"} and order.parcel == number
        self.is_answered(order, answer, done, WrongStatus)

    @rule(order=placed, hours=st.integers(0, 3))
    def track(self, order: Expected, hours: int) -> None:
        tracking = TrackingUpdate(
            status="scanned", location=None, message=None, occurred_at=NOW + timedelta(hours=hours)
        )
        answer = self.command(add_tracking_update, order, tracking=tracking)
        done = order.status == "shipped" or hours in order.tracked
        if done and hours not in order.tracked:
            order.tracked.add(hours)
            order.told += 1
        self.is_answered(order, answer, done, WrongStatus)

    @rule(order=placed)
    def deliver(self, order: Expected) -> None:
        answer = self.command(deliver_order, order)
        if order.status == "shipped":
            order.becomes("delivered")
        self.is_answered(order, answer, order.status == "delivered", WrongStatus)

    @rule(order=placed, notes=st.sampled_from((None, "Fragile", "Call")))
    def note(self, order: Expected, notes: str | None) -> None:
        answer = self.command(note_order, order, notes=notes)
        order.told += order.notes != notes
        order.notes = notes
        self.is_answered(order, answer, True, WrongStatus)

    @rule(minutes=st.integers(-3, 60))
    def time_passes(self, minutes: int) -> None:
        """Or goes back a little: another process's clock."""
        self.now += timedelta(minutes=minutes)

    def is_answered(
        self, order: Expected, answer: Order | type[Exception], done: bool, refusal: type[Exception]
    ) -> None:
        if done:
            assert not isinstance(answer, type)
            assert (answer.status, answer.admin_notes) == (order.status, order.notes)
        else:
            assert answer is refusal

    async def write(self, order: Expected, **values: Any) -> None:
        async with self.database.transaction() as transaction:
            await transaction.execute(update(orders).where(orders.c.id == order.id).values(**values))

    async def cancel(self, order: Expected) -> bool:
        async with self.database.transaction() as transaction:
            changed = await transaction.execute(
                update(orders)
                .where(orders.c.id == order.id, orders.c.status.in_(("pending", "confirmed", "paid")))
                .values(status="cancelled", updated_at=self.now)
            )
            if changed.rowcount:
                step = {"old_status": order.status, "new_status": "cancelled", "changed_at": self.now}
                await transaction.execute(
                    insert(order_status_history).values(order_id=order.id, changed_by=None, **step)
                )
        return bool(changed.rowcount)

    @invariant()
    def history_follows(self) -> None:
        self.run(check(self.database))
        for order in self.expected:
            steps = self.run(steps_of(self.database, order.id))
            assert [new for _, new in steps] == order.steps
            assert steps[-1][1] == order.status
            assert len(self.run(told_of(self.database, order.id))) == order.told
            sent = self.run(self.shipment(order.id))
            assert len(sent) == len(order.tracked)
            assert sent == sorted(sent)

    async def shipment(self, order: UUID) -> list[Any]:
        found = await OrderLoaders(self.database).shipment_by_order.load(order)
        return [] if found is None else [update.occurred_at for update in found.tracking_updates]

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()


async def test_orders_go_as_the_model_foretells(database: Database) -> None:
    Orders.url = database.url
    machine = Orders.TestCase
    machine.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
    await asyncio.to_thread(machine().runTest)
