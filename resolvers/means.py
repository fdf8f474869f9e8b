"""What works over several databases need of a request."""

from datasources.workflows.sagas import Means
from resolvers.context import Info


def means_of(info: Info) -> Means:
    """The request's databases and the shop's payment providers."""
    return Means(connections=info.context.connections, providers=info.context.providers)
