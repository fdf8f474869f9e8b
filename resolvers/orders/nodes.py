"""Orders by their global id."""

from datasources.orders import records
from resolvers.context import Info
from resolvers.orders.queries import may_see_order
from resolvers.relay import NodeFinder, uuid_from


async def find_order(info: Info, key: str) -> records.Order | None:
    """The order, if the viewer may see it."""
    order = await info.context.loaders.orders.by_id.load(uuid_from(key, "Order"))
    return order if order is not None and may_see_order(info, order) else None


NODES: dict[str, NodeFinder] = {"Order": find_order}
