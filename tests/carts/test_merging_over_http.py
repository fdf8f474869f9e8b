"""A guest's cart becomes a customer's over HTTP: at sign-in, or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.carts.shopping import Shopper, Ware, quantities
from tests.outages.stopping import closed
from tests.people import PASSWORD, codes, do, operation

if TYPE_CHECKING:
    from gateway.embedded import EmbeddedServers
    from tests.client import GraphQLClient
    from tests.people import Person


@pytest.mark.parametrize("by_header", [False, True])
async def test_signing_in_brings_the_guests_cart_along(
    client: GraphQLClient,
    guest: Shopper,
    customer: Shopper,
    person: Person,
    goods: list[Ware],
    by_header: bool,
) -> None:
    await customer.add(goods[0])
    await guest.add(goods[0], 2)
    await guest.add(goods[1])
    given: dict[str, Any] = {"email": person.email, "password": PASSWORD}
    headers = {"X-Cart-Token": guest.cart_token or ""} if by_header else {}
    if not by_header:
        given["cartToken"] = guest.cart_token
    for _ in range(2):
        signed_in = await do(
            client, "signIn", given, "user { cart { version } } accessToken", headers=headers
        )
        assert codes(signed_in) == []
        assert signed_in["user"]["cart"] == {"version": 2}
    assert quantities(await customer.cart()) == {goods[0].sku: 3, goods[1].sku: 1}
    assert await guest.cart() is None


async def test_a_failed_sign_in_leaves_the_guests_cart(
    client: GraphQLClient, guest: Shopper, person: Person, goods: list[Ware]
) -> None:
    await guest.add(goods[0])
    given = {"email": person.email, "password": "not the right one", "cartToken": guest.cart_token}
    assert codes(await do(client, "signIn", given)) == ["INVALID_CREDENTIALS"]
    assert quantities(await guest.cart()) == {goods[0].sku: 1}


async def test_a_cart_can_be_merged_later(
    client: GraphQLClient, guest: Shopper, customer: Shopper, goods: list[Ware]
) -> None:
    await guest.add(goods[0], 2)
    for _ in range(2):
        merged = await customer.do("mergeCart", cartToken=guest.cart_token)
        assert (codes(merged), quantities(merged["cart"])) == ([], {goods[0].sku: 2})
    refused = await client.ask(*operation("mergeCart", {"cartToken": guest.cart_token}))
    assert refused.codes() == {"UNAUTHENTICATED"}
    assert codes(await Shopper(client=client, access_token=customer.access_token).do("mergeCart")) == [
        "CART_NOT_FOUND"
    ]


async def test_merging_nothing_into_nothing_is_told(customer: Shopper) -> None:
    payload = await customer.do("mergeCart", cartToken="nobody's")
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [("CART_NOT_FOUND", ["cartToken"])]


async def test_signing_in_succeeds_where_the_carts_cannot_be_merged(
    client: GraphQLClient, servers: EmbeddedServers, guest: Shopper, customer: Shopper, person: Person,
    goods: list[Ware], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    await guest.add(goods[0], 2)
    given = {"email": person.email, "password": PASSWORD, "cartToken": guest.cart_token}
    async with closed(servers, "CartDb"):  # which alone may have the customer's cart
        signed_in = await do(client, "signIn", given, "accessToken")
    assert signed_in["accessToken"]
    assert "cart was not merged" in caplog.text
    assert str(guest.cart_token) not in caplog.text
    assert quantities(await guest.cart()) == {goods[0].sku: 2}
    merged = await customer.do("mergeCart", cartToken=guest.cart_token)
    assert quantities(merged["cart"]) == {goods[0].sku: 2}
