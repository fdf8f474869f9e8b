"""Carts by their global id: an account's for its owner and for staff, a guest's only beside its token."""

from datasources.carts import records
from datasources.carts.tokens import GUEST_PREFIX, guest_cart_id
from datasources.core.tokens import hash_of
from resolvers.carts.visibility import may_see_cart
from resolvers.context import Info
from resolvers.relay import NodeFinder, uuid_from


async def find_cart(info: Info, key: str) -> records.Cart | None:
    """The cart, if the viewer may see it; a guest's if the request brings its token, too.

    Raises:
        InvalidId: the key is none of a cart.
    """
    if key.startswith(GUEST_PREFIX):
        return await _find_guest_cart(info, key)
    cart = await info.context.loaders.carts.by_user.load(uuid_from(key, "Cart"))
    return cart if cart is not None and may_see_cart(info, cart) else None


async def _find_guest_cart(info: Info, key: str) -> records.Cart | None:
    if not info.context.cart_token:
        return None
    token_hash = hash_of(info.context.cart_token)
    if guest_cart_id(token_hash) != key:
        return None
    return await info.context.loaders.carts.by_token_hash.load(token_hash)


NODES: dict[str, NodeFinder] = {"Cart": find_cart}
