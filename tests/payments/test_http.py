"""Webhooks and the sandbox's pages over HTTP, and saved methods and next actions over GraphQL."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from datasources.payments.commands.payments import authorize_payment, begin_payment, find_payment
from datasources.payments.providers.sandbox_answers import SIGNATURE_HEADER, sign_event
from gateway.app import create_app
from gateway.http.webhooks import MOST_BYTES
from gateway.payment_providers import open_providers
from gateway.payment_settings import NO_PAYMENTS, PaymentSettings
from resolvers.relay import global_id, split_global_id
from tests.client import GraphQLClient
from tests.payments.tills import new_payment
from tests.people import codes, new_person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from datasources.payments.charges import Charge
    from datasources.payments.providers.registry import Providers
    from gateway.settings import Settings
    from tests.people import Person

SECRET = "what the sandbox signs with"
NEXT_ACTION = "query ($id: ID!) { payment(id: $id) { status nextAction { type url clientSecret } } }"
METHODS = "{ me { paymentMethods { id displayName isDefault } } }"


@pytest.fixture(scope="module")
def shop_settings(settings: Settings) -> Settings:
    """The gateway's settings, with a sandbox whose secret is known."""
    payments = PaymentSettings(
        provider="sandbox", sandbox_webhook_secret=SECRET, public_url="https://shop.example"
    )
    return replace(settings, payments=payments)


@pytest.fixture(scope="module")
async def shop(shop_settings: Settings, client: GraphQLClient) -> AsyncIterator[GraphQLClient]:
    """A client of a gateway with this sandbox."""
    async for opened in serve(shop_settings, client):
        yield opened


@pytest.fixture(scope="module")
async def providers(shop_settings: Settings, connections: Connections) -> AsyncIterator[Providers]:
    """The same providers outside of the gateway, for what the checkout does."""
    async with open_providers(shop_settings, connections) as opened:
        yield opened


async def serve(settings: Settings, client: GraphQLClient) -> AsyncIterator[GraphQLClient]:
    """A gateway with these settings over the demo shop."""
    app = create_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway.test")
        yield GraphQLClient(http=await stack.enter_async_context(http), tokens=client.tokens)


async def authorized(
    connections: Connections, providers: Providers, token: str, user_id: UUID | None = None
) -> Charge:
    """A payment that a customer, or a guest, has begun."""
    asked = new_payment(token, user_id=user_id, email="guest@example.com")
    now = datetime.now(UTC)
    begun = await begin_payment(connections.payments, payment=asked, now=now)
    return await authorize_payment(connections.payments, providers, payment=begun, now=now)


async def status_of(connections: Connections, payment: Charge) -> str:
    """How a payment stands in our books."""
    return (await find_payment(connections.payments, payment_id=payment.id)).status


async def rows(connections: Connections, query: str, *arguments: Any) -> list[Any]:
    """The rows of a query to the payment database."""
    async with connections.payments.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query, *arguments)]


def page_of(payment: Charge) -> str:
    """The path of the sandbox's page."""
    assert payment.next_action is not None
    url = httpx.URL(payment.next_action["url"])
    assert url.host == "shop.example"
    return url.path


async def test_a_developer_clicks_through_the_banks_page(
    shop: GraphQLClient, connections: Connections, providers: Providers
) -> None:
    for decision, status in (("approve", "authorized"), ("decline", "failed")):
        waiting = await authorized(connections, providers, "tok_action_required")
        page = await shop.http.get(page_of(waiting))
        assert page.status_code == 200
        assert "19.99 USD" in page.text
        assert page.text.count("<button") == 2
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy + page.text
        assert "unsafe" not in policy
        answer = await shop.http.post(page_of(waiting), data={"decision": decision})
        assert (answer.status_code, answer.headers["Location"]) == (303, page_of(waiting))
        assert await status_of(connections, waiting) == status
        after = await shop.http.get(page_of(waiting))
        assert "<button" not in after.text
        # Another click changes nothing.
        await shop.http.post(page_of(waiting), data={"decision": "approve"})
        assert await status_of(connections, waiting) == status


async def test_the_banks_page_takes_nothing_else(
    shop: GraphQLClient, connections: Connections, providers: Providers
) -> None:
    waiting = await authorized(connections, providers, "tok_action_required")
    for body in (b"", b"decision=", b"decision=maybe", b"decision=approve&decision=decline", b"x" * 2_000):
        assert (await shop.http.post(page_of(waiting), content=body)).status_code == 400
    assert await status_of(connections, waiting) == "requires_action"
    for name in ("sandbox_nothing", "refund_nothing", "%00", "refund_%00", "%ff"):
        path = f"/sandbox/payments/{name}"
        assert (await shop.http.get(path)).status_code == 404
        assert (await shop.http.post(path, data={"decision": "approve"})).status_code == 404


async def test_a_delivery_settles_its_payment_once_whatever_comes_again(
    shop: GraphQLClient, connections: Connections, providers: Providers
) -> None:
    sandbox: Any = providers.get("sandbox")
    waiting = await authorized(connections, providers, "tok_action_required")
    delivery = await sandbox.complete_action(reference=waiting.reference, approve=True, now=datetime.now(UTC))
    answers = await asyncio.gather(
        *(
            shop.http.post("/webhooks/sandbox", content=delivery.body, headers=dict(delivery.headers))
            for _ in range(3)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 3
    assert await status_of(connections, waiting) == "authorized"
    events = "SELECT count(*) FROM payment_events WHERE payment_id = $1 AND event_type = 'authorized'"
    assert await rows(connections, events, waiting.id) == [(1,)]
    kept = "SELECT processed, attempts FROM payment_webhooks WHERE reference = $1"
    assert await rows(connections, kept, waiting.reference) == [(True, 1)]


async def test_late_deliveries_in_the_wrong_order_change_nothing_more(
    shop: GraphQLClient, connections: Connections, providers: Providers
) -> None:
    sandbox: Any = providers.get("sandbox")
    now = datetime.now(UTC)
    waiting = await authorized(connections, providers, "tok_action_required")
    await sandbox.complete_action(reference=waiting.reference, approve=True, now=now)
    for status in ("authorized", "requires_action", "failed"):
        told = sign_event(
            kind="payment",
            status=status,
            about=waiting.reference or "",
            reference=waiting.reference or "",
            payment_id=waiting.id,
            secret=SECRET,
            now=now,
        )
        answer = await shop.http.post("/webhooks/sandbox", content=told.body, headers=dict(told.headers))
        assert answer.status_code == 200
        assert await status_of(connections, waiting) == "authorized"


async def test_a_forged_delivery_is_refused_and_logged(
    shop: GraphQLClient,
    connections: Connections,
    providers: Providers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    waiting = await authorized(connections, providers, "tok_action_required")
    before = await rows(connections, "SELECT count(*) FROM payment_webhooks")
    told = sign_event(
        kind="payment",
        status="authorized",
        about="x",
        reference=waiting.reference or "",
        payment_id=waiting.id,
        secret="another secret",
        now=datetime.now(UTC),
    )
    old = datetime.now(UTC) - timedelta(hours=1)
    replayed = sign_event(
        kind="payment",
        status="authorized",
        about="x",
        reference=waiting.reference or "",
        payment_id=waiting.id,
        secret=SECRET,
        now=old,
    )
    with caplog.at_level(logging.WARNING, "gateway.webhooks"):
        for body, headers in (
            (told.body, dict(told.headers)),
            (replayed.body, dict(replayed.headers)),
            (told.body, {}),
            (b"\xff", {SIGNATURE_HEADER: "t=1,v1=2"}),
        ):
            answer = await shop.http.post("/webhooks/sandbox", content=body, headers=headers)
            assert answer.status_code == 400
    assert len(caplog.records) == 4
    assert await rows(connections, "SELECT count(*) FROM payment_webhooks") == before
    assert await status_of(connections, waiting) == "requires_action"


async def test_other_requests_are_refused(shop: GraphQLClient) -> None:
    http = shop.http
    assert (await http.post("/webhooks/paypal", content=b"{}")).status_code == 404
    assert (await http.post("/webhooks/stripe", content=b"{}")).status_code == 404  # it is not set up
    assert (await http.get("/webhooks/sandbox")).status_code == 405
    too_large = await http.post("/webhooks/sandbox", content=b"x" * (MOST_BYTES + 1))
    assert too_large.status_code == 413


async def test_without_a_provider_there_is_no_sandbox_and_the_shop_says_so(
    settings: Settings, client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    async for shop in serve(replace(settings, payments=NO_PAYMENTS), client):
        assert (await shop.http.get("/sandbox/payments/x")).status_code == 404
        assert (await shop.http.post("/webhooks/sandbox", content=b"{}")).status_code == 404
        payload = await replace(person, client=shop).do(
            "savePaymentMethod", {"token": "tok_visa", "kind": "CREDIT_CARD"}, "paymentMethod { id }"
        )
        assert codes(payload) == ["PAYMENTS_NOT_CONFIGURED"]


async def test_only_the_payer_sees_what_to_do_next(
    client: GraphQLClient, connections: Connections, providers: Providers
) -> None:
    payer, other = await new_person(client, connections), await new_person(client, connections)
    waiting = await authorized(
        connections, providers, "tok_action_required", UUID(split_global_id(payer.id)[1])
    )
    given = {"id": global_id("Payment", waiting.id)}
    for _ in range(2):  # by graphql-core, and compiled
        seen = (await payer.ask(NEXT_ACTION, given)).data["payment"]
        assert seen["status"] == "REQUIRES_ACTION"
        assert seen["nextAction"] == {
            "type": "redirect",
            "url": f"https://shop.example/sandbox/payments/{waiting.reference}",
            "clientSecret": None,
        }
        staff = (await client.ask(NEXT_ACTION, given, as_="admin")).data["payment"]
        assert staff == {"status": "REQUIRES_ACTION", "nextAction": None}
        assert (await other.ask(NEXT_ACTION, given)).data == {"payment": None}


async def test_a_customer_saves_chooses_and_removes_cards(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    first = await save(person, "tok_visa", displayName="Mine")
    second = await save(person, "tok_mastercard")
    assert first["paymentMethod"] == {
        "id": first["paymentMethod"]["id"],
        "displayName": "Mine",
        "isDefault": True,
    }
    assert second["paymentMethod"]["displayName"] == "Mastercard **** 4444"
    chosen = await person.do(
        "setDefaultPaymentMethod",
        {"paymentMethodId": second["paymentMethod"]["id"]},
        "paymentMethod { isDefault } user { paymentMethods { id isDefault } }",
    )
    assert chosen["paymentMethod"]["isDefault"]
    assert [it["isDefault"] for it in chosen["user"]["paymentMethods"]] == [True, False]
    removed = await person.do(
        "removePaymentMethod",
        {"paymentMethodId": second["paymentMethod"]["id"]},
        "removedPaymentMethodId user { paymentMethods { id isDefault } }",
    )
    assert removed["removedPaymentMethodId"] == second["paymentMethod"]["id"]
    assert removed["user"]["paymentMethods"] == [{"id": first["paymentMethod"]["id"], "isDefault": True}]


async def test_what_is_wrong_with_a_card_is_said(client: GraphQLClient, connections: Connections) -> None:
    person = await new_person(client, connections)
    refused = await save(person, "4111111111111111")
    assert refused["paymentMethod"] is None
    assert refused["userErrors"] == [
        {
            "__typename": "PaymentMethodRefusedError",
            "code": "PAYMENT_METHOD_REFUSED",
            "message": "The sandbox does not know this token.",
            "field": ["token"],
        }
    ]
    assert codes(await save(person, " ")) == ["REQUIRED"]
    assert codes(await save(person, "x" * 256)) == ["TOO_LONG"]
    assert (await person.ask(METHODS)).data["me"]["paymentMethods"] == []


async def test_another_users_card_is_as_one_that_is_not_there(
    client: GraphQLClient, connections: Connections
) -> None:
    owner, other = await new_person(client, connections), await new_person(client, connections)
    card = (await save(owner, "tok_visa"))["paymentMethod"]["id"]
    for mutation in ("removePaymentMethod", "setDefaultPaymentMethod"):
        stranger = await other.do(mutation, {"paymentMethodId": card})
        nobody = await other.do(mutation, {"paymentMethodId": global_id("PaymentMethod", uuid4())})
        assert stranger == nobody
        assert codes(stranger) == ["PAYMENT_METHOD_NOT_FOUND"]
    assert len((await owner.ask(METHODS)).data["me"]["paymentMethods"]) == 1


async def test_staff_list_refunds_by_status(client: GraphQLClient) -> None:
    query = """query ($status: [RefundStatus!]) { refunds(first: 100, where: {statusIn: $status}) {
        totalCount nodes { status lines { orderItemId quantity restock amount { amount currencyCode } } payment { id } }
    } }"""
    every = (await client.data(query, {"status": None}, as_="manager"))["refunds"]
    assert every["totalCount"] > len(every["nodes"]) == 100
    pending = (await client.data(query, {"status": ["PENDING"]}, as_="manager"))["refunds"]
    assert {it["status"] for it in pending["nodes"]} == {"PENDING"}
    assert 0 < pending["totalCount"] < every["totalCount"]
    lines = [line for it in every["nodes"] for line in it["lines"]]
    assert lines
    assert all(line["amount"]["currencyCode"] == "USD" for line in lines)


async def save(person: Person, token: str, **more: Any) -> Any:
    """Save a card."""
    given = {"token": token, "kind": "CREDIT_CARD", **more}
    return await person.do("savePaymentMethod", given, "paymentMethod { id displayName isDefault }")
