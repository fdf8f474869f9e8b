"""Carts as shoppers meet them: over HTTP, in the demo shop."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.tokens import hash_of
from gateway.embedded import Server
from resolvers.relay import global_id
from tests.carts.shopping import CART, Shopper, Ware, quantities
from tests.outages.stopping import closed, stopped
from tests.people import codes, operation

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers
    from tests.client import GraphQLClient
    from tests.people import Person


CONFLICT = f"{CART} userErrors {{ ... on VersionConflictError {{ code field currentVersion }} }}"


async def test_the_whole_life_of_a_guests_cart(guest: Shopper, goods: list[Ware]) -> None:
    mug, lamp = goods[:2]
    begun = await guest.add(mug, 2)
    assert (codes(begun), begun["cart"]["version"], begun["cart"]["owner"]) == ([], 1, None)
    token = begun["cartToken"]
    assert len(token) == 43
    [line] = begun["cart"]["lines"]
    assert (line["variantId"], line["sku"], line["name"]) == (mug.id, mug.sku, mug.product_name)
    assert line["imageUrl"]
    assert Decimal(line["unitPrice"]["amount"]) == mug.price
    by_sku = await guest.do(
        "addToCart", f"{CART} cartToken", lines=[{"sku": lamp.sku}, {"sku": mug.sku, "quantity": 3}]
    )
    assert by_sku["cartToken"] is None  # it is told once
    assert quantities(by_sku["cart"]) == {mug.sku: 5, lamp.sku: 1}
    assert Decimal(by_sku["cart"]["subtotal"]["amount"]) == 5 * mug.price + lamp.price
    assert await guest.cart() == by_sku["cart"]
    updated = await guest.do("updateCartLines", lines=[{"variantId": mug.id, "quantity": 1}])
    assert quantities(updated["cart"]) == {mug.sku: 1, lamp.sku: 1}
    removed = await guest.do("removeFromCart", variantIds=[mug.id])
    assert quantities(removed["cart"]) == {lamp.sku: 1}
    cleared = await guest.do("clearCart")
    assert (cleared["cart"]["lines"], cleared["cart"]["version"]) == ([], 5)
    assert cleared["cart"]["id"] == begun["cart"]["id"]


async def test_a_token_in_the_header_is_as_good(client: GraphQLClient, goods: list[Ware]) -> None:
    guest = Shopper(client=client)
    await guest.add(goods[0])
    by_header = Shopper(client=client, headers={"X-Cart-Token": guest.cart_token or ""})
    again = await by_header.add(goods[0])
    assert (again["cartToken"], quantities(again["cart"])) == (None, {goods[0].sku: 2})
    other = Shopper(client=client)
    await other.add(goods[1])
    by_header.cart_token = other.cart_token  # what is in the input goes before
    assert quantities((await by_header.add(goods[1]))["cart"]) == {goods[1].sku: 2}


async def test_a_token_that_nobody_was_given_opens_and_begins_nothing(
    client: GraphQLClient, connections: Connections, guest: Shopper, goods: list[Ware]
) -> None:
    await guest.add(goods[0])
    own = guest.cart_token or ""
    for wrong in ("mine, please", hash_of(own), own[:-1], own + "x"):
        stranger = Shopper(client=client, cart_token=wrong)
        for mutation, given in (
            ("updateCartLines", {"lines": [{"variantId": goods[0].id, "quantity": 9}]}),
            ("removeFromCart", {"variantIds": [goods[0].id]}),
            ("clearCart", {}),
            ("applyCoupon", {"code": "WELCOME10"}),
            ("removeCoupon", {"code": "WELCOME10"}),
        ):
            payload = await stranger.do(mutation, **given)
            assert payload["cart"] is None
            assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [
                ("CART_NOT_FOUND", ["cartToken"])
            ]
        begun = await stranger.add(goods[1])
        assert begun["cartToken"] not in {None, wrong, own}
        assert quantities(begun["cart"]) == {goods[1].sku: 1}
        assert not await connections.carts.client.exists(f"cart:session:{hash_of(wrong)}")
    assert quantities(await guest.cart()) == {goods[0].sku: 1}
    nobody = await Shopper(client=client).do("clearCart")
    assert codes(nobody) == ["CART_NOT_FOUND"]


async def test_a_customer_acts_on_their_own_cart_whatever_token_they_bring(
    guest: Shopper, customer: Shopper, person: Person, goods: list[Ware]
) -> None:
    await guest.add(goods[0])
    customer.cart_token = guest.cart_token
    customer.headers = {"X-Cart-Token": guest.cart_token or ""}
    added = await customer.add(goods[1], 2)
    assert (added["cartToken"], quantities(added["cart"])) == (None, {goods[1].sku: 2})
    assert added["cart"]["owner"] == {"email": person.email}
    assert codes(await customer.do("clearCart")) == []
    assert quantities(await guest.cart()) == {goods[0].sku: 1}


async def test_of_two_tabs_the_second_is_told(customer: Shopper, goods: list[Ware]) -> None:
    version = (await customer.add(goods[0]))["cart"]["version"]
    lines = [{"variantId": goods[0].id, "quantity": 2}]
    ended = await asyncio.gather(
        *(customer.do("updateCartLines", CONFLICT, lines=lines, expectedVersion=version) for _ in range(2))
    )
    assert sorted(len(each["userErrors"]) for each in ended) == [0, 1]
    [told] = [error for each in ended for error in each["userErrors"]]
    assert (told["code"], told["field"], told["currentVersion"]) == (
        "VERSION_CONFLICT", ["expectedVersion"], version + 1,
    )  # fmt: skip
    assert quantities(await customer.cart()) == {goods[0].sku: 2}


async def test_fifty_clicks_at_once_all_count(customer: Shopper, goods: list[Ware]) -> None:
    payloads = await asyncio.gather(*(customer.add(goods[0]) for _ in range(50)))
    assert all(codes(payload) == [] for payload in payloads)
    assert quantities(await customer.cart()) == {goods[0].sku: 50}


@pytest.mark.parametrize(
    ("lines", "code", "at"),
    [
        ([], "REQUIRED", ["lines"]),
        ([{"sku": "x"}] * 101, "TOO_LONG", ["lines"]),
        ([{}], "INVALID", ["lines", "0"]),
        ([{"sku": "x", "variantId": global_id("ProductVariant", UUID(int=1))}], "INVALID", ["lines", "0"]),
        ([{"sku": "x", "quantity": 0}], "INVALID", ["lines", "0", "quantity"]),
        ([{"sku": "x"}, {"sku": "y", "quantity": 101}], "INVALID", ["lines", "1", "quantity"]),
        ([{"sku": " "}], "REQUIRED", ["lines", "0", "sku"]),
        ([{"sku": "a\u0000"}], "INVALID_CHARACTERS", ["lines", "0", "sku"]),
        ([{"sku": "no such thing"}], "CART_VARIANT_NOT_FOUND", ["lines"]),
        ([{"variantId": global_id("ProductVariant", UUID(int=1))}], "CART_VARIANT_NOT_FOUND", ["lines"]),
    ],
)
async def test_what_cannot_be_added_is_told(
    guest: Shopper, lines: list[Any], code: str, at: list[str]
) -> None:
    payload = await guest.do("addToCart", f"{CART} cartToken", lines=lines)
    assert (payload["cart"], payload["cartToken"]) == (None, None)
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [(code, at)]


async def test_which_line_is_at_fault_is_told_and_nothing_is_added(
    client: GraphQLClient, guest: Shopper, goods: list[Ware]
) -> None:
    query = "{ products(first: 100, where: {statusIn: [DRAFT]}) { nodes { variants { id sku } } } }"
    drafts = (await client.data(query, as_="manager"))["products"]["nodes"]
    draft = next(product["variants"][0] for product in drafts if product["variants"])
    await guest.add(goods[0])
    select = "userErrors { ... on VariantNotSoldError { line sku } ... on CartVariantNotFoundError { missing: line } }"
    for line, told in (
        ({"variantId": draft["id"]}, {"line": 1, "sku": draft["sku"]}),
        ({"sku": "no such thing"}, {"missing": 1}),
    ):
        payload = await guest.do("addToCart", select, lines=[{"variantId": goods[1].id}, line])
        [error] = payload["userErrors"]
        assert error.items() >= told.items()
    assert quantities(await guest.cart()) == {goods[0].sku: 1}


async def test_limits_are_told(guest: Shopper, goods: list[Ware]) -> None:
    await guest.add(goods[0], 100)
    select = "userErrors { ... on TooManyOfOneError { most sku } }"
    payload = await guest.do("addToCart", select, lines=[{"sku": goods[0].sku}])
    assert payload["userErrors"] == [
        {
            "__typename": "TooManyOfOneError", "code": "TOO_MANY_OF_ONE", "field": ["lines"],
            "message": f"A cart can hold at most 100 of {goods[0].sku}.", "most": 100, "sku": goods[0].sku,
        }
    ]  # fmt: skip
    below = ["lines", "0", "quantity"]
    for mutation, given, code, at in (
        ("updateCartLines", {"lines": []}, "REQUIRED", ["lines"]),
        ("updateCartLines", {"lines": [{"variantId": goods[0].id, "quantity": -1}]}, "INVALID", below),
        ("updateCartLines", {"lines": [{"variantId": goods[0].id, "quantity": 1}] * 2}, "INVALID", ["lines"]),
        ("updateCartLines", {"lines": [{"variantId": goods[1].id, "quantity": 1}]}, "CART_LINE_NOT_FOUND", ["lines"]),
        ("removeFromCart", {"variantIds": []}, "REQUIRED", ["variantIds"]),
        ("applyCoupon", {"code": " "}, "REQUIRED", ["code"]),
        ("removeCoupon", {"code": "x" * 51}, "TOO_LONG", ["code"]),
    ):  # fmt: skip
        payload = await guest.do(mutation, **given)
        assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [(code, at)], mutation
    assert quantities(await guest.cart()) == {goods[0].sku: 100}


async def test_more_than_is_in_stock_may_be_added_and_is_a_problem(guest: Shopper, goods: list[Ware]) -> None:
    ware = min(goods, key=lambda it: it.available)
    payload = await guest.add(ware, min(ware.available + 1, 100))
    assert codes(payload) == []
    assert payload["cart"]["problems"] == [{"__typename": "OutOfStock", "sku": ware.sku}]


async def test_carts_without_cart_db_without_redis_and_without_the_catalogue(
    client: GraphQLClient, servers: EmbeddedServers, customer: Shopper, guest: Shopper, goods: list[Ware]
) -> None:
    await customer.add(goods[0])
    async with closed(servers, "CartDb"):
        assert quantities((await customer.add(goods[0]))["cart"]) == {goods[0].sku: 2}
    query, variables = operation("addToCart", {"lines": [{"variantId": goods[0].id}]}, "cart { version }")
    with stopped(servers, Server.REDIS):
        answer = await client.ask(query, variables)
    assert [error["extensions"] for error in answer.errors] == [
        {"code": "SERVICE_UNAVAILABLE", "service": "carts"}
    ]
    with stopped(servers, Server.MONGO):
        answer = await client.ask(query, variables)
        assert [error["extensions"]["service"] for error in answer.errors] == ["products"]
        lines = [{"variantId": goods[0].id, "quantity": 5}]
        changed = await customer.do("updateCartLines", "cart { lines { sku quantity } }", lines=lines)
    assert quantities(changed["cart"]) == {goods[0].sku: 5}


async def test_a_cart_page_costs_the_same_for_one_line_and_for_many(
    customer: Shopper, goods: list[Ware]
) -> None:
    fields = """cart {
      version subtotal { amount } discount { amount } total { amount } couponCodes couponProblems { code reason }
      lines { variantId sku name quantity unitPrice { amount } product { slug } variant { sku stock { available } } }
      problems { message line { sku } }
    }"""
    costs, adding = [], []
    for some in (goods[:1], goods):
        lines = [{"variantId": ware.id} for ware in some]
        await customer.do("addToCart", "cart { version }", lines=lines)
        adding.append(customer.calls)
        await customer.do("applyCoupon", "cart { version }", code="WELCOME10")
        await customer.cart(fields)
        costs.append(customer.calls)
    assert len((await customer.cart())["lines"]) == len(goods)
    # At most one call for each question: the session, the cart, its variants and products, their stock, the coupons.
    assert costs[0] == costs[1] == {"users": 1, "carts": 1, "products": 2, "inventory": 1, "orders": 1}
    # The first one begins the cart, for which CartDb is asked whether it has one.
    assert adding == [
        {"users": 1, "carts": 6, "products": 1},
        {"users": 1, "carts": 5, "products": 1},
    ]


async def test_an_unknown_variant_is_no_other_things_id(guest: Shopper, client: GraphQLClient) -> None:
    wrong = global_id("Product", uuid4())
    answer = await client.ask(*operation("removeFromCart", {"variantIds": [wrong], "cartToken": "x"}))
    assert answer.codes() == {"INVALID_ID"}
