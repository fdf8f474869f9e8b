"""Changes of carts that ask other services: what is sold and what it costs, and whether a coupon counts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.carts.changes import coupon_code
from datasources.carts.commands.coupons import add_coupon
from datasources.carts.commands.lines import add_lines
from datasources.carts.commands.merges import merge_carts
from datasources.carts.errors import (
    InvalidCouponCode,
    OtherCurrency,
    UnknownCart,
    UnknownVariant,
    VariantNotSold,
)
from datasources.carts.owners import CartOwner
from datasources.carts.queries import find_cart
from datasources.carts.records import NewLine
from datasources.core.errors import ServiceUnavailable
from datasources.core.money import NOTHING
from datasources.core.tokens import hash_of, make_token
from datasources.loaders import Loaders
from datasources.orders.placement_errors import CouponRefused
from datasources.orders.rules.coupons import discounts_of
from datasources.products.queries import products_of_variants
from datasources.workflows.cart_views import fresh_subtotal, judge_coupons

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.carts.records import Cart
    from datasources.core.connections import Connections
    from datasources.products.records import Product, ProductVariant

logger = logging.getLogger("datasources.cart_changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """So many units of a variant, which is named by its id or by its SKU."""

    quantity: int
    variant_id: UUID | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledCart:
    """A cart that something was added to; `token` opens it if it is a guest's that has just begun."""

    cart: Cart
    token: str | None


async def add_to_cart(
    connections: Connections,
    owner: CartOwner | None,
    *,
    wanted: Sequence[Wanted],
    expected_version: int | None,
    now: datetime,
) -> FilledCart:
    """Add variants of the catalogue at today's prices. A guest without a cart gets one, and the token that opens it.

    So does a guest whose token opens none: a cart never begins under a token that somebody brings along. The stock is
    not asked: more than there is, or nothing at all, may be in a cart. It shows there as a problem, which passes when
    goods come in; and no cart waits for the inventory.

    Raises:
        UnknownVariant: one is not in the catalogue.
        VariantNotSold: one is not on sale.
        OtherCurrency, TooManyOfOne, TooManyLines, VersionConflict: as of `add_lines`.
        ServiceUnavailable: the product database is down, or the carts are.
    """
    currency, lines = await _lines_of(connections, wanted)

    async def add(to: CartOwner, *, begins: bool) -> Cart:
        return await add_lines(
            connections.carts,
            connections.cart_copies,
            to,
            lines=lines,
            currency=currency,
            begins=begins,
            expected_version=expected_version,
            now=now,
        )

    if owner is not None:
        try:
            return FilledCart(cart=await add(owner, begins=owner.user_id is not None), token=None)
        except UnknownCart:  # a guest's cart that has expired, or was never there
            pass
    token = make_token()
    return FilledCart(cart=await add(CartOwner(token_hash=hash_of(token)), begins=True), token=token)


async def apply_coupon(
    connections: Connections,
    owner: CartOwner,
    *,
    code: str,
    expected_version: int | None,
    now: datetime,
) -> Cart:
    """Add a coupon that counts for the cart at today's prices.

    Raises:
        UnknownCart: there is none.
        CouponRefused: the coupon does not count.
        TooManyCoupons, VersionConflict: as of `add_coupon`.
        ServiceUnavailable: the carts or the order database are down. Without the product database the prices that the
            customer last saw decide.
    """
    try:
        code = coupon_code(code)
    except InvalidCouponCode as error:
        raise CouponRefused(code, "unknown") from error
    cart = await find_cart(connections.carts, connections.cart_copies, owner)
    if cart is None:
        raise UnknownCart
    loaders = Loaders(connections)
    codes = tuple(dict.fromkeys((*cart.coupon_codes, code)))
    coupons = await loaders.orders.coupon_by_code.load_many(codes)
    subtotal = await fresh_subtotal(loaders, cart)
    judged = judge_coupons(codes, coupons, subtotal, now=now)
    for problem in judged.problems:
        if problem.code == code:
            raise CouponRefused(code, problem.reason)
    return await add_coupon(
        connections.carts,
        connections.cart_copies,
        owner,
        code=code,
        discount=sum(discounts_of(judged.counting, subtotal.amount), NOTHING),
        expected_version=expected_version,
        now=now,
    )


async def merge_after_sign_in(
    connections: Connections, *, token: str | None, user_id: UUID, now: datetime
) -> None:
    """Merge the guest's cart, if the client brings a token, into that of the customer who has just signed in.

    That the carts are down keeps nobody from signing in: the guest's cart then stays, and `mergeCart` merges it later.
    """
    if not token:
        return
    try:
        await merge_carts(
            connections.carts,
            connections.cart_copies,
            token_hash=hash_of(token),
            user_id=user_id,
            now=now,
        )
    except ServiceUnavailable as error:
        logger.warning("A guest's cart was not merged into that of user %s: %s", user_id, error)


async def _lines_of(connections: Connections, wanted: Sequence[Wanted]) -> tuple[str, tuple[NewLine, ...]]:
    """What is wanted with what a customer sees of it today, and the currency of all of it."""
    products = await products_of_variants(
        connections.products,
        ids=[each.variant_id for each in wanted if each.variant_id is not None],
        skus=[each.sku for each in wanted if each.sku is not None],
    )
    found: dict[UUID | str | None, tuple[Product, ProductVariant]] = {}
    for product in products:
        for variant in product.all_variants:
            found[variant.id] = found[variant.sku] = (product, variant)
    lines = []
    currency = None
    for place, each in enumerate(wanted):
        match = found.get(each.sku if each.variant_id is None else each.variant_id)
        if match is None:
            raise UnknownVariant(place)
        product, variant = match
        if not variant.is_visible:
            raise VariantNotSold(place, variant.sku)
        currency = currency or variant.currency
        if variant.currency != currency:
            raise OtherCurrency(variant.currency, currency)
        lines.append(_line_of(product, variant, each.quantity))
    return currency or "", tuple(lines)


def _line_of(product: Product, variant: ProductVariant, quantity: int) -> NewLine:
    image = next(iter((*variant.images, *product.images)), None)
    return NewLine(
        product_id=product.id,
        variant_id=variant.id,
        sku=variant.sku,
        name=product.name,
        image_url=None if image is None else image.url,
        unit_price=variant.price,
        quantity=quantity,
    )
