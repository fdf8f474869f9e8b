"""The type of a session, and who may see which."""

from datetime import datetime
from typing import Any

import strawberry

from datasources.users import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relay import id_field


@strawberry.type(
    description="A sign-in on one device, as long as it lasts. Its tokens are never shown again."
)
class Session:
    id: strawberry.ID = id_field("Session")
    device: str | None = strawberry.field(description="The device's name, as given at sign-in.")
    ip_address: str | None = strawberry.field(
        description="The network address from which the session was last refreshed, or was started."
    )
    user_agent: str | None = strawberry.field(description="What the client calls itself.")
    created_at: datetime = strawberry.field(description="When the user signed in.")
    last_accessed_at: datetime = strawberry.field(description="When the session was last refreshed.")
    expires_at: datetime = strawberry.field(
        description="When the session ends unless it is refreshed before."
    )

    @strawberry.field(description="Whether it is the session of this request.")
    def is_current(self: records.Session, info: Info) -> bool:
        return self.id == info.context.client.session_id


async def find_sessions(root: Any, info: Info) -> Any:
    """A user's live sessions: the viewer's own, or anybody's for whoever may see where users are.

    Raises:
        PermissionDenied: they are somebody else's.
    """
    viewer = info.context.viewer
    if root.id != viewer.user_id:
        viewer.require(Permission.READ_SESSIONS)
    return await info.context.loaders.users.sessions_by_user.load(root.id)
