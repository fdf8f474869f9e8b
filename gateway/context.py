"""Makes the resolvers' context for one request, with fresh loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.loaders import Loaders
from resolvers.context import Context

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from gateway.execution.plans import Plan
    from resolvers.permissions import Viewer


def request_context(connections: Connections, viewer: Viewer, *, cart_token: str | None) -> Context:
    """The context of one request; its loaders answer each key at most once."""
    return Context(
        viewer=viewer, loaders=Loaders(connections), connections=connections, cart_token=cart_token
    )


def tell_loaders(context: Context, plan: Plan) -> None:
    """Tell a request's loaders what the operation will read, so that they can leave out what it will not."""
    context.loaders.reads = plan.reads
