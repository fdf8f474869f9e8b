"""A buyer's way over HTTP: from an empty cart to a parcel, and back again; every amount to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.journeys.stalls import coupon, put_on_sale, staff, stock
from tests.people import codes, do, new_person, operation

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient
    from tests.journeys.stalls import Goods

NEW_YORK = {
    "recipientName": "Ada Pine",
    "streetAddress": "1 Elm Street",
    "city": "New York",
    "stateProvince": "NY",
    "postalCode": "10001",
    "country": "US",
}
MONEY = "{ amount currencyCode }"
CHECKOUT = """
checkout {
  email shippingAddress { city } shippingMethod { code cost { amount } } shippingOptions { code } missing notes
  subtotal { amount } discount { amount } tax { amount } shippingCost { amount } total { amount }
}
"""
ORDER = """
id number status paymentStatus email customer { email } couponCode shippingMethod
subtotal { amount } discount { amount } tax { amount } shippingCost { amount } total { amount }
refundedAmount { amount }
discounts { code amount { amount } }
items { id sku quantity unitPrice { amount } discount { amount } total { amount } refundedQuantity returnedQuantity }
history { oldStatus newStatus } shippingAddress { city }
payments {
  status amount { amount } capturedAmount { amount } refunds { status amount { amount } } transactions { type status }
}
"""
OUTCOME = f"""
outcome {{
  __typename
  ... on OrderPlaced {{ orderToken order {{ {ORDER} }} }}
  ... on PaymentActionRequired {{
    orderToken order {{ id number status }} payment {{ status nextAction {{ type url }} }}
  }}
  ... on CheckoutProcessing {{ retryAfter }}
}}
"""
BY_TOKEN = (
    f"query ($number: String!, $token: String) {{ order(number: $number, token: $token) {{ {ORDER} }} }}"
)


def amounts(found: dict[str, Any], *names: str) -> tuple[str, ...]:
    """The amounts of these fields."""
    return tuple(found[name]["amount"] for name in names)


async def test_a_guest_buys_and_sends_a_part_back(client: GraphQLClient) -> None:
    mugs, lamp = await put_on_sale(client, price="12.99"), await put_on_sale(client, price="30.50")
    code = await coupon(client)
    filled = await do(
        client,
        "addToCart",
        {"lines": [{"variantId": mugs.variant_id, "quantity": 3}, {"sku": lamp.sku}]},
        f"cartToken cart {{ version subtotal {MONEY} {CHECKOUT} }}",
    )
    token = filled["cartToken"]
    assert filled["cart"]["subtotal"] == {"amount": "69.47", "currencyCode": "USD"}
    assert filled["cart"]["checkout"]["missing"] == ["EMAIL", "SHIPPING_ADDRESS"]
    applied = await do(
        client, "applyCoupon", {"code": code.lower(), "cartToken": token}, "cart { discount { amount } }"
    )
    assert applied["cart"]["discount"]["amount"] == "6.95"

    said = {"email": "guest@example.org", "shippingAddress": NEW_YORK, "notes": "Ring twice."}
    prepared = await do(
        client, "prepareCheckout", {"cartToken": token, "details": said}, f"cart {{ {CHECKOUT} }}"
    )
    shown = prepared["cart"]["checkout"]
    # 69.47 less 10 %, 4 % tax on 62.52, and nothing for shipping from 50.00 on.
    assert amounts(shown, "subtotal", "discount", "tax", "shippingCost", "total") == (
        "69.47", "6.95", "2.50", "0.00", "65.02",
    )  # fmt: skip
    assert (shown["missing"], shown["shippingMethod"]["code"]) == ([], "standard")

    wanted = {
        "cartToken": token,
        "payment": {"token": "tok_approved"},
        "expectedTotal": "65.02",
        "idempotencyKey": uuid4().hex,
    }
    payload = await do(client, "completeCheckout", wanted, OUTCOME)
    assert codes(payload) == []
    placed = payload["outcome"]
    assert placed["__typename"] == "OrderPlaced"
    order = placed["order"]
    assert (order["status"], order["paymentStatus"], order["customer"]) == ("PAID", "PAID", None)
    assert amounts(order, "subtotal", "discount", "tax", "shippingCost", "total") == (
        "69.47", "6.95", "2.50", "0.00", "65.02",
    )  # fmt: skip
    assert order["discounts"] == [{"code": code, "amount": {"amount": "6.95"}}]
    assert [amounts(item, "unitPrice", "discount", "total") for item in order["items"]] == [
        ("12.99", "3.90", "35.07"),
        ("30.50", "3.05", "27.45"),
    ]
    assert [(it["status"], *amounts(it, "amount", "capturedAmount")) for it in order["payments"]] == [
        ("SUCCEEDED", "65.02", "65.02")
    ]
    assert (await stock(client, mugs), await stock(client, lamp)) == ((7, 3), (9, 1))
    # Sent again it is the same order, and the cart is empty.
    assert await do(client, "completeCheckout", wanted, OUTCOME) == payload
    empty = await client.data(
        "query ($token: String) { cart(token: $token) { lines { sku } couponCodes } }", {"token": token}
    )
    assert empty["cart"] == {"lines": [], "couponCodes": []}

    await see_and_send_back(client, placed, mugs)


async def see_and_send_back(client: GraphQLClient, placed: dict[str, Any], mugs: Goods) -> None:
    """The guest sees the order, gets it, sends one mug back, and is paid back the rest by staff."""
    order = placed["order"]
    # The guest sees it with its token, and nobody without.
    mine = {"number": order["number"], "token": placed["orderToken"]}
    assert (await client.data(BY_TOKEN, mine))["order"] == order
    assert (await client.data(BY_TOKEN, {**mine, "token": "another"}))["order"] is None

    shipped = await staff(
        client,
        "shipOrder",
        {"orderId": order["id"], "carrier": "UPS", "trackingNumber": "1Z999"},
        "order { status }",
    )
    assert shipped["order"]["status"] == "SHIPPED"
    to_return = {
        "orderId": order["id"],
        "orderToken": placed["orderToken"],
        "lines": [{"itemId": order["items"][0]["id"], "quantity": 1}],
        "reason": "It leaks.",
        "idempotencyKey": uuid4().hex,
    }
    assert codes(await do(client, "requestReturn", to_return)) == ["ORDER_NOT_REFUNDABLE"], (
        "it has not arrived"
    )
    await staff(client, "markOrderDelivered", {"orderId": order["id"]})
    select = "refund { id status amount { amount } } order { status refundedAmount { amount } }"
    assert codes(await do(client, "requestReturn", {**to_return, "orderToken": "another"})) == [
        "ORDER_NOT_FOUND"
    ]
    asked = await do(client, "requestReturn", to_return, select)
    # A mug is 11.69 after its discount, and 0.47 of the tax.
    assert (asked["refund"]["status"], asked["refund"]["amount"]["amount"]) == ("PENDING", "12.16")
    assert await do(client, "requestReturn", to_return, select) == asked
    agreed = await staff(client, "approveReturn", {"refundId": asked["refund"]["id"]}, select)
    assert agreed["refund"]["status"] == "COMPLETED"
    assert (agreed["order"]["status"], agreed["order"]["refundedAmount"]["amount"]) == ("DELIVERED", "12.16")
    assert await stock(client, mugs) == (8, 0)

    rest = await staff(
        client,
        "refundOrder",
        {"orderId": order["id"], "everything": True, "idempotencyKey": uuid4().hex},
        select,
    )
    assert rest["refund"]["amount"]["amount"] == "52.86"
    assert rest["order"] == {"status": "REFUNDED", "refundedAmount": {"amount": "65.02"}}
    seen = (await client.data(BY_TOKEN, mine))["order"]
    assert [it["refundedQuantity"] for it in seen["items"]] == [3, 1]
    assert [it["returnedQuantity"] for it in seen["items"]] == [1, 0]
    assert sorted(amounts(it, "amount")[0] for it in seen["payments"][0]["refunds"]) == ["12.16", "52.86"]


async def test_a_customer_with_saved_data_buys_with_one_mutation_and_cancels(
    client: GraphQLClient, connections: Connections
) -> None:
    person, chair = await new_person(client, connections), await put_on_sale(client, price="20.00", units=2)
    home = {"type": "SHIPPING", **NEW_YORK}
    assert codes(await person.do("addAddress", home)) == []
    card = {"token": "tok_mastercard", "kind": "CREDIT_CARD"}
    saved = await person.do("savePaymentMethod", card, "paymentMethod { cardBrand isDefault }")
    assert saved["paymentMethod"] == {"cardBrand": "Mastercard", "isDefault": True}
    added = await person.do("addToCart", {"lines": [{"sku": chair.sku}]}, f"cart {{ {CHECKOUT} }}")
    shown = added["cart"]["checkout"]
    assert (shown["email"], shown["missing"], shown["shippingAddress"]) == (
        person.email,
        [],
        {"city": "New York"},
    )
    assert amounts(shown, "tax", "shippingCost", "total") == ("0.80", "5.99", "26.79")

    wanted = {"expectedTotal": "26.79", "idempotencyKey": uuid4().hex}
    placed = (await person.do("completeCheckout", wanted, OUTCOME))["outcome"]
    assert (placed["__typename"], placed["orderToken"]) == ("OrderPlaced", None)
    order = placed["order"]
    assert order["customer"]["email"] == order["email"] == person.email
    query = f"{{ me {{ orders {{ nodes {{ {ORDER} }} }} cart {{ lines {{ sku }} }} }} }}"
    me = (await person.ask(query)).data["me"]
    assert me == {"orders": {"nodes": [order]}, "cart": {"lines": []}}

    stranger = await new_person(client, connections)
    assert codes(await stranger.do("cancelOrder", {"orderId": order["id"]})) == ["ORDER_NOT_FOUND"]
    cancelled = await person.do("cancelOrder", {"orderId": order["id"]}, f"order {{ {ORDER} }}")
    assert codes(cancelled) == []
    after = cancelled["order"]
    assert (after["status"], after["paymentStatus"], *amounts(after, "refundedAmount")) == (
        "CANCELLED", "REFUNDED", "26.79",
    )  # fmt: skip
    assert await stock(client, chair) == (2, 0)
    again = await person.do("cancelOrder", {"orderId": order["id"]}, f"order {{ {ORDER} }}")
    assert again == cancelled
    # A packed order is its customer's no more to cancel.
    await person.do("addToCart", {"lines": [{"sku": chair.sku}]})
    wanted = {"expectedTotal": "26.79", "idempotencyKey": uuid4().hex}
    second = (await person.do("completeCheckout", wanted, OUTCOME))["outcome"]["order"]
    await staff(client, "startOrderProcessing", {"orderId": second["id"]})
    assert codes(await person.do("cancelOrder", {"orderId": second["id"]})) == ["ORDER_NOT_CANCELLABLE"]
    by_staff = await staff(
        client, "cancelOrder", {"orderId": second["id"], "reason": "Damaged."}, "order { status }"
    )
    assert by_staff["order"]["status"] == "CANCELLED"
    assert await stock(client, chair) == (2, 0)


async def test_a_payment_that_asks_for_action_waits_for_the_customer(client: GraphQLClient) -> None:
    ring = await put_on_sale(client, price="99.00", units=1)
    token = (await do(client, "addToCart", {"lines": [{"sku": ring.sku}]}, "cartToken"))["cartToken"]
    wanted = {
        "cartToken": token,
        "details": {"email": "guest@example.org", "shippingAddress": NEW_YORK, "shippingMethod": "express"},
        "payment": {"token": "tok_action_required"},
        "expectedTotal": "117.95",
        "idempotencyKey": uuid4().hex,
    }
    waiting = (await do(client, "completeCheckout", wanted, OUTCOME))["outcome"]
    assert waiting["__typename"] == "PaymentActionRequired"
    assert (waiting["order"]["status"], waiting["payment"]["status"]) == ("PENDING", "REQUIRES_ACTION")
    assert await stock(client, ring) == (0, 0), "the ring is held, and not sold yet"
    assert (await do(client, "completeCheckout", wanted, OUTCOME))["outcome"] == waiting
    page = waiting["payment"]["nextAction"]["url"]
    path = "/" + page.split("/", 3)[3]
    assert (await client.http.get(path)).status_code == 200
    approved = await client.http.post(path, data={"decision": "approve"})
    assert approved.status_code < 400, approved.text
    placed = (await do(client, "completeCheckout", wanted, OUTCOME))["outcome"]
    assert (placed["__typename"], placed["order"]["status"]) == ("OrderPlaced", "PAID")
    assert placed["orderToken"] == waiting["orderToken"]
    assert await stock(client, ring) == (0, 1)


async def test_a_customer_who_does_not_want_to_go_on_with_a_payment_cancels_it(client: GraphQLClient) -> None:
    ring = await put_on_sale(client, price="99.00", units=1)
    token = (await do(client, "addToCart", {"lines": [{"sku": ring.sku}]}, "cartToken"))["cartToken"]
    wanted = {
        "cartToken": token,
        "details": {"email": "guest@example.org", "shippingAddress": NEW_YORK, "shippingMethod": "express"},
        "payment": {"token": "tok_action_required"},
        "expectedTotal": "117.95",
        "idempotencyKey": uuid4().hex,
    }
    waiting = (await do(client, "completeCheckout", wanted, OUTCOME))["outcome"]
    path = "/" + waiting["payment"]["nextAction"]["url"].split("/", 3)[3]
    cancel = {"orderId": waiting["order"]["id"], "orderToken": waiting["orderToken"]}
    stranger = await do(client, "cancelOrder", {**cancel, "orderToken": "x" * 43})
    assert codes(stranger) == ["ORDER_NOT_FOUND"]
    for _ in range(2):
        cancelled = await do(client, "cancelOrder", cancel, "order { status paymentStatus }")
        assert codes(cancelled) == []
        assert cancelled["order"] == {"status": "CANCELLED", "paymentStatus": "CANCELLED"}
    assert await stock(client, ring) == (1, 0)
    assert codes(await do(client, "completeCheckout", wanted)) == ["PAYMENT_EXPIRED"]
    await client.http.post(path, data={"decision": "approve"})  # too late: nothing is charged
    assert await stock(client, ring) == (1, 0)
    again = {**wanted, "payment": {"token": "tok_approved"}, "idempotencyKey": uuid4().hex}
    placed = (await do(client, "completeCheckout", again, OUTCOME))["outcome"]
    assert placed["__typename"] == "OrderPlaced"


async def test_what_stands_in_the_way_is_told_and_changes_nothing(client: GraphQLClient) -> None:
    desk = await put_on_sale(client, price="10.00", units=1)
    said = {"email": "guest@example.org", "shippingAddress": NEW_YORK}
    card = {"token": "tok_approved"}
    nothing = {"payment": card, "expectedTotal": "1.00", "idempotencyKey": "k"}
    assert codes(await do(client, "completeCheckout", nothing)) == ["CART_EMPTY"]
    assert codes(await do(client, "completeCheckout", {**nothing, "cartToken": "nobody's"})) == ["CART_EMPTY"]
    token = (await do(client, "addToCart", {"lines": [{"sku": desk.sku, "quantity": 2}]}, "cartToken"))[
        "cartToken"
    ]
    wanted = {"cartToken": token, "payment": card, "expectedTotal": "26.79", "idempotencyKey": uuid4().hex}

    async def refused(select: str = "", **given: Any) -> Any:
        payload = await do(client, "completeCheckout", {**wanted, **given}, select)
        (error,) = payload["userErrors"]
        return error["code"], error["field"], payload

    assert (await refused())[:2] == ("CHECKOUT_DETAILS_MISSING", ["details"])
    wrong = {**said, "shippingAddress": {**NEW_YORK, "country": "Atlantis"}}
    assert (await refused(details=wrong))[:2] == ("INVALID", ["details", "shippingAddress", "country"])
    assert (await refused(details={**said, "shippingMethod": "drone"}))[0] == "NOT_DELIVERABLE"
    code, field, payload = await refused(
        "more: userErrors { ... on TotalChangedError { actual { amount } } }",
        details=said,
        expectedTotal="26.78",
    )
    assert (code, field, payload["more"]) == (
        "TOTAL_CHANGED",
        ["expectedTotal"],
        [{"actual": {"amount": "26.79"}}],
    )
    assert (await refused(details=said, payment=None))[0] == "CHECKOUT_DETAILS_MISSING"
    # All of that left the key free. What is out of stock uses it up: the same again answers the same.
    select = "more: userErrors { ... on OutOfStockError { shortages { sku wanted available } } }"
    for _ in range(2):
        code, field, payload = await refused(select, details=said)
        assert (code, payload["more"]) == (
            "OUT_OF_STOCK",
            [{"shortages": [{"sku": desk.sku, "wanted": 2, "available": 1}]}],
        )
    assert (await refused(details={**said, "notes": "Now!"}))[:2] == (
        "IDEMPOTENCY_CONFLICT",
        ["idempotencyKey"],
    )
    assert await stock(client, desk) == (1, 0)
    declined = {
        "details": said,
        "payment": {"token": "tok_insufficient_funds"},
        "idempotencyKey": uuid4().hex,
    }
    line = {"variantId": desk.variant_id, "quantity": 1}
    assert codes(await do(client, "updateCartLines", {"cartToken": token, "lines": [line]})) == []
    code, field, payload = await refused(
        "more: userErrors { ... on PaymentDeclinedError { declineCode } }", **declined, expectedTotal="16.39"
    )
    assert (code, payload["more"]) == ("PAYMENT_DECLINED", [{"declineCode": "insufficient_funds"}])
    assert await stock(client, desk) == (1, 0)


async def test_who_signs_in_between_two_sends_buys_once(
    client: GraphQLClient, connections: Connections
) -> None:
    person, bell = await new_person(client, connections), await put_on_sale(client, price="20.00")
    added = await do(client, "addToCart", {"lines": [{"sku": bell.sku}]}, "cartToken")
    wanted = {
        "cartToken": added["cartToken"],
        "details": {"email": person.email, "shippingAddress": NEW_YORK},
        "payment": {"token": "tok_approved"},
        "expectedTotal": "26.79",
        "idempotencyKey": uuid4().hex,
    }
    placed = await do(client, "completeCheckout", wanted, OUTCOME)
    await person.do("addToCart", {"lines": [{"sku": bell.sku}]})
    assert await person.do("completeCheckout", wanted, OUTCOME) == placed
    assert await stock(client, bell) == (9, 1)
    # Another key is another wish, and the account's.
    theirs = {**wanted, "idempotencyKey": uuid4().hex}
    second = (await person.do("completeCheckout", theirs, OUTCOME))["outcome"]
    assert (second["orderToken"], second["order"]["customer"]) == (None, {"email": person.email})
    assert await stock(client, bell) == (8, 2)


async def test_only_staff_order_on_a_customers_behalf(client: GraphQLClient) -> None:
    pen = await put_on_sale(client, price="20.00")
    added = await do(client, "addToCart", {"lines": [{"sku": pen.sku}]}, "cartToken")
    wanted = {
        "cartToken": added["cartToken"],
        "details": {"email": "guest@example.org", "shippingAddress": NEW_YORK},
        "payment": {"token": "tok_approved"},
        "expectedTotal": "26.79",
        "source": "ADMIN",
        "idempotencyKey": uuid4().hex,
    }
    (error,) = (await do(client, "completeCheckout", wanted))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["source"])


async def test_what_others_have_saved_and_ordered_is_not_there(
    client: GraphQLClient, connections: Connections
) -> None:
    owner, stranger = await new_person(client, connections), await new_person(client, connections)
    home = await owner.do("addAddress", {"type": "SHIPPING", **NEW_YORK}, "address { id }")
    card = {"token": "tok_approved", "kind": "CREDIT_CARD"}
    method = await owner.do("savePaymentMethod", card, "paymentMethod { id }")
    vase = await put_on_sale(client, price="20.00")
    await owner.do("addToCart", {"lines": [{"sku": vase.sku}]})
    wanted = {"expectedTotal": "26.79", "idempotencyKey": uuid4().hex}
    placed = (await owner.do("completeCheckout", wanted, OUTCOME))["outcome"]["order"]
    guests = await do(client, "addToCart", {"lines": [{"sku": vase.sku}]}, "cartToken")
    theirs = {
        "cartToken": guests["cartToken"],
        "details": {"email": "guest@example.org", "shippingAddress": NEW_YORK},
        "payment": {"token": "tok_approved"},
        **wanted,
    }
    guest = (await do(client, "completeCheckout", theirs, OUTCOME))["outcome"]
    assert guest["order"]["number"] != placed["number"], "a key belongs to whoever sends it"

    await stranger.do("addToCart", {"lines": [{"sku": vase.sku}]})
    spelt_out = {"shippingAddress": NEW_YORK}
    for given, code in (
        ({"details": {"shippingAddressId": home["address"]["id"]}}, "CHECKOUT_ADDRESS_NOT_FOUND"),
        (
            {"details": spelt_out, "payment": {"methodId": method["paymentMethod"]["id"]}},
            "PAYMENT_METHOD_NOT_FOUND",
        ),
    ):
        assert codes(await stranger.do("completeCheckout", {**wanted, **given})) == [code]
    returned = {
        "lines": [{"itemId": placed["items"][0]["id"], "quantity": 1}],
        "reason": "Mine!",
        "idempotencyKey": uuid4().hex,
    }
    for order, token in (
        (placed, None),
        (placed, guest["orderToken"]),
        (guest["order"], None),
        (guest["order"], guests["cartToken"]),
    ):
        whose = {"orderId": order["id"], "orderToken": token}
        assert codes(await stranger.do("cancelOrder", whose)) == ["ORDER_NOT_FOUND"]
        assert codes(await stranger.do("requestReturn", {**returned, **whose})) == ["ORDER_NOT_FOUND"]
        assert codes(await do(client, "cancelOrder", whose)) == ["ORDER_NOT_FOUND"]
    for mutation, given in (
        ("refundOrder", {"orderId": placed["id"], "everything": True, "idempotencyKey": uuid4().hex}),
        ("approveReturn", {"refundId": placed["id"]}),
        ("rejectReturn", {"refundId": placed["id"]}),
    ):
        for token in (stranger.access_token, owner.access_token, None):
            answer = await client.ask(*operation(mutation, given), token=token)
            assert answer.codes() == {"FORBIDDEN"}
    assert await stock(client, vase) == (8, 2)
