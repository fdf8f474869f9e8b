"""A database that is down costs only the fields it owns, and they are back when it is, without a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

from datasources.core.errors import ServiceUnavailable
from datasources.core.relays import MOST_ATTEMPTS
from datasources.products.commands.categories import create_category
from datasources.products.commands.products import create_product
from datasources.workflows.stock_items import start_counting
from datasources.workflows.stock_relay import relay_stock_events
from gateway.auth.accounts import RETRY_SECONDS
from gateway.embedded import Server
from tests.http.sessions import SIGN_OUT, session_of
from tests.inventory.shelves import CLERK, NOW, Shelves
from tests.outages.stopping import closed, stopped
from tests.schema.wide import WIDE
from tests.services.shops import scratch_shop

if TYPE_CHECKING:
    from gateway.embedded import EmbeddedServers
    from tests.client import Answer, GraphQLClient

DATABASES = {
    "users": "UserDb",
    "inventory": "InventoryDb",
    "orders": "OrderDb",
    "payments": "PaymentDb",
}


def assert_only_unavailable(answer: Answer, *services: str) -> None:
    """Every error is a clear one that names one of these services, and each of them is named."""
    assert answer.errors
    for error in answer.errors:
        assert error["extensions"] == {
            "code": "SERVICE_UNAVAILABLE",
            "service": error["extensions"]["service"],
        }
        assert error["message"] == (
            f"The {error['extensions']['service']} service is unavailable. Try again in a moment."
        )
        assert error["path"]
    assert {error["extensions"]["service"] for error in answer.errors} == set(services)


def orders_of(answer: Answer) -> list[Any]:
    """The orders of the wide query."""
    orders: list[Any] = answer.data["me"]["orders"]["nodes"]
    return orders


async def test_without_mongodb_orders_and_payments_are_still_answered(
    client: GraphQLClient, servers: EmbeddedServers
) -> None:
    whole = await client.ask(WIDE, {"first": 5}, as_="customer")
    assert whole.errors == []
    with stopped(servers, Server.MONGO):
        answer = await client.ask(WIDE, {"first": 5}, as_="customer")
    assert_only_unavailable(answer, "products")
    assert len(answer.errors) == sum(len(order["items"]) for order in orders_of(whole))
    for seen, expected in zip(orders_of(answer), orders_of(whole), strict=True):
        assert seen["payments"] == expected["payments"]
        assert {**seen, "items": None} == {**expected, "items": None}
        assert [{**item, "product": None} for item in expected["items"]] == seen["items"]
    again = await client.ask(WIDE, {"first": 5}, as_="customer")
    assert (again.data, again.errors) == (whole.data, [])


@pytest.mark.parametrize(
    ("service", "path"), [("inventory", "stock"), ("payments", "payments"), ("orders", "orders")]
)
async def test_without_one_sql_database_the_others_are_still_answered(
    client: GraphQLClient, servers: EmbeddedServers, service: str, path: str
) -> None:
    whole = await client.ask(WIDE, {"first": 5}, as_="customer")
    async with closed(servers, DATABASES[service]):
        answer = await client.ask(WIDE, {"first": 5}, as_="customer")
    assert_only_unavailable(answer, service)
    assert all(error["path"][-1] == path for error in answer.errors)
    if service == "orders":
        assert answer.data == {"me": {"orders": None}}
    else:
        assert [order["number"] for order in orders_of(answer)] == [
            order["number"] for order in orders_of(whole)
        ]
    again = await client.ask(WIDE, {"first": 5}, as_="customer")
    assert (again.data, again.errors) == (whole.data, [])


async def test_without_the_user_database_the_catalogue_is_still_answered(
    client: GraphQLClient, servers: EmbeddedServers
) -> None:
    query = "{ me { email } products(first: 2) { nodes { name reviews(first: 1) { nodes { rating authorName } } } } }"
    whole = await client.ask(query, as_="customer")
    async with closed(servers, DATABASES["users"]):
        answer = await client.ask(query, as_="customer")
    assert_only_unavailable(answer, "users")
    assert answer.data["me"] is None
    seen = [product["name"] for product in answer.data["products"]["nodes"]]
    assert seen == [product["name"] for product in whole.data["products"]["nodes"]]
    again = await client.ask(query, as_="customer")
    assert (again.data, again.errors) == (whole.data, [])


async def test_without_redis_the_customers_cart_is_null_and_the_rest_is_answered(
    client: GraphQLClient, servers: EmbeddedServers
) -> None:
    query = (
        "{ me { email cart { lines { quantity } } wishlist { name } orders(first: 1) { nodes { number } } } }"
    )
    whole = await client.ask(query, as_="customer")
    assert whole.data["me"]["cart"] is not None
    with stopped(servers, Server.REDIS):
        answer = await client.ask(query, as_="customer")
    assert_only_unavailable(answer, "carts")
    assert answer.data["me"] == {**whole.data["me"], "cart": None, "wishlist": None}
    again = await client.ask(query, as_="customer")
    assert (again.data, again.errors) == (whole.data, [])


async def test_a_cart_is_shown_while_the_catalogue_or_the_stock_is_down(
    client: GraphQLClient, servers: EmbeddedServers
) -> None:
    query = (
        "{ cart { lines { sku name quantity unitPrice { amount } } total { amount } problems { message } } }"
    )
    whole = await client.ask(query, as_="customer")
    assert whole.data["cart"]["problems"]
    with stopped(servers, Server.MONGO):
        without_catalogue = await client.ask(query, as_="customer")
    async with closed(servers, DATABASES["inventory"]):
        without_stock = await client.ask(query, as_="customer")
    for answer in (without_catalogue, without_stock):
        assert answer.errors == []
        assert [line["sku"] for line in answer.data["cart"]["lines"]] == [
            line["sku"] for line in whole.data["cart"]["lines"]
        ]
    again = await client.ask(query, as_="customer")
    assert (again.data, again.errors) == (whole.data, [])


async def test_health_says_which_service_is_down(client: GraphQLClient, servers: EmbeddedServers) -> None:
    async with closed(servers, DATABASES["payments"]):
        response = await client.http.get("/health/ready")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "degraded"
    assert [name for name, state in body["services"].items() if state != "ok"] == ["payments"]
    after = (await client.http.get("/health/ready")).json()
    assert after["status"] == "ok"
    assert (await client.http.get("/health/live")).json() == {"status": "ok"}


async def test_without_the_user_database_sessions_go_on_reading_and_change_nothing(
    client: GraphQLClient, servers: EmbeddedServers
) -> None:
    token = (await session_of(client, "customer@example.com"))["accessToken"]
    async with closed(servers, "UserDb"):
        read = await client.ask("{ products(first: 1) { nodes { name } } me { email } }", token=token)
        assert len(read.data["products"]["nodes"]) == 1
        assert read.data["me"] is None
        assert_only_unavailable(read, "users")
        refused = await client.ask(SIGN_OUT, token=token)
        assert refused.data is None
        assert [error["extensions"] for error in refused.errors] == [
            {"code": "SERVICE_UNAVAILABLE", "service": "users"}
        ]
    await asyncio.sleep(RETRY_SECONDS)
    assert (await client.ask("{ me { email } }", token=token)).data == {
        "me": {"email": "customer@example.com"}
    }
    assert (await client.ask(SIGN_OUT, token=token)).errors == []


async def test_without_mongodb_stock_moves_and_its_events_wait(servers: EmbeddedServers) -> None:
    async with scratch_shop(servers.urls) as shop:
        shelves = await Shelves.open(shop.inventory)
        category = await create_category(shop.products, given={"name": "Mugs"}, actor_id=CLERK, now=NOW)
        given = {"sku": "MUG", "name": "Mug", "category_id": category.id, "price": "9.00"}
        product = await create_product(shop.products, given=given, actor_id=CLERK, now=NOW)
        moved = await start_counting(
            shop, variant_id=product.variants[0].id, rules={}, actor_id=CLERK, now=NOW
        )
        await relay_stock_events(shop, now=NOW)
        waiting = "SELECT attempts, last_error FROM domain_events WHERE NOT processed"
        with stopped(servers, Server.MONGO):
            await shelves.restock(moved.items[0], 20)
            with pytest.raises(ServiceUnavailable, match="products"):
                await relay_stock_events(shop, now=NOW)
            (event,) = await shelves.rows(waiting)
            assert event["attempts"] == 1
            assert event["last_error"].startswith("ServiceUnavailable: The products service")
            # However long it lasts, it sets nothing aside.
            async with shop.inventory.connection() as sql:
                await sql.execute(
                    "UPDATE domain_events SET attempts = $1 WHERE NOT processed", MOST_ATTEMPTS - 1
                )
            with pytest.raises(ServiceUnavailable, match="products"):
                await relay_stock_events(shop, now=NOW)
        assert await relay_stock_events(shop, now=NOW) == 1
        assert await shelves.rows(waiting) == []
        shown = await shop.products.find("products", {"sku": "MUG"})
        assert shown[0]["stock"] == 20
        async with closed(servers, make_url(shop.inventory.url).database or ""):
            with pytest.raises(ServiceUnavailable, match="inventory"):
                await relay_stock_events(shop, now=NOW)
        assert await relay_stock_events(shop, now=NOW) == 0
