"""What commands make of a cart: each change as a new cart, worked out without asking anybody."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.carts.errors import (
    InvalidCouponCode,
    OtherCurrency,
    TooManyCoupons,
    TooManyLines,
    TooManyOfOne,
    UnknownLine,
)
from datasources.carts.limits import MOST_COUPONS, MOST_LINES, MOST_OF_CODE, MOST_OF_ONE
from datasources.carts.records import NO_DETAILS, Cart, CartLine, CheckoutDetails
from datasources.core.money import NOTHING, rounded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import NewLine

_TICK: Final = timedelta(microseconds=1)


def empty_cart(owner: CartOwner, *, currency: str, now: datetime) -> Cart:
    """A cart that nothing was put into yet."""
    return Cart(
        id=owner.cart_id,
        user_id=owner.user_id,
        version=0,
        lines=(),
        coupon_codes=(),
        discount=NOTHING,
        currency=currency,
        created_at=now,
        updated_at=now - _TICK,
        expires_at=None,
    )


def renewed(before: Cart, after: Cart, *, now: datetime) -> Cart:
    """The changed cart as the next version of the one before.

    It was always changed later than that, whatever the clocks of two servers say: the durable copy goes by it.
    """
    return replace(after, version=before.version + 1, updated_at=max(now, before.updated_at + _TICK))


def with_lines_added(cart: Cart, added: Iterable[NewLine], *, currency: str, now: datetime) -> Cart:
    """The cart with these lines; what was there is more now, and as the customer sees it today.

    Raises:
        OtherCurrency, TooManyOfOne, TooManyLines.
    """
    if cart.lines and cart.currency != currency:
        raise OtherCurrency(currency, cart.currency)
    lines = {line.variant_id: line for line in cart.lines}
    for new in added:
        there = lines.get(new.variant_id)
        lines[new.variant_id] = _line(new, there, currency=currency, now=now)
    if len(lines) > MOST_LINES:
        raise TooManyLines(MOST_LINES)
    return _of_lines(replace(cart, currency=currency), lines.values())


def with_quantities(cart: Cart, quantities: Mapping[UUID, int]) -> Cart:
    """The cart with so many of each of these variants; none of one takes its line out.

    Raises:
        UnknownLine: there is no line to have some of.
        TooManyOfOne: more than a line may have.
    """
    there = {line.variant_id for line in cart.lines}
    for variant_id, quantity in quantities.items():
        if quantity > 0 and variant_id not in there:
            raise UnknownLine(variant_id)
    lines = [
        replace(line, quantity=_checked(line.sku, quantities.get(line.variant_id, line.quantity)))
        for line in cart.lines
    ]
    return _of_lines(cart, (line for line in lines if line.quantity > 0))


def without_lines(cart: Cart, variant_ids: Collection[UUID]) -> Cart:
    """The cart without these variants."""
    return _of_lines(cart, (line for line in cart.lines if line.variant_id not in variant_ids))


def emptied(cart: Cart) -> Cart:
    """The cart with nothing in it, no coupons, and nothing said of an order."""
    return replace(cart, lines=(), coupon_codes=(), discount=NOTHING, checkout=NO_DETAILS)


def with_coupons(cart: Cart, codes: Iterable[str], *, discount: Decimal) -> Cart:
    """The cart with exactly these coupons, each once; `discount` is what they take off together.

    Raises:
        InvalidCouponCode: one is no code.
        TooManyCoupons: more than a cart may have.
    """
    known = tuple(dict.fromkeys(coupon_code(code) for code in codes))
    if len(known) > MOST_COUPONS:
        raise TooManyCoupons(MOST_COUPONS)
    return replace(cart, coupon_codes=known, discount=min(discount, cart.subtotal) if known else NOTHING)


def with_checkout(cart: Cart, given: CheckoutDetails) -> Cart:
    """The cart with what is given of the order to be; the rest stays as it is known already."""
    return replace(cart, checkout=_joined(cart.checkout, given))


def without_ordered(cart: Cart, units: Mapping[UUID, int]) -> Cart:
    """The cart after an order of these units: without them, the coupons, and what was said of the order."""
    lines = [replace(line, quantity=line.quantity - units.get(line.variant_id, 0)) for line in cart.lines]
    left = tuple(line for line in lines if line.quantity > 0)
    return replace(cart, lines=left, coupon_codes=(), discount=NOTHING, checkout=NO_DETAILS)


def merged(cart: Cart, guests: Cart, *, token_hash: str) -> Cart:
    """The customer's cart with what is in the guest's: quantities add up and coupons join, as far as the limits go.

    Of a line that both have the guest's is what was seen last. Lines in another currency are left out, as no cart can
    have both.
    """
    empty = not cart.lines
    currency = guests.currency if empty else cart.currency
    lines = {line.variant_id: line for line in cart.lines}
    for line in guests.lines:
        there = lines.get(line.variant_id)
        if line.currency != currency or (there is None and len(lines) == MOST_LINES):
            continue
        quantity = line.quantity + (0 if there is None else there.quantity)
        lines[line.variant_id] = replace(
            line,
            quantity=min(quantity, MOST_OF_ONE),
            added_at=line.added_at if there is None else there.added_at,
        )
    codes = tuple(dict.fromkeys((*cart.coupon_codes, *guests.coupon_codes)))[:MOST_COUPONS]
    joined = replace(
        cart,
        currency=currency,
        coupon_codes=codes,
        discount=cart.discount + guests.discount,
        checkout=_joined(cart.checkout, guests.checkout),
        merged_from=token_hash,
    )
    return _of_lines(joined, lines.values())


def coupon_code(given: str) -> str:
    """A coupon's code as carts keep it: in capitals.

    Raises:
        InvalidCouponCode: it is none, such as one with a comma, which carts keep between codes.
    """
    code = given.strip().upper()
    if not code or len(code) > MOST_OF_CODE or "," in code:
        raise InvalidCouponCode(given)
    return code


def _line(new: NewLine, there: CartLine | None, *, currency: str, now: datetime) -> CartLine:
    if new.quantity < 1:
        message = f"There is no adding {new.quantity} of something."
        raise ValueError(message)
    return CartLine(
        product_id=new.product_id,
        variant_id=new.variant_id,
        sku=new.sku,
        name=new.name,
        image_url=new.image_url,
        currency=currency,
        unit_price=rounded(new.unit_price),
        quantity=_checked(new.sku, new.quantity + (0 if there is None else there.quantity)),
        added_at=now if there is None else there.added_at,
    )


def _checked(sku: str, quantity: int) -> int:
    if quantity > MOST_OF_ONE:
        raise TooManyOfOne(sku, MOST_OF_ONE)
    return quantity


def _of_lines(cart: Cart, lines: Iterable[CartLine]) -> Cart:
    """The cart with these lines. Its discount, which was worked out for others, is never more than they cost."""
    changed = replace(cart, lines=tuple(lines))
    return replace(changed, discount=min(changed.discount, changed.subtotal))


def _joined(known: CheckoutDetails, given: CheckoutDetails) -> CheckoutDetails:
    news = {field.name: getattr(given, field.name) for field in fields(CheckoutDetails)}
    return replace(known, **{name: value for name, value in news.items() if value is not None})
