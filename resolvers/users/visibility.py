"""Which users a viewer may see."""

from datasources.users import records
from resolvers.context import Info
from resolvers.permissions import Permission


def may_see_user(info: Info, user: records.User) -> bool:
    """Whether a user is the viewer with an account in use, or the viewer is staff who may read users."""
    viewer = info.context.viewer
    return viewer.may(Permission.READ_USERS) or (user.is_active and user.id == viewer.user_id)
