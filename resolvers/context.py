"""What every resolver gets beside its arguments: the viewer, the request's loaders and databases, its client, and the
providers of payments.
"""

from typing import TYPE_CHECKING, TypeAlias

from strawberry.types import Info as StrawberryInfo

from datasources.core.records import row_record
from datasources.payments.providers.registry import NO_PROVIDERS
from resolvers.credentials import NO_CREDENTIALS, UNKNOWN_CLIENT, ClientInfo

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.loaders import Loaders
    from datasources.payments.providers.registry import Providers
    from resolvers.credentials import Credentials
    from resolvers.permissions import Viewer


@row_record
class Context:
    """One request's context. Loaders live as long as the request, so nothing that they hold is ever stale for long."""

    viewer: "Viewer"
    loaders: "Loaders"
    connections: "Connections"
    cart_token: str | None
    client: ClientInfo = UNKNOWN_CLIENT
    credentials: "Credentials" = NO_CREDENTIALS
    providers: "Providers" = NO_PROVIDERS


Info: TypeAlias = StrawberryInfo[Context, None]
