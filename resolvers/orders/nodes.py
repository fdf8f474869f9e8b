"""Orders and coupons by their global id."""

from datasources.orders import records
from resolvers.context import Info
from resolvers.orders.queries import is_own_order
from resolvers.permissions import Permission
from resolvers.relay import NodeFinder, uuid_from


async def find_order(info: Info, key: str) -> records.Order | None:
    """The order, if it is the viewer's own or the viewer is staff; a token opens it by its number alone."""
    order = await info.context.loaders.orders.by_id.load(uuid_from(key, "Order"))
    return order if order is not None and is_own_order(info, order) else None


async def find_coupon(info: Info, key: str) -> records.Coupon | None:
    """The coupon, if the viewer may read coupons."""
    coupon_id = uuid_from(key, "Coupon")
    if not info.context.viewer.may(Permission.READ_COUPONS):
        return None
    return await info.context.loaders.orders.coupon_by_id.load(coupon_id)


NODES: dict[str, NodeFinder] = {"Order": find_order, "Coupon": find_coupon}
