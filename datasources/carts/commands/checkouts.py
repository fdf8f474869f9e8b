"""What a cart's owner says of the order to be, and what is left of the cart once it is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts import keys
from datasources.carts.changes import renewed, with_checkout, without_ordered
from datasources.carts.changing import change_cart, forget_copied, hold_with_copies
from datasources.carts.durable_copies import hold_copy_for_order, write_copy
from datasources.carts.working_copies import ABSENT, replace_cart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart, CheckoutDetails
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def set_checkout(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    details: CheckoutDetails,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Keep what is given of the order to be; what is None stays as it is known already.

    Raises:
        UnknownCart: there is none.
        VersionConflict: the cart is at another version than the expected one.
        ServiceUnavailable: as of `change_cart`.
    """
    return await change_cart(
        store,
        copies,
        owner,
        lambda cart: with_checkout(cart, details),
        now=now,
        expected_version=expected_version,
    )


async def take_ordered(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    order_id: UUID,
    units: Mapping[UUID, int],
    now: datetime,
) -> None:
    """Take what was ordered out of the cart: so many units by variant, the coupons, and what was said of the order.

    Once for each order, however often this is called and wherever it is cut short: call it until it returns. Whatever
    was added since the order stays. A customer's cart that was noted as left behind counts as come back to.

    CartDb's inbox is asked first, as Redis may have lost its own note with the cart; what it notes is committed only
    with the copy of what Redis has made of the cart. So a customer's cart takes two statements, and one more where
    Redis has let it go. A guest's takes none: without Redis there is no cart.

    Raises:
        ServiceUnavailable: Redis is down or, for a customer, CartDb. It is not known whether anything was taken out.
    """
    if owner.user_id is None:
        await _take(store, copies, owner, order_id=order_id, units=units, now=now)
        return
    async with copies.transaction() as transaction:
        if not await hold_copy_for_order(transaction, owner.user_id, order_id, now=now):
            return
        left = await _take(store, copies, owner, order_id=order_id, units=units, now=now)
        if left is not None:
            await write_copy(transaction, left)
    if left is not None:
        await forget_copied(store, left)


async def _take(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    *,
    order_id: UUID,
    units: Mapping[UUID, int],
    now: datetime,
) -> Cart | None:
    """The cart without the order's units, which Redis has taken out now or before; None if there is no cart."""
    note = keys.ordered(order_id)
    while True:
        (held,) = await hold_with_copies(store, copies, [owner])
        if held.cart is None:
            return None
        cart = await replace_cart(
            store,
            held,
            renewed(held.cart, without_ordered(held.cart, units), now=now),
            (note, ABSENT),
            then=[["HSET", note, "version", "1"], ["EXPIRE", note, str(keys.ORDERED_SECONDS)]],
        )
        if cart is not None:
            return cart
        (noted,) = await store.run(lambda pipeline: pipeline.exists(note))
        if noted:
            (held,) = await hold_with_copies(store, copies, [owner])
            return held.cart
