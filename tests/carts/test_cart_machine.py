"""Whatever is done to two carts, with Redis losing the customer's: nothing is lost or doubled, and the copies agree."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from datasources.carts.commands.checkouts import set_checkout
from datasources.carts.commands.coupons import add_coupon, remove_coupon
from datasources.carts.commands.lines import change_quantities, clear_cart, remove_lines
from datasources.carts.errors import TooManyCoupons, TooManyOfOne, UnknownCart, UnknownLine
from datasources.carts.limits import MOST_COUPONS, MOST_OF_ONE
from datasources.carts.records import CheckoutDetails
from datasources.core.connections import DatabaseUrls, open_connections
from datasources.core.errors import VersionConflict
from tests.carts.baskets import (
    DESK,
    LAMP,
    MUG,
    NOW,
    PRICES,
    Baskets,
    a_customer,
    a_guest,
    new_line,
    plain,
    quantities,
)
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart
    from gateway.embedded import EmbeddedServers

R = TypeVar("R")

variants = st.sampled_from((MUG, LAMP, DESK))
amounts = st.sampled_from((1, 2, 7, 40))
codes = st.sampled_from(("A", "B", "C", "D"))
carts = st.sampled_from(("customer", "guest"))


class Model:
    """What a cart should hold."""

    def __init__(self, owner: CartOwner) -> None:
        self.owner = owner
        self.version = 0
        self.lines: dict[UUID, int] = {}
        self.coupons: list[str] = []
        self.notes: str | None = None
        self.orders: dict[UUID, dict[UUID, int]] = {}


class Carts(RuleBasedStateMachine):
    """A customer's cart and a guest's. An order is placed of what is in a cart, and taken out of it any time later."""

    urls: DatabaseUrls

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opening = open_connections(type(self).urls)
        connections = self.run(self.opening.__aenter__())
        self.baskets = Baskets(store=connections.carts, copies=connections.cart_copies)
        self.models = {"customer": Model(a_customer()), "guest": Model(a_guest())}

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    def change(
        self, which: str, coroutine: Coroutine[Any, Any, Cart], refusal: type[Exception] | None
    ) -> bool:
        """Make a change that must be refused, or must be the next version; a cart that is not there has none."""
        model = self.models[which]
        expected = UnknownCart if model.version == 0 else refusal
        if expected is not None:
            with pytest.raises(expected):
                self.run(coroutine)
            return False
        cart = self.run(coroutine)
        model.version += 1
        assert cart.version == model.version
        return True

    @rule(which=carts, variant=variants, amount=amounts)
    def add(self, which: str, variant: UUID, amount: int) -> None:
        model = self.models[which]
        total = model.lines.get(variant, 0) + amount
        add = self.baskets.add(model.owner, lines=[new_line(variant, amount)])
        if model.version == 0:
            self.run(add)
            model.version = 1
        elif not self.change(which, add, TooManyOfOne if total > MOST_OF_ONE else None):
            return
        model.lines[variant] = total

    @rule(which=carts, variant=variants, amount=st.sampled_from((0, 0, 3, 100, 101)))
    def set_quantity(self, which: str, variant: UUID, amount: int) -> None:
        model = self.models[which]
        refusal: type[Exception] | None = None
        if amount and variant not in model.lines:
            refusal = UnknownLine
        elif amount > MOST_OF_ONE:
            refusal = TooManyOfOne
        change = change_quantities(*self.baskets.kept, model.owner, quantities={variant: amount}, now=NOW)
        if self.change(which, change, refusal):
            if amount:
                model.lines[variant] = amount
            else:
                model.lines.pop(variant, None)

    @rule(which=carts, variant=variants, ahead=st.sampled_from((0, 0, 1)))
    def remove(self, which: str, variant: UUID, ahead: int) -> None:
        model = self.models[which]
        change = remove_lines(
            *self.baskets.kept,
            model.owner,
            variant_ids=[variant],
            expected_version=model.version + ahead,
            now=NOW,
        )
        if self.change(which, change, VersionConflict if ahead else None):
            model.lines.pop(variant, None)

    @rule(which=carts)
    def clear(self, which: str) -> None:
        model = self.models[which]
        if self.change(which, clear_cart(*self.baskets.kept, model.owner, now=NOW), None):
            model.lines, model.coupons, model.notes = {}, [], None

    @rule(which=carts, code=codes)
    def add_coupon(self, which: str, code: str) -> None:
        model = self.models[which]
        full = len(model.coupons) == MOST_COUPONS and code not in model.coupons
        change = add_coupon(*self.baskets.kept, model.owner, code=code, now=NOW)
        if self.change(which, change, TooManyCoupons if full else None) and code not in model.coupons:
            model.coupons.append(code)

    @rule(which=carts, code=codes)
    def remove_coupon(self, which: str, code: str) -> None:
        model = self.models[which]
        if self.change(which, remove_coupon(*self.baskets.kept, model.owner, code=code, now=NOW), None):
            model.coupons = [each for each in model.coupons if each != code]

    @rule(which=carts, notes=st.sampled_from(("Ring.", "Knock.")))
    def say(self, which: str, notes: str) -> None:
        model = self.models[which]
        details = CheckoutDetails(notes=notes)
        if self.change(which, set_checkout(*self.baskets.kept, model.owner, details=details, now=NOW), None):
            model.notes = notes

    @rule(which=carts)
    def place_order(self, which: str) -> None:
        model = self.models[which]
        model.orders[uuid4()] = dict(model.lines)

    @precondition(lambda self: any(model.orders for model in self.models.values()))
    @rule(data=st.data(), again=st.booleans(), redis_forgets=st.booleans())
    def take_ordered(self, data: st.DataObject, again: bool, redis_forgets: bool) -> None:
        which = data.draw(st.sampled_from([name for name, model in self.models.items() if model.orders]))
        model = self.models[which]
        order = data.draw(st.sampled_from(list(model.orders)))
        units = model.orders[order]
        for _ in range(1 + again):
            self.run(self.baskets.take(model.owner, order, units=units))
        if which == "customer" and redis_forgets:
            self.run(self.baskets.lose(model.owner, order))
            self.run(self.baskets.take(model.owner, order, units=units))
        if model.version:
            model.version += 1
            left = {variant: amount - units.get(variant, 0) for variant, amount in model.lines.items()}
            model.lines = {variant: amount for variant, amount in left.items() if amount > 0}
            model.coupons, model.notes = [], None
        del model.orders[order]

    @rule()
    def sign_in(self) -> None:
        guest, customer = self.models["guest"], self.models["customer"]
        self.run(self.baskets.merge(guest.owner, customer.owner))
        if guest.version:
            customer.version += 1
            for variant, amount in guest.lines.items():
                customer.lines[variant] = min(customer.lines.get(variant, 0) + amount, MOST_OF_ONE)
            customer.coupons = list(dict.fromkeys([*customer.coupons, *guest.coupons]))[:MOST_COUPONS]
            customer.notes = guest.notes or customer.notes
        self.models["guest"] = Model(a_guest())

    @rule()
    def redis_loses_the_customers(self) -> None:
        self.run(self.baskets.lose(self.models["customer"].owner))

    @invariant()
    def everything_agrees(self) -> None:
        customer, guest = self.models["customer"], self.models["guest"]
        copy = self.run(self.baskets.in_cart_db(customer.owner))
        self.check(customer, copy)
        self.check(guest, self.run(self.baskets.in_redis(guest.owner)))
        in_redis = self.run(self.baskets.in_redis(customer.owner))
        assert in_redis is None or plain(in_redis) == plain(copy)
        assert not self.run(self.baskets.is_marked(customer.owner))

    def check(self, model: Model, cart: Cart | None) -> None:
        if cart is None:
            assert model.version == 0
            return
        assert (cart.version, list(cart.coupon_codes), cart.checkout.notes) == (
            model.version,
            model.coupons,
            model.notes,
        )
        assert list(quantities(cart).items()) == list(model.lines.items())
        subtotal = sum((PRICES[variant] * amount for variant, amount in model.lines.items()), Decimal(0))
        assert cart.subtotal == subtotal
        if model.owner.user_id is None:
            fields = self.run(self.baskets.fields(model.owner))
            assert Decimal(fields["subtotal"]) == Decimal(fields["total"]) == subtotal

    def teardown(self) -> None:
        self.run(self.opening.__aexit__(None, None, None))
        self.runner.close()


async def test_carts_keep_their_promises(baskets: Baskets, servers: EmbeddedServers) -> None:
    Carts.urls = DatabaseUrls(
        users=NOWHERE_SQL,
        products=NOWHERE_MONGO,
        inventory=NOWHERE_SQL,
        carts=baskets.copies.url,
        carts_redis=servers.urls.redis,
        orders=NOWHERE_SQL,
        payments=NOWHERE_SQL,
        notifications=NOWHERE_MONGO,
    )
    machine = Carts.TestCase
    machine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
    await asyncio.to_thread(machine().runTest)
