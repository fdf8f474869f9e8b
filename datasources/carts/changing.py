"""How a cart is changed: held, worked out anew, put in its place if nobody else was faster, and copied to CartDb.

Redis decides. A change counts once Redis has it, and it is told to its maker once CartDb has it, too, or once it is
marked as one that CartDb lacks.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from datasources.carts.changes import empty_cart, renewed
from datasources.carts.durable_copies import hold_copy, read_copies, write_copy
from datasources.carts.errors import UnknownCart
from datasources.carts.working_copies import hold_carts, replace_cart, unmark
from datasources.core.errors import ServiceUnavailable, VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart
    from datasources.carts.working_copies import HeldCart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore

logger = logging.getLogger("datasources.carts")


async def change_cart(
    store: KeyValueStore,
    copies: Database,
    owner: CartOwner,
    change: Callable[[Cart], Cart],
    *,
    now: datetime,
    expected_version: int | None = None,
    begins_in: str | None = None,
) -> Cart:
    """Change a cart, however many do so at once, and give its next version.

    `begins_in` is the currency of a cart that begins with this change; without one there has to be a cart. Whoever is
    slower works the change out anew from what the faster has left, so somebody always gets through.

    Raises:
        UnknownCart: there is none.
        VersionConflict: the cart is at another version than the expected one; one that is not there is at 0.
        ServiceUnavailable: Redis is down; or it does not have a customer's cart and CartDb is down, too.
    """
    while True:
        (held,) = await hold_with_copies(store, copies, [owner])
        if held.cart is None and begins_in is None:
            raise UnknownCart
        before = held.cart or empty_cart(owner, currency=begins_in or "", now=now)
        if expected_version is not None and before.version != expected_version:
            raise VersionConflict(before.version)
        cart = await replace_cart(store, held, renewed(before, change(before), now=now))
        if cart is not None:
            await keep_copy(store, copies, cart, now=now)
            return cart


async def hold_with_copies(
    store: KeyValueStore, copies: Database, owners: Sequence[CartOwner]
) -> list[HeldCart]:
    """Hold carts; a customer's that Redis does not have is held as CartDb has it, to be put where there is nothing.

    Raises:
        ServiceUnavailable: Redis is down, or CartDb where it is needed: to begin anew would lose what it has.
    """
    held = await hold_carts(store, owners)
    missing = [each.owner.user_id for each in held if each.cart is None and each.owner.user_id is not None]
    if not missing:
        return held
    found = await read_copies(copies, missing)
    return [
        replace(each, cart=found.get(each.owner.user_id))
        if each.cart is None and each.owner.user_id is not None
        else each
        for each in held
    ]


async def keep_copy(store: KeyValueStore, copies: Database, cart: Cart, *, now: datetime) -> None:
    """Bring CartDb up to date with a customer's cart; if it is down the customer stays marked."""
    if cart.user_id is None:
        return
    try:
        async with copies.transaction() as transaction:
            await hold_copy(transaction, cart.user_id, now=now)
            await write_copy(transaction, cart)
    except ServiceUnavailable as error:
        logger.warning("The durable copy of the cart of user %s is out of date: %s", cart.user_id, error)
        return
    await forget_copied(store, cart)


async def forget_copied(store: KeyValueStore, cart: Cart) -> None:
    """Take the mark off a customer whose copy is up to date. Where Redis has gone meanwhile it is copied once more."""
    with suppress(ServiceUnavailable):
        await unmark(store, cart)
