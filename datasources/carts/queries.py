"""A cart by its owner, for those who are about to change it; fields of the schema ask the loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.changing import hold_with_copies

if TYPE_CHECKING:
    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


async def find_cart(store: KeyValueStore, copies: Database, owner: CartOwner) -> Cart | None:
    """The cart as it is now: what Redis holds or, of a customer, CartDb.

    Raises:
        ServiceUnavailable: Redis is down, or CartDb where Redis does not have a customer's cart.
    """
    (held,) = await hold_with_copies(store, copies, [owner])
    return held.cart
