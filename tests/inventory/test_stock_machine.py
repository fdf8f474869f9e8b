"""Whatever is done to stock in whatever order: every sum holds, and nothing is sold that is not there or promised."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from datasources.core.databases import Database
from datasources.inventory.changes import CountedItem, ItemUnits, Units
from datasources.inventory.commands.adjustments import (
    apply_adjustment,
    approve_adjustment,
    draft_adjustment,
    submit_adjustment,
)
from datasources.inventory.commands.deliveries import transfer
from datasources.inventory.commands.expiries import expire_reservations
from datasources.inventory.commands.returns import return_to_stock
from datasources.inventory.errors import (
    AlreadyReserved,
    AlreadyShipped,
    NotEnoughStock,
    NothingReserved,
    NotShippable,
    TooManyReturned,
)
from tests.inventory.shelves import CLERK, MANAGER, NOW, Shelves

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from datasources.inventory.records import InventoryItem

R = TypeVar("R")

few = st.integers(1, 6)
places = st.sampled_from((0, 1))
which = st.sampled_from((0, 1, 2))


class Stock(RuleBasedStateMachine):
    """Three items, the last of which may be backordered. `there` is how many units of each are in the warehouses."""

    shelves: Shelves
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("inventory", type(self).shelves.database.url)
        self.opened = Shelves(
            database=self.database, east=type(self).shelves.east, west=type(self).shelves.west
        )
        self.items = [
            self.run(self.opened.count(east=4, west=3, backorder=number == 2, threshold=2))
            for number in range(3)
        ]
        self.returned: dict[tuple[UUID, UUID], int] = {}
        self.there = dict.fromkeys((item.id for item in self.items), 7)
        self.now = NOW

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    def attempt(self, coroutine: Coroutine[Any, Any, R], *refusals: type[Exception]) -> R | None:
        try:
            return self.run(coroutine)
        except refusals:
            return None

    @rule(target=orders, first=which, second=which, quantities=st.tuples(few, few))
    def reserve(self, first: int, second: int, quantities: tuple[int, int]) -> UUID:
        order = uuid4()
        self.reserve_again(order, first, second, quantities)
        return order

    @rule(order=orders, first=which, second=which, quantities=st.tuples(few, few))
    def reserve_again(self, order: UUID, first: int, second: int, quantities: tuple[int, int]) -> None:
        wanted = [(self.items[first], quantities[0]), (self.items[second], quantities[1])]
        until = self.now + timedelta(minutes=10)
        self.attempt(
            self.opened.reserve(*wanted, order=order, expires_at=until, now=self.now),
            NotEnoughStock,
            AlreadyReserved,
        )

    @rule(order=orders)
    def commit(self, order: UUID) -> None:
        self.attempt(self.opened.commit(order), NothingReserved)

    @rule(order=orders)
    def release(self, order: UUID) -> None:
        self.attempt(self.opened.release(order), NothingReserved, AlreadyShipped)

    @rule(order=orders)
    def ship(self, order: UUID) -> None:
        before = {item.id: self.run(self.opened.quantities(item)) for item in self.items}
        self.attempt(self.opened.ship(order), NothingReserved, NotShippable)
        for item in self.items:
            gone = before[item.id].committed - self.run(self.opened.quantities(item)).committed
            self.there[item.id] -= gone

    @rule(order=orders, item=which, quantity=few)
    def take_back(self, order: UUID, item: int, quantity: int) -> None:
        variant = self.items[item].variant_id
        back = return_to_stock(
            self.database,
            order_id=order,
            units=[Units(variant_id=variant, quantity=quantity)],
            idempotency_key=uuid4().hex,
            now=self.now,
        )
        after = self.attempt(back, NothingReserved, TooManyReturned)
        if after is not None:
            # What had not been sent was there all the time.
            returned = sum(line.returned for line in after.lines if line.variant_id == variant)
            self.there[self.items[item].id] += returned - self.returned.get((order, variant), 0)
            self.returned[order, variant] = returned

    @rule(item=which, quantity=few, place=places)
    def restock(self, item: int, quantity: int, place: int) -> None:
        warehouse = (self.opened.east, self.opened.west)[place]
        self.run(self.opened.restock(self.items[item], quantity, warehouse))
        self.there[self.items[item].id] += quantity

    @rule(item=which, quantity=few, place=places)
    def transfer(self, item: int, quantity: int, place: int) -> None:
        warehouses = (self.opened.east, self.opened.west)
        self.attempt(
            transfer(
                self.database,
                from_warehouse_id=warehouses[place],
                to_warehouse_id=warehouses[1 - place],
                units=[ItemUnits(item_id=self.items[item].id, quantity=quantity)],
                idempotency_key=uuid4().hex,
                actor_id=CLERK,
                now=self.now,
            ),
            NotEnoughStock,
        )

    @rule(item=which, counted=st.integers(0, 8), place=places)
    def adjust(self, item: int, counted: int, place: int) -> None:
        warehouse = (self.opened.east, self.opened.west)[place]
        self.run(self.count_again(self.items[item], counted, warehouse))

    async def count_again(self, item: InventoryItem, counted: int, warehouse: UUID) -> None:
        """A draft, its approval and its application."""
        before = (await self.opened.quantities(item, warehouse)).available
        draft = await draft_adjustment(
            self.database,
            warehouse_id=warehouse,
            counted=[CountedItem(item_id=item.id, counted=counted)],
            reason="Count",
            actor_id=CLERK,
            now=self.now,
        )
        await submit_adjustment(self.database, adjustment_id=draft.id, actor_id=CLERK, now=self.now)
        await approve_adjustment(self.database, adjustment_id=draft.id, actor_id=MANAGER, now=self.now)
        await apply_adjustment(self.database, adjustment_id=draft.id, actor_id=CLERK, now=self.now)
        self.there[item.id] += counted - before

    @rule(minutes=st.integers(0, 12))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.run(expire_reservations(self.database, now=self.now))

    @invariant()
    def everything_adds_up(self) -> None:
        self.run(self.opened.check())
        for item in self.items:
            available, reserved, committed, backordered = self.run(self.opened.quantities(item))
            assert available + reserved + committed == self.there[item.id]
            assert not backordered or item.allows_backorder

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()


async def test_stock_keeps_its_promises(shelves: Shelves) -> None:
    Stock.shelves = shelves
    machine = Stock.TestCase
    machine.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
    await asyncio.to_thread(machine().runTest)
