"""Notes which customers have left a cart behind, with the addresses they are written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.commands.abandonments import MOST_CARTS, customers_who_left, note_abandoned_carts
from datasources.users.loaders import UserLoaders

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.carts.records import AbandonedCart
    from datasources.core.connections import Connections


async def sweep_abandoned_carts(
    connections: Connections, *, before: datetime, now: datetime, most: int = MOST_CARTS
) -> tuple[AbandonedCart, ...]:
    """Note up to `most` carts that were last changed before this time; an account that is gone is written to nowhere.

    Raises:
        ServiceUnavailable: CartDb or the user database is down; nothing was noted.
    """
    customers = await customers_who_left(connections.cart_copies, before=before, most=most)
    accounts = await UserLoaders(connections.users).by_id.load_many(customers)
    emails = {
        customer: None if account is None else account.email
        for customer, account in zip(customers, accounts, strict=True)
    }
    return await note_abandoned_carts(connections.cart_copies, emails=emails, before=before, now=now)
