"""The coupons in a cart. Whether they count, and how much they take off, is the order service's to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.changes import with_coupons
from datasources.carts.changing import change_cart
from datasources.core.money import NOTHING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def add_coupon(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    code: str,
    discount: Decimal = NOTHING,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Add a coupon after those that are there. `discount` is what all of them take off together, if that is known.

    Raises:
        UnknownCart: there is none.
        InvalidCouponCode: this is no code.
        TooManyCoupons: more than a cart may have.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: with_coupons(cart, (*cart.coupon_codes, code), discount=discount),
        now=now,
        expected_version=expected_version,
    )


async def remove_coupon(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    code: str,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Take a coupon out of the cart, whether or not it is there.

    What the others take off is worked out when the cart is next shown; until then the cart knows of nothing, rather
    than of too much.

    Raises:
        UnknownCart: there is none.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    removed = code.strip().upper()
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: with_coupons(
            cart, [each for each in cart.coupon_codes if each != removed], discount=NOTHING
        ),
        now=now,
        expected_version=expected_version,
    )
