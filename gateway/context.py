"""Makes the resolvers' context for one request, with fresh loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.loaders import Loaders
from datasources.orders.rules import SHOP_RULES
from datasources.payments.providers.registry import NO_PROVIDERS
from resolvers.context import Context
from resolvers.credentials import NO_CREDENTIALS, UNKNOWN_CLIENT

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.orders.rules import Rules
    from datasources.payments.providers.registry import Providers
    from datasources.users.records import Account
    from gateway.execution.plans import Plan
    from resolvers.credentials import ClientInfo, Credentials
    from resolvers.permissions import Viewer


def request_context(
    connections: Connections,
    viewer: Viewer,
    *,
    cart_token: str | None,
    account: Account | None = None,
    client: ClientInfo = UNKNOWN_CLIENT,
    credentials: Credentials = NO_CREDENTIALS,
    rules: Rules = SHOP_RULES,
    providers: Providers = NO_PROVIDERS,
) -> Context:
    """The context of one request; its loaders answer each key at most once.

    `account` is the viewer's, where it has been read already: its loader is not asked again.
    """
    loaders = Loaders(connections)
    if account is not None:
        loaders.users.by_id.prime(account.id, account)
    return Context(
        viewer=viewer,
        loaders=loaders,
        connections=connections,
        cart_token=cart_token,
        client=client,
        credentials=credentials,
        rules=rules,
        providers=providers,
    )


def tell_loaders(context: Context, plan: Plan) -> None:
    """Tell a request's loaders what the operation will read, so that they can leave out what it will not."""
    context.loaders.reads = plan.reads
