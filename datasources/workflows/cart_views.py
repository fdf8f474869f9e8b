"""How a cart looks today: the catalogue's prices, the coupons that count, and what stands in the way of buying it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from datasources.core.errors import ServiceUnavailable
from datasources.core.money import NOTHING, Money
from datasources.orders.rules.coupons import WORDS, discounts_of, refusal_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.carts.records import Cart, CartLine
    from datasources.inventory.records import Stock
    from datasources.loaders import Loaders
    from datasources.orders.records import Coupon
    from datasources.orders.rules.coupons import CouponRefusal
    from datasources.products.records import ProductVariant

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class CartTotals:
    """What a cart costs today; `discount` is never more than `subtotal`."""

    subtotal: Money
    discount: Money
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfStock:
    """Fewer pieces are available than the line asks for."""

    line: CartLine
    available: int

    @property
    def requested(self) -> int:
        """How many pieces the line asks for."""
        return self.line.quantity

    @property
    def sku(self) -> str:
        """The line's stock keeping unit."""
        return self.line.sku

    @property
    def message(self) -> str:
        """The problem in words, for the customer."""
        if not self.available:
            return f"{_label(self.line)} is out of stock."
        return f"Only {self.available} of {_label(self.line)} are left, and the cart holds {self.requested}."


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChanged:
    """The price is another than the customer last saw."""

    line: CartLine
    old_price: Money
    new_price: Money

    @property
    def sku(self) -> str:
        """The line's stock keeping unit."""
        return self.line.sku

    @property
    def message(self) -> str:
        """The problem in words, for the customer."""
        return (
            f"The price of {_label(self.line)} has changed "
            f"from {_in_words(self.old_price)} to {_in_words(self.new_price)}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLongerSold:
    """The variant, or its product, is gone from the catalogue or not on sale."""

    line: CartLine

    @property
    def sku(self) -> str:
        """The line's stock keeping unit."""
        return self.line.sku

    @property
    def message(self) -> str:
        """The problem in words, for the customer."""
        return f"{_label(self.line)} is no longer sold."


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponProblem:
    """A coupon in the cart that does not count as things are."""

    code: str
    reason: CouponRefusal

    @property
    def message(self) -> str:
        """The problem in words, for the customer."""
        return WORDS[self.reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCoupons:
    """The coupons of a cart that count for it today, in its order, and why the others do not."""

    counting: tuple[Coupon, ...]
    problems: tuple[CouponProblem, ...]


CartProblem: TypeAlias = OutOfStock | PriceChanged | NoLongerSold


async def fresh_lines(loaders: Loaders, cart: Cart) -> tuple[CartLine, ...]:
    """The cart's lines at today's prices.

    A line keeps the price that the customer last saw where the catalogue is down, the variant is no longer sold, or its
    price is in another currency than the cart.
    """
    variants = await _unless_down(loaders.products.variant_by_id.load_many(_variant_ids(cart)))
    return _price(cart, variants)


async def fresh_subtotal(loaders: Loaders, cart: Cart) -> Money:
    """The sum of the cart's lines at today's prices (`fresh_lines`)."""
    lines = await fresh_lines(loaders, cart)
    return Money(amount=sum((line.subtotal for line in lines), NOTHING), currency_code=cart.currency)


async def fresh_totals(loaders: Loaders, cart: Cart, *, now: datetime) -> CartTotals:
    """What the cart costs at today's prices (`fresh_lines`), with the coupons that count today.

    Where the order database is down the coupons take off what was last known.
    """
    subtotal, judged = await _judge(loaders, cart, now=now)
    if judged is None:
        discount = min(cart.discount, subtotal.amount)
    else:
        discount = sum(discounts_of(judged.counting, subtotal.amount), NOTHING)
    return CartTotals(
        subtotal=subtotal,
        discount=replace(subtotal, amount=discount),
        total=replace(subtotal, amount=subtotal.amount - discount),
    )


async def find_coupon_problems(loaders: Loaders, cart: Cart, *, now: datetime) -> tuple[CouponProblem, ...]:
    """Which of the cart's coupons do not count today, and why; none where the order database is down."""
    _, judged = await _judge(loaders, cart, now=now)
    return () if judged is None else judged.problems


def judge_coupons(
    codes: Sequence[str], coupons: Sequence[Coupon | None], subtotal: Money, *, now: datetime
) -> JudgedCoupons:
    """Which of these coupons count for goods worth this much before any discount."""
    counting, problems = [], []
    for code, coupon in zip(codes, coupons, strict=True):
        reason = refusal_of(coupon, subtotal=subtotal.amount, currency=subtotal.currency_code, now=now)
        if coupon is not None and reason is None:
            counting.append(coupon)
        elif reason is not None:
            problems.append(CouponProblem(code=code, reason=reason))
    return JudgedCoupons(counting=tuple(counting), problems=tuple(problems))


async def find_problems(loaders: Loaders, cart: Cart) -> tuple[CartProblem, ...]:
    """What stands in the way of buying the cart as it is, in the order of its lines.

    What a database that is down would know is not checked: that is no fault of the cart, and checking out will tell.
    """
    ids = _variant_ids(cart)
    variants, stocks = await asyncio.gather(
        _unless_down(loaders.products.variant_by_id.load_many(ids)),
        _unless_down(loaders.inventory.stock_by_variant.load_many(ids)),
    )
    problems: list[CartProblem] = []
    for index, (seen, line) in enumerate(zip(cart.lines, _price(cart, variants), strict=True)):
        if variants is not None:
            variant = variants[index]
            if variant is None or not variant.is_visible:
                problems.append(NoLongerSold(line=line))
                continue
            problems.extend(_price_changes(seen, line, variant))
        if stocks is not None:
            problems.extend(_shortages(line, stocks[index]))
    return tuple(problems)


async def _judge(loaders: Loaders, cart: Cart, *, now: datetime) -> tuple[Money, JudgedCoupons | None]:
    """The cart's subtotal, and what of its coupons counts for it; None where nobody can tell."""
    subtotal, coupons = await asyncio.gather(
        fresh_subtotal(loaders, cart),
        _unless_down(loaders.orders.coupon_by_code.load_many(cart.coupon_codes)),
    )
    return subtotal, None if coupons is None else judge_coupons(cart.coupon_codes, coupons, subtotal, now=now)


def _variant_ids(cart: Cart) -> list[UUID]:
    return [line.variant_id for line in cart.lines]


def _price(cart: Cart, variants: Sequence[ProductVariant | None] | None) -> tuple[CartLine, ...]:
    if variants is None:
        return cart.lines
    return tuple(
        replace(line, unit_price=variant.price)
        if variant is not None and variant.is_visible and variant.currency == cart.currency
        else line
        for line, variant in zip(cart.lines, variants, strict=True)
    )


def _price_changes(seen: CartLine, line: CartLine, variant: ProductVariant) -> Iterator[PriceChanged]:
    old = Money(amount=seen.unit_price, currency_code=seen.currency)
    new = Money(amount=variant.price, currency_code=variant.currency)
    if old != new:
        yield PriceChanged(line=line, old_price=old, new_price=new)


def _shortages(line: CartLine, stock: Stock | None) -> Iterator[OutOfStock]:
    # No inventory item: nothing could be reserved.
    available = 0 if stock is None else max(stock.available, 0)
    if line.quantity > available and (stock is None or not stock.allows_backorder):
        yield OutOfStock(line=line, available=available)


async def _unless_down(answers: Awaitable[list[V]]) -> list[V] | None:
    try:
        return await answers
    except ServiceUnavailable:
        return None


def _label(line: CartLine) -> str:
    return line.name or line.sku


def _in_words(price: Money) -> str:
    return f"{price.amount} {price.currency_code}"
