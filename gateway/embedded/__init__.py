"""Real PostgreSQL, MongoDB and Redis servers out of wheels, for `gateway dev` and the tests."""

from gateway.embedded.errors import EmbeddedServerError
from gateway.embedded.servers import EmbeddedServers, run_servers
from gateway.embedded.urls import Server, ServerUrls

__all__ = ["EmbeddedServerError", "EmbeddedServers", "Server", "ServerUrls", "run_servers"]
