"""Which notifications a viewer may see."""

from datasources.notifications import records
from resolvers.context import Info
from resolvers.permissions import Permission


def may_see_notification(info: Info, notification: records.Notification) -> bool:
    """Whether a notification was written to the viewer, or the viewer is staff who may read notifications."""
    return info.context.viewer.sees(notification.user_id, Permission.READ_NOTIFICATIONS)
