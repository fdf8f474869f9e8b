"""A guest's cart becomes part of a customer's, at sign-in or whenever the customer asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.changes import empty_cart, merged, renewed
from datasources.carts.changing import hold_with_copies, keep_copy
from datasources.carts.owners import CartOwner
from datasources.carts.working_copies import replace_cart

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.carts.records import Cart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def merge_carts(
    store: KeyValueStore, copies: Database, *, token_hash: str, user_id: UUID, now: datetime
) -> Cart | None:
    """Put what is in the guest's cart into the customer's, and give that; None if neither has one.

    The guest's cart goes in the very step in which the customer's gets it, so that of two who do this at once one finds
    nothing to do: nothing is lost and nothing counts twice.

    Raises:
        ServiceUnavailable: Redis is down; or it does not have the customer's cart and CartDb is down, too.
    """
    guest, customer = CartOwner(token_hash=token_hash), CartOwner(user_id=user_id)
    while True:
        theirs, held = await hold_with_copies(store, copies, [guest, customer])
        if theirs.cart is None:
            return held.cart
        before = held.cart or empty_cart(customer, currency=theirs.cart.currency, now=now)
        # A Redis that came back as it was before may have a guest's cart again that CartDb knows to be merged.
        again = before.merged_from == token_hash
        after = before if again else merged(before, theirs.cart, token_hash=token_hash)
        cart = await replace_cart(
            store,
            held,
            renewed(before, after, now=now),
            (guest.key, theirs.state),
            then=[["DEL", guest.key]],
        )
        if cart is not None:
            await keep_copy(store, copies, cart, now=now)
            return cart
