"""Notifications by their global id, for their recipient and for staff."""

from datasources.notifications import records
from resolvers.context import Info
from resolvers.notifications.visibility import may_see_notification
from resolvers.relay import NodeFinder


async def find_notification(info: Info, key: str) -> records.Notification | None:
    """The notification, if the viewer may see it."""
    found = await info.context.loaders.notifications.by_id.load(key)
    return found if found is not None and may_see_notification(info, found) else None


NODES: dict[str, NodeFinder] = {"Notification": find_notification}
