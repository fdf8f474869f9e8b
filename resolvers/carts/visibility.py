"""Which carts a viewer may see."""

from datasources.carts import records
from resolvers.context import Info
from resolvers.permissions import Permission


def may_see_cart(info: Info, cart: records.Cart) -> bool:
    """Whether an account's cart is the viewer's own, or the viewer is staff who may read carts.

    A guest's cart is seen by whoever has its token: no owner and no permission opens it.
    """
    return cart.user_id is not None and info.context.viewer.sees(cart.user_id, Permission.READ_CARTS)
