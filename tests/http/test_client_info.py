"""What is kept of who a request comes from: addresses as PostgreSQL takes them, and a proxy's word if it is trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from datasources.users.journal import MOST_AGENT, agent_of
from gateway.app import create_app
from resolvers.credentials import ClientInfo
from tests.client import GraphQLClient
from tests.http.sessions import session_of

if TYPE_CHECKING:
    from gateway.settings import Settings

SESSIONS = "{ me { sessions { ipAddress isCurrent } } }"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_one_that_can_be_kept(host: str | None, address: str | None) -> None:
    assert ClientInfo(host=host).origin(None).ip_address == address


def test_an_agent_is_cut_to_what_is_kept() -> None:
    origin = ClientInfo(user_agent="x" * 10_000).origin(None, device="a phone")
    assert (agent_of(origin), origin.device) == ("x" * MOST_AGENT, "a phone")


@pytest.mark.parametrize(("trusted", "address"), [("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "127.0.0.1")])
async def test_only_a_trusted_proxy_names_the_client(
    settings: Settings, client: GraphQLClient, trusted: str, address: str
) -> None:
    app = create_app(settings)
    # As gateway.server has uvicorn put it before the application.
    behind = httpx.ASGITransport(app=ProxyHeadersMiddleware(app, [trusted]))  # type: ignore[arg-type]  # two names of ASGI
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=behind, base_url="http://gateway.test", headers={"X-Forwarded-For": "evil, 203.0.113.9"}
        ) as http,
    ):
        asking = GraphQLClient(http=http, tokens={})
        token = (await session_of(asking, "customer@example.com"))["accessToken"]
        sessions = (await asking.ask(SESSIONS, token=token)).data["me"]["sessions"]
    assert [session["ipAddress"] for session in sessions if session["isCurrent"]] == [address]


@pytest.mark.parametrize(("trusted", "warnings"), [((), 1), (("192.0.2.1",), 0)])
async def test_a_proxy_that_nobody_trusts_is_warned_of_once(
    settings: Settings, caplog: pytest.LogCaptureFixture, trusted: tuple[str, ...], warnings: int
) -> None:
    app = create_app(replace(settings, trusted_proxies=trusted))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://gateway.test",
        ) as http,
    ):
        asking = GraphQLClient(http=http, tokens={})
        await asking.ask("{ __typename }")
        assert caplog.records == []
        for _ in range(3):
            await asking.ask("{ __typename }", headers={"X-Forwarded-For": "203.0.113.9"})
    said = [record for record in caplog.records if "GATEWAY_TRUSTED_PROXIES" in record.getMessage()]
    assert len(said) == warnings
