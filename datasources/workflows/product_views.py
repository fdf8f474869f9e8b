"""Looking at a product: Redis knows who has looked lately, ProductDb counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.views import note_view
from datasources.core.tokens import hash_of
from datasources.products.views import count_view

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.connections import Connections
    from datasources.users.origins import Origin


async def record_view(
    connections: Connections, *, product_id: str, guest_token: str | None, origin: Origin, now: datetime
) -> bool:
    """Count that somebody looks at a product, and remember it for a user; tell whether it counted.

    A viewer counts once in carts.keys.PRODUCT_VIEW_SECONDS: a user, a guest by the address, or by the token where there
    is none; who has none of them does not count at all. A token alone would let anyone count as often as they like: it
    costs nothing to make one up. Should ProductDb fail, this view is not counted later either.

    Raises:
        ServiceUnavailable: Redis or the product database is down.
    """
    viewer = _viewer(origin, guest_token)
    if viewer is None:
        return False
    counts = await note_view(
        connections.carts, product_id=product_id, viewer=viewer, user_id=origin.actor_id, now=now
    )
    if counts:
        await count_view(connections.products, product_id=product_id, now=now)
    return counts


def _viewer(origin: Origin, guest_token: str | None) -> str | None:
    """What tells one viewer from another, which nobody can read a token or an address from."""
    if origin.actor_id is not None:
        return str(origin.actor_id)
    if origin.ip_address is not None:
        return hash_of(f"address {origin.ip_address}")
    return hash_of(guest_token) if guest_token else None
