"""What every resolver gets beside its arguments: the viewer, the request's loaders and databases, its client, and the
providers of payments.
"""

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from strawberry.types import Info as StrawberryInfo

from datasources.core.records import row_record
from datasources.orders.rules import SHOP_RULES
from datasources.payments.providers.registry import NO_PROVIDERS
from resolvers.credentials import NO_CREDENTIALS, UNKNOWN_CLIENT, ClientInfo

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.loaders import Loaders
    from datasources.orders.rules import Rules
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
    rules: "Rules" = SHOP_RULES
    client: ClientInfo = UNKNOWN_CLIENT
    credentials: "Credentials" = NO_CREDENTIALS
    opened_orders: set["UUID"] = field(default_factory=set, hash=False)
    """Orders whose tokens came with the request: what belongs to them may lead back to them."""
    providers: "Providers" = NO_PROVIDERS


Info: TypeAlias = StrawberryInfo[Context, None]
