"""The demo shop's orders: who bought what, when, for how much, and what became of it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import chance, dice, share, uuid_for
from datasources.seeds.fates import Fate, decide_fate
from datasources.seeds.people import DEMO_CUSTOMER, ORDERS_SINCE, make_address
from datasources.seeds.vocabulary.people import FIRST_NAMES, LAST_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from random import Random
    from uuid import UUID

    from datasources.seeds.coupons import Coupon, CouponBook
    from datasources.seeds.people import Address, Person
    from datasources.seeds.products import Product, Variant

ORDERS_PER_BLOCK: Final = 2000
DEMO_ORDERS: Final = 120
FIRST_NUMBER: Final = 1000

_STAFF = 3  # the first block's demo accounts do not take part in the draw
_METHODS: Final = {
    "credit_card": 54, "debit_card": 16, "paypal": 17, "bank_transfer": 6, "wallet": 4, "upi": 2, "net_banking": 1,
}  # fmt: skip
_SHIPPING: Final = (("Standard", 599), ("Express", 1499))
_FREE_SHIPPING_FROM = 7500
_WAREHOUSE_WEIGHTS: Final = (50, 30, 20)
_SHARE_GUESTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One variant in an order; sums in cents. `tax` comes on top of what is left after the discount."""

    id: UUID
    position: int
    variant: Variant
    warehouse: int
    quantity: int
    price: int
    discount: int = 0
    tax: int = 0
    returned: int = 0
    refunded_quantity: int = 0
    refunded: int = 0

    @property
    def subtotal(self) -> int:
        """Before the discount."""
        return self.price * self.quantity

    @property
    def total(self) -> int:
        """After the discount, without tax."""
        return self.subtotal - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order; sums in cents."""

    block: int
    index: int
    id: UUID
    person: Person | None
    """None for a guest."""
    email: str
    placed: datetime
    fate: Fate
    lines: tuple[Line, ...]
    shipping: int
    shipping_method: str
    method: str
    coupon: Coupon | None
    coupon_discount: int
    promotion_discount: int
    address: Address
    billing: Address
    source: str
    tried_before: bool
    """Whether a first attempt to pay failed."""

    @property
    def number(self) -> str:
        """What people call it by."""
        return f"ORD-{self.placed.year}-{FIRST_NUMBER + self.block * ORDERS_PER_BLOCK + self.index:06d}"

    @property
    def discount(self) -> int:
        """All that was taken off."""
        return self.coupon_discount + self.promotion_discount

    @property
    def subtotal(self) -> int:
        """Before discounts."""
        return sum(line.subtotal for line in self.lines)

    @property
    def tax(self) -> int:
        """On all lines."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal - self.discount + self.tax + self.shipping

    @property
    def refunded(self) -> int:
        """What has been paid back."""
        return self.total if self.fate.refunding == "full" else sum(line.refunded for line in self.lines)


def make_orders(
    block: int, people: Sequence[Person], products: Sequence[Product], coupons: CouponBook, now: datetime
) -> list[Order]:
    """The orders of a block, oldest first, so that their numbers rise with time."""
    rng = dice("orders", block)
    moments = sorted(
        # More and more orders as the shop grows: half of them in the last fifth of the time.
        (now - timedelta(minutes=30) - (ORDERS_SINCE - timedelta(hours=1)) * rng.random() ** 2.3).replace(
            microsecond=0
        )
        for _ in range(ORDERS_PER_BLOCK)
    )
    demo_slots = set(rng.sample(range(ORDERS_PER_BLOCK), DEMO_ORDERS)) if block == 0 else set()
    joined = [person.created_at for person in people]
    sold = [product for product in products if product.is_sold]
    listed = [product.created_at for product in sold]
    orders = []
    for index, placed in enumerate(moments):
        if index in demo_slots:
            person: Person | None = people[0]
        else:
            first = _STAFF if block == 0 else 0
            known = bisect_right(joined, placed)
            person = people[first + int((known - first) * rng.random() ** 1.4)]
            person = None if chance(rng, _SHARE_GUESTS) else person
        shelf = sold[: bisect_right(listed, placed)]
        orders.append(_make_order(rng, block, index, person, shelf, placed, coupons, now))
    return orders


def first_free_number(most_blocks: int) -> int:
    """The first order number that no block uses, of so many."""
    return FIRST_NUMBER + most_blocks * ORDERS_PER_BLOCK


def _make_order(
    rng: Random,
    block: int,
    index: int,
    person: Person | None,
    shelf: Sequence[Product],
    placed: datetime,
    coupons: CouponBook,
    now: datetime,
) -> Order:
    order_id = uuid_for("order", block, index)
    method = rng.choices(list(_METHODS), weights=list(_METHODS.values()))[0]
    email, address, billing = _who_and_where(rng, person, block, index)
    fate = decide_fate(rng, placed, now, method=method, customer=person.id if person else None)
    lines = _choose_lines(rng, order_id, shelf, placed, now, many=email == DEMO_CUSTOMER)
    subtotal = sum(line.subtotal for line in lines)
    coupon = coupons.offer(rng, email=email, subtotal=subtotal, at=placed, kept=fate.status != "cancelled")
    coupon_discount = coupon.discount_on(subtotal) if coupon else 0
    promotion = subtotal * 5 // 100 if coupon is None and chance(rng, 6) else 0
    shipping_method, shipping = _SHIPPING[chance(rng, 20)]
    if shipping_method == "Standard" and subtotal >= _FREE_SHIPPING_FROM:
        shipping = 0
    lines = _share_out(lines, coupon_discount + promotion, address.city.tax)
    return Order(
        block=block,
        index=index,
        id=order_id,
        person=person,
        email=email,
        placed=placed,
        fate=fate,
        lines=tuple(_take_back(rng, lines, fate)),
        shipping=shipping,
        shipping_method=shipping_method,
        method=method,
        coupon=coupon,
        coupon_discount=coupon_discount,
        promotion_discount=promotion,
        address=address,
        billing=billing,
        source=rng.choices(("web", "mobile", "admin"), weights=(62, 36, 2))[0],
        tried_before=fate.payment_status in {"paid", "authorized"} and chance(rng, 6),
    )


def _who_and_where(
    rng: Random, person: Person | None, block: int, index: int
) -> tuple[str, Address, Address]:
    """The customer's e-mail address, and where goods and bills go."""
    if person is not None:
        return person.email, rng.choice(person.addresses), person.addresses[0]
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    address = make_address(rng, f"{first} {last}", "Home")
    return f"{first}.{last}.guest{block * ORDERS_PER_BLOCK + index}@example.net".lower(), address, address


def _choose_lines(
    rng: Random, order_id: UUID, shelf: Sequence[Product], placed: datetime, now: datetime, *, many: bool
) -> list[Line]:
    wanted = rng.randrange(3, 6) if many else rng.choices((1, 2, 3, 4, 5), weights=(30, 30, 20, 12, 8))[0]
    # Some goods are bought more often than others.
    places = {int(len(shelf) * rng.random() ** 1.3) for _ in range(wanted)}
    lines = []
    for position, place in enumerate(sorted(places)):
        variant = rng.choice(shelf[place].variants)
        lines.append(
            Line(
                id=uuid_for("order item", order_id, position),
                position=position,
                variant=variant,
                warehouse=rng.choices(range(len(_WAREHOUSE_WEIGHTS)), weights=_WAREHOUSE_WEIGHTS)[0],
                quantity=rng.choices((1, 2, 3), weights=(78, 16, 6))[0],
                price=variant.price_at(placed, now),
            )
        )
    return lines


def _share_out(lines: Sequence[Line], discount: int, tax: Decimal) -> list[Line]:
    """The lines with their parts of the discount, which add up to it, and with their tax."""
    subtotal = sum(line.subtotal for line in lines)
    parts = [discount * line.subtotal // subtotal for line in lines]
    parts[-1] += discount - sum(parts)
    return [
        replace(line, discount=part, tax=share(line.subtotal - part, tax))
        for line, part in zip(lines, parts, strict=True)
    ]


def _take_back(rng: Random, lines: Sequence[Line], fate: Fate) -> list[Line]:
    """The lines with what was returned and paid back of each."""
    if fate.refunding == "full":
        came_back = fate.status == "refunded"
        return [
            replace(
                line,
                returned=line.quantity if came_back else 0,
                refunded_quantity=line.quantity,
                refunded=line.total + line.tax,
            )
            for line in lines
        ]
    if fate.refunding == "partial":
        place = max(range(len(lines)), key=lambda each: lines[each].quantity)
        line = lines[place]
        units = rng.randrange(1, line.quantity + 1) if len(lines) > 1 else max(1, line.quantity - 1)
        amount = (line.total + line.tax) * units // line.quantity
        if len(lines) == 1 and line.quantity == 1:
            amount //= 2  # an allowance for a scratch: the customer keeps it
            back = replace(line, refunded=amount)
        else:
            back = replace(line, returned=units, refunded_quantity=units, refunded=amount)
        return [*lines[:place], back, *lines[place + 1 :]]
    return list(lines)
