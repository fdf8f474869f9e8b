"""Cookie mode: tokens that no script sees, and no page of another site can use."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.app import create_app
from gateway.auth.cookies import read_cookies
from gateway.auth.errors import CrossSiteRequest
from tests.client import GraphQLClient
from tests.http.sessions import REFRESH, SIGN_OUT, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from http.cookies import Morsel

    from gateway.settings import Settings

ME = "{ me { email } }"
EMAIL = "customer@example.com"
PAGE = "https://shop.example"
COOKIE_MODE = {"X-Session-Mode": "cookie"}
OWN_PAGE = {**COOKIE_MODE, "Sec-Fetch-Site": "same-origin"}

ACCESS, REFRESH_COOKIE = "__Host-gateway-access", "__Host-gateway-refresh"


@pytest.fixture
async def browser(client: GraphQLClient) -> AsyncIterator[GraphQLClient]:
    """A browser on a page of the gateway's own origin, over TLS; it keeps cookies."""
    transport = client.http._transport
    async with httpx.AsyncClient(transport=transport, base_url="https://gateway.test") as http:
        yield GraphQLClient(http=http, tokens={})


def cookies_set(headers: httpx.Headers) -> dict[str, Morsel[str]]:
    """The cookies that an answer sets, by name."""
    return {
        name: morsel
        for header in headers.get_list("set-cookie")
        for name, morsel in SimpleCookie(header).items()
    }


async def test_the_tokens_are_set_as_cookies_that_no_script_sees(browser: GraphQLClient) -> None:
    answer = await sign_in(browser, EMAIL, headers=OWN_PAGE)
    payload = answer.data["signIn"]
    assert (payload["accessToken"], payload["refreshToken"]) == (None, None)
    assert payload["accessTokenExpiresAt"] is not None
    assert isinstance(answer.headers, httpx.Headers)
    cookies = cookies_set(answer.headers)
    assert cookies.keys() == {ACCESS, REFRESH_COOKIE}
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["secure"]
        assert cookie["samesite"] == "Strict"
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookies[ACCESS]["max-age"] == "600"
    assert int(cookies[REFRESH_COOKIE]["max-age"]) == pytest.approx(30 * 24 * 3600, abs=5)


async def test_cookies_count_in_cookie_mode_alone(browser: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    assert (await browser.ask(ME, headers=OWN_PAGE)).data == {"me": {"email": EMAIL}}
    assert (await browser.ask(ME)).data == {"me": None}
    read = await browser.http.get("/graphql", params={"query": ME})
    assert read.json()["data"] == {"me": None}
    read = await browser.http.get("/graphql", params={"query": ME}, headers=COOKIE_MODE)
    assert read.json()["data"] == {"me": {"email": EMAIL}}


async def test_a_session_is_refreshed_and_ended_without_a_script_that_knows_it(
    browser: GraphQLClient,
) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    before = dict(browser.http.cookies)
    refreshed = await browser.ask(REFRESH, {"input": {}}, headers=OWN_PAGE)
    assert refreshed.data["refreshSession"]["userErrors"] == []
    assert refreshed.data["refreshSession"]["refreshToken"] is None
    assert browser.http.cookies[REFRESH_COOKIE] != before[REFRESH_COOKIE]
    assert browser.http.cookies[ACCESS] != before[ACCESS]
    ended = await browser.ask(SIGN_OUT, headers=OWN_PAGE)
    assert ended.data["signOut"]["userErrors"] == []
    assert dict(browser.http.cookies) == {}
    assert (await browser.ask(ME, headers=OWN_PAGE)).data == {"me": None}


async def test_a_cookie_that_proves_nothing_is_taken_back(browser: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    kept = dict(browser.http.cookies)
    await browser.ask(SIGN_OUT, headers=OWN_PAGE)
    for name, value in kept.items():
        browser.http.cookies.set(name, value, domain="gateway.test", path="/")
    refused = await browser.ask(ME, headers=OWN_PAGE)
    assert (refused.status, refused.codes()) == (401, {"SESSION_ENDED"})
    assert dict(browser.http.cookies) == {}


async def test_the_cookies_of_a_dead_session_are_taken_back(browser: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    used = browser.http.cookies[REFRESH_COOKIE]
    await browser.ask(REFRESH, {"input": {}}, headers=OWN_PAGE)
    for code in ("REFRESH_REUSED", "SESSION_ENDED"):
        browser.http.cookies.clear()
        browser.http.cookies.set(REFRESH_COOKIE, used, domain="gateway.test", path="/")
        refused = await browser.ask(REFRESH, {"input": {}}, headers=OWN_PAGE)
        assert refused.data["refreshSession"]["userErrors"] == [{"code": code}]
        assert dict(browser.http.cookies) == {}


async def test_a_dead_token_in_the_body_says_nothing_of_the_cookies(browser: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    kept = dict(browser.http.cookies)
    refused = await browser.ask(REFRESH, {"input": {"refreshToken": "dead"}}, headers=OWN_PAGE)
    assert refused.data["refreshSession"]["userErrors"] == [{"code": "SESSION_ENDED"}]
    assert dict(browser.http.cookies) == kept


async def test_an_expired_cookie_leaves_the_refresh_token(browser: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    browser.http.cookies.set(ACCESS, "garbage", domain="gateway.test", path="/")
    assert (await browser.ask(ME, headers=OWN_PAGE)).status == 401
    refreshed = await browser.ask(REFRESH, {"input": {}}, headers=OWN_PAGE)
    assert refreshed.data["refreshSession"]["userErrors"] == []
    assert (await browser.ask(ME, headers=OWN_PAGE)).data == {"me": {"email": EMAIL}}


FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another subdomain": {"Origin": "https://evil.gateway.test", "Sec-Fetch-Site": "same-site"},
    "a sandboxed page": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "an old browser on another site": {"Origin": "https://evil.example"},
    "the same host without TLS": {"Origin": "http://gateway.test"},
    "the same host on another port": {"Origin": "https://gateway.test:8443"},
    "nobody knows where": {},
}


@pytest.mark.parametrize("page", FOREIGN)
async def test_a_page_of_another_site_is_refused(browser: GraphQLClient, page: str) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    answer = await browser.ask(ME, headers={**COOKIE_MODE, **FOREIGN[page]})
    assert (answer.status, answer.codes()) == (403, {"CROSS_SITE_REQUEST"})


async def test_an_old_browser_on_an_own_page_is_believed(browser: GraphQLClient) -> None:
    own = {**COOKIE_MODE, "Origin": "https://gateway.test"}
    await sign_in(browser, EMAIL, headers=own)
    assert (await browser.ask(ME, headers=own)).data == {"me": {"email": EMAIL}}


async def test_a_bearer_token_outweighs_the_cookies(browser: GraphQLClient, client: GraphQLClient) -> None:
    await sign_in(browser, EMAIL, headers=OWN_PAGE)
    answer = await browser.ask(ME, token=client.tokens["manager"], headers=OWN_PAGE)
    assert answer.data == {"me": {"email": "manager@example.com"}}


def scope_of(scheme: str, method: str = "POST") -> dict[str, str]:
    """The part of an ASGI scope that matters."""
    return {"type": "http", "scheme": scheme, "method": method}


def test_pages_of_configured_origins_may_use_cookies() -> None:
    headers = {
        b"x-session-mode": "cookie",
        b"host": "api.example",
        b"origin": PAGE,
        b"sec-fetch-site": "same-site",
    }
    assert read_cookies(scope_of("https"), headers, origins={PAGE}) is not None
    with pytest.raises(CrossSiteRequest, match="GATEWAY_CORS_ORIGINS"):
        read_cookies(scope_of("https"), headers, origins={"https://other.example"})


@pytest.mark.parametrize(
    ("scheme", "host", "is_secure"),
    [
        ("http", "localhost:8000", False),
        ("http", "127.0.0.1:8000", False),
        ("http", "[::1]:8000", False),
        ("https", "localhost:8000", True),
        ("http", "shop.example", True),
        ("http", "[", True),
    ],
)
def test_only_on_this_machine_cookies_travel_without_tls(scheme: str, host: str, *, is_secure: bool) -> None:
    headers = {b"x-session-mode": "cookie", b"host": host, b"sec-fetch-site": "same-origin"}
    cookies = read_cookies(scope_of(scheme), headers, origins=())
    assert cookies is not None
    assert ("; Secure;" in cookies.set_access("token", seconds=1)) is is_secure
    assert cookies.names.access.startswith("__Host-") is is_secure


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "cookies", "is_secure"),
    [
        ("http", "localhost:8000", "https://shop.example", "", True),  # a proxy with TLS on this machine
        ("http", "localhost:8000", "https://localhost", "", True),
        ("http", "localhost:8000", "http://shop.example", "", True),
        ("http", "localhost:8000", "http://localhost:3000", "", False),
        ("http", "localhost:8000", "http://127.0.0.1:3000", f"{ACCESS}=a", False),
        ("https", "localhost:8000", "http://localhost:3000", "", True),
        ("http", "localhost:8000", None, f"{ACCESS}=a", True),  # what only reads has no Origin
        ("http", "localhost:8000", None, f"{REFRESH_COOKIE}=a", True),
        ("http", "localhost:8000", None, "gateway-access=a", False),
        ("http", "shop.example", None, "gateway-access=a", True),
    ],
)
def test_a_page_over_tls_gets_secure_cookies_whatever_a_proxy_calls_the_gateway(
    scheme: str, host: str, origin: str | None, cookies: str, *, is_secure: bool
) -> None:
    headers = {b"x-session-mode": "cookie", b"host": host, b"sec-fetch-site": "same-origin"}
    headers |= {} if origin is None else {b"origin": origin}
    read = read_cookies(scope_of(scheme), {**headers, b"cookie": cookies}, origins=())
    assert read is not None
    assert ("; Secure;" in read.set_access("token", seconds=1)) is is_secure
    assert read.names.access.startswith("__Host-") is is_secure


async def test_cors_lets_configured_pages_send_cookies(settings: Settings) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    for origins, allowed in (((PAGE,), "true"), (("*",), None)):
        app = create_app(replace(settings, cors_origins=origins))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="https://api.test"
        ) as http:
            preflight = await http.options(
                "/graphql", headers={**asked, "Access-Control-Request-Headers": "x-session-mode"}
            )
        assert preflight.status_code == 200
        assert preflight.headers.get("access-control-allow-credentials") == allowed
