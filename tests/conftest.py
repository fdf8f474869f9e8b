"""Real servers, the demo shop in them, and the gateway over it: once per test process."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.seeds import seed_shop
from datasources.users.queries import find_by_email
from gateway.app import create_app
from gateway.auth import mint_token, utc_now
from gateway.development import embedded_urls
from gateway.embedded import run_servers
from gateway.payment_settings import PaymentSettings
from gateway.settings import Settings
from gateway.storage import prepare_storage
from tests.client import GraphQLClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers

SECRET = "a secret that only the tests know, long enough for HS256"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    """PostgreSQL, MongoDB and Redis, owned by this test process and empty at first."""
    with run_servers(tmp_path_factory.mktemp("servers"), durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def urls(servers: EmbeddedServers) -> DatabaseUrls:
    """Where each service's database is."""
    return embedded_urls(servers.urls)


@pytest.fixture(scope="session")
async def connections(urls: DatabaseUrls) -> AsyncIterator[Connections]:
    """Connections to the demo shop at scale 1."""
    async with open_connections(urls) as opened:
        await prepare_storage(opened, report=lambda _: None)
        await seed_shop(opened, scale=1, report=lambda _: None)
        yield opened


@pytest.fixture(scope="session")
def settings(urls: DatabaseUrls) -> Settings:
    """The settings of the gateway under test."""
    return Settings(
        urls=urls,
        jwt_secret=SECRET,
        show_calls=True,
        graphiql=True,
        payments=PaymentSettings(provider="sandbox"),
    )


@pytest.fixture(scope="session")
async def client(settings: Settings, connections: Connections) -> AsyncIterator[GraphQLClient]:
    """A client of the gateway over HTTP, with the tokens of the demo accounts."""

    async def token(email: str) -> str:
        account = await find_by_email(connections.users, email)
        assert account is not None
        return mint_token(
            user_id=account.id, roles=account.roles, secret=SECRET, now=utc_now(), lifetime=timedelta(hours=1)
        )

    tokens = {name: await token(f"{name}@example.com") for name in ("customer", "manager", "admin")}
    app = create_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway.test")
        yield GraphQLClient(http=await stack.enter_async_context(http), tokens=tokens)
