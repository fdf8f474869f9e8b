"""Which orders a viewer may change: their own, a guest's with its token, and any for staff."""

from typing import TYPE_CHECKING, Final

import strawberry

from datasources.core.tokens import hash_of
from datasources.orders.errors import UnknownOrder
from resolvers.context import Info
from resolvers.orders.queries import open_order
from resolvers.permissions import Permission
from resolvers.relay import uuid_of

if TYPE_CHECKING:
    from datasources.orders import records

ORDER_TOKEN: Final = "For a guest's order: the token that was given out when it was placed."  # noqa: S105  # a description


async def order_to_change(
    info: Info, order_id: strawberry.ID, token: str | None, *, staff: Permission
) -> "records.Order":
    """The order, which the rest of the request may see, if it is the viewer's own, or theirs by its token, or staff's.

    Raises:
        UnknownOrder: there is none, or none for this viewer: nobody learns which.
    """
    key = uuid_of(order_id, "Order")
    loaders, viewer = info.context.loaders.orders, info.context.viewer
    order = await loaders.by_id.load(key)
    if order is None:
        raise UnknownOrder(key)
    if not viewer.sees(order.user_id, staff):
        opened = None if token is None else await loaders.by_guest_token.load((order.number, hash_of(token)))
        if opened is None:
            raise UnknownOrder(key)
    open_order(info, order.id)
    return order
