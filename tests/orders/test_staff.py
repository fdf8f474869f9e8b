"""What staff do to orders over HTTP: packed, shipped, followed, delivered, noted, and found among all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.listings import page_statement
from datasources.core.paging import Window, shape
from datasources.orders.statements import LISTED, NEWEST
from resolvers.relay import global_id, split_global_id
from tests.orders.placed import bought, place, row_of
from tests.people import codes, do, operation

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from tests.client import GraphQLClient
    from tests.inventory.shelves import Shelves

ORDER = """
order {
  status shippedAt deliveredAt completedAt history { oldStatus newStatus }
  shipment { carrier trackingNumber trackingUrl shippingMethod estimatedDelivery actualDelivery
    trackingUpdates { status location message occurredAt } }
}
"""
STATUS = "at: userErrors { ... on OrderStatusError { status wanted } }"


def input_of(order: UUID, **given: Any) -> dict[str, Any]:
    return {"orderId": global_id("Order", order), **given}


def parcel(order: UUID, **given: Any) -> dict[str, Any]:
    return input_of(order, **{"carrier": "UPS", "trackingNumber": "1Z9", **given})


def scan(order: UUID, **given: Any) -> dict[str, Any]:
    occurred = {"status": "in_transit", "occurredAt": "2026-02-03T10:00:00+02:00"}
    return input_of(order, **{**occurred, **given})


async def test_an_order_goes_from_its_payment_to_the_door(
    staffed: GraphQLClient, shop: Connections, shelves: Shelves
) -> None:
    order = await bought(shelves, shop.orders)
    estimated = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    started = await do(staffed, "startOrderProcessing", input_of(order), ORDER, as_="manager")
    assert (started["order"]["status"], started["order"]["shipment"]) == ("PROCESSING", None)
    given = parcel(
        order,
        carrier=" UPS ",
        trackingUrl="https://track.example.com/1Z9?lang=en",
        shippingMethod="Express",
        estimatedDelivery=estimated.isoformat(),
    )
    shipped = await do(staffed, "shipOrder", given, ORDER, as_="manager")
    assert codes(shipped) == []
    assert shipped["order"]["status"] == "SHIPPED"
    assert shipped["order"]["shipment"] == {
        "carrier": "UPS",
        "trackingNumber": "1Z9",
        "trackingUrl": "https://track.example.com/1Z9?lang=en",
        "shippingMethod": "Express",
        "estimatedDelivery": estimated.isoformat().replace("+00:00", "Z"),
        "actualDelivery": None,
        "trackingUpdates": [],
    }
    assert codes(await do(staffed, "shipOrder", given, as_="admin")) == []
    for _ in range(2):
        tracked = await do(
            staffed, "addTrackingUpdate", scan(order, location="Reno", message="Sorted"), ORDER, as_="manager"
        )
    assert tracked["order"]["shipment"]["trackingUpdates"] == [
        {
            "status": "in_transit",
            "location": "Reno",
            "message": "Sorted",
            "occurredAt": "2026-02-03T08:00:00Z",
        }
    ]
    arrived = (await do(staffed, "markOrderDelivered", input_of(order), ORDER, as_="manager"))["order"]
    assert arrived["status"] == "DELIVERED"
    assert arrived["deliveredAt"] == arrived["completedAt"] == arrived["shipment"]["actualDelivery"]
    assert [it["newStatus"] for it in arrived["history"]][-3:] == ["PROCESSING", "SHIPPED", "DELIVERED"]


async def test_twenty_requests_at_once_are_one_shipment(
    staffed: GraphQLClient, shop: Connections, shelves: Shelves
) -> None:
    order = await bought(shelves, shop.orders)
    select = "order { history { newStatus } shipment { trackingNumber } }"
    answers = await asyncio.gather(
        *(do(staffed, "shipOrder", parcel(order), select, as_="manager") for _ in range(20))
    )
    assert all(codes(answer) == [] for answer in answers)
    for answer in answers:
        assert answer["order"]["shipment"] == {"trackingNumber": "1Z9"}
        steps = [it["newStatus"] for it in answer["order"]["history"]]
        assert steps == ["PENDING", "CONFIRMED", "PAID", "PROCESSING", "SHIPPED"]


async def test_what_cannot_be_done_says_why(
    staffed: GraphQLClient, database: Database, shelves: Shelves
) -> None:
    cancelled = await place(database, "cancelled")
    refused = await do(staffed, "shipOrder", parcel(cancelled), STATUS, as_="manager")
    assert codes(refused) == ["ORDER_STATUS"]
    assert refused["at"] == [{"status": "CANCELLED", "wanted": ["PAID", "PROCESSING"]}]
    assert refused["userErrors"][0]["field"] == ["orderId"]
    for mutation, given in (
        ("startOrderProcessing", input_of(cancelled)),
        ("addTrackingUpdate", scan(cancelled)),
        ("markOrderDelivered", input_of(cancelled)),
    ):
        assert codes(await do(staffed, mutation, given, as_="manager")) == ["ORDER_STATUS"]

    unpaid = await place(database, "processing", payment_status="authorized")
    told = "at: userErrors { ... on OrderNotPaidError { paymentStatus } }"
    refused = await do(staffed, "shipOrder", parcel(unpaid), told, as_="manager")
    assert (codes(refused), refused["at"]) == (["ORDER_NOT_PAID"], [{"paymentStatus": "AUTHORIZED"}])

    item = await shelves.count(east=1, backorder=True)
    waiting = await place(database)
    await shelves.reserve((item, 3), order=waiting)
    await shelves.commit(waiting)
    told = "at: userErrors { ... on OrderNotShippableError { backordered } }"
    refused = await do(staffed, "shipOrder", parcel(waiting), told, as_="manager")
    assert (codes(refused), refused["at"]) == (["ORDER_NOT_SHIPPABLE"], [{"backordered": 2}])
    await shelves.release(waiting)
    refused = await do(staffed, "shipOrder", parcel(waiting), as_="manager")
    assert codes(refused) == ["ORDER_UNITS_RELEASED"]


INPUTS = {
    "startOrderProcessing": input_of,
    "shipOrder": parcel,
    "addTrackingUpdate": scan,
    "markOrderDelivered": input_of,
    "noteOrder": lambda order: input_of(order, notes="x"),
}


@pytest.mark.parametrize("mutation", INPUTS)
async def test_an_order_has_to_be_there(staffed: GraphQLClient, mutation: str) -> None:
    unknown = await do(staffed, mutation, INPUTS[mutation](uuid4()), as_="manager")
    assert [(it["code"], it["field"]) for it in unknown["userErrors"]] == [("ORDER_NOT_FOUND", ["orderId"])]
    query, variables = operation(mutation, {**INPUTS[mutation](uuid4()), "orderId": "garbage"})
    assert (await staffed.ask(query, variables, as_="manager")).codes() == {"INVALID_ID"}


BAD: list[tuple[str, dict[str, Any], list[str]]] = [
    ("shipOrder", {"carrier": " ", "trackingNumber": ""}, ["carrier", "trackingNumber"]),
    ("shipOrder", {"carrier": "x" * 101}, ["carrier"]),
    ("shipOrder", {"trackingNumber": "a\u0000b"}, ["trackingNumber"]),
    ("shipOrder", {"trackingUrl": "javascript:alert(1)"}, ["trackingUrl"]),
    ("shipOrder", {"trackingUrl": "http://in.the.clear/"}, ["trackingUrl"]),
    ("shipOrder", {"trackingUrl": f"https://{'x' * 500}"}, ["trackingUrl"]),
    ("shipOrder", {"estimatedDelivery": "2020-01-01T00:00:00Z"}, ["estimatedDelivery"]),
    ("shipOrder", {"shippingMethod": "x" * 101}, ["shippingMethod"]),
    ("addTrackingUpdate", {"status": ""}, ["status"]),
    ("addTrackingUpdate", {"location": "x" * 201, "message": "x" * 501}, ["location", "message"]),
    ("addTrackingUpdate", {"occurredAt": "2099-01-01T00:00:00Z"}, ["occurredAt"]),
    ("noteOrder", {"notes": "x" * 2001}, ["notes"]),
    ("noteOrder", {"notes": "a\u0000b"}, ["notes"]),
]


@pytest.mark.parametrize(("mutation", "given", "fields"), BAD, ids=str)
async def test_bad_input_is_named_field_by_field_and_changes_nothing(
    staffed: GraphQLClient, database: Database, mutation: str, given: dict[str, Any], fields: list[str]
) -> None:
    order = await place(
        database, "shipped" if mutation == "addTrackingUpdate" else "paid", admin_notes="as it was imported"
    )
    before = await row_of(database, order)
    refused = await do(staffed, mutation, {**INPUTS[mutation](order), **given}, as_="manager")
    assert [it["field"] for it in refused["userErrors"]] == [[name] for name in fields]
    assert await row_of(database, order) == before


async def test_notes_are_staffs_alone(staffed: GraphQLClient, database: Database) -> None:
    me = (await staffed.data("{ me { id } }", as_="customer"))["me"]["id"]
    order = await place(database, user_id=UUID(split_global_id(me)[1]))
    given = input_of(order, notes=" Call first.\r\nThen ship. ")
    noted = await do(staffed, "noteOrder", given, "order { adminNotes }", as_="manager")
    assert noted["order"] == {"adminNotes": "Call first.\nThen ship."}
    query = f'{{ order(id: "{given["orderId"]}") {{ number %s }} }}'
    for _ in range(2):  # by graphql-core, and compiled
        assert (await staffed.data(query % "adminNotes", as_="admin"))["order"]["adminNotes"]
        own = await staffed.ask(query % "adminNotes", as_="customer")
        assert own.codes() == {"FORBIDDEN"}
        assert own.data["order"]["adminNotes"] is None
        assert own.data["order"]["number"]
    listed = "query ($number: String!) { orders(where: {numberEq: $number}) { nodes { adminNotes } } }"
    number = (await row_of(database, order))["order_number"]
    for _ in range(2):
        found = (await staffed.data(listed, {"number": number}, as_="manager"))["orders"]["nodes"]
        assert found == [noted["order"]]
    removed = await do(
        staffed, "noteOrder", input_of(order, notes=None), "order { adminNotes }", as_="manager"
    )
    assert removed["order"] == {"adminNotes": None}


LIST = """
query ($where: OrderWhere, $after: String) {
  orders(first: 2, after: $after, where: $where) {
    totalCount nodes { number email source } pageInfo { hasNextPage endCursor }
  }
}
"""


async def numbers(client: GraphQLClient, where: Any) -> list[str]:
    """The numbers of all orders that meet the conditions, page by page."""
    found: list[str] = []
    after = None
    while True:
        answer = await client.ask(LIST, {"where": where, "after": after}, as_="manager")
        assert answer.errors == []
        assert answer.calls == {"orders": 2}
        page = answer.data["orders"]
        found += [node["number"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(found) == page["totalCount"]
            return found
        after = page["pageInfo"]["endCursor"]


async def test_staff_find_orders_by_number_address_customer_and_source(
    staffed: GraphQLClient, database: Database
) -> None:
    customer, email = uuid4(), f"Mixed.{uuid4().hex[:8]}@Example.org"
    made = [
        await place(database, email=email, source="web"),
        await place(database, "pending", email=email.lower(), source="mobile"),
        await place(database, user_id=customer, email=email.upper(), source="admin"),
        await place(database, user_id=customer, source="admin"),
    ]
    names = [(await row_of(database, order))["order_number"] for order in made]
    who = global_id("User", customer)
    assert set(await numbers(staffed, {"emailEq": email.swapcase()})) == set(names[:3])
    assert set(await numbers(staffed, {"customerId": who})) == set(names[2:])
    assert await numbers(staffed, {"customerId": who, "emailEq": email}) == [names[2]]
    assert await numbers(staffed, {"numberEq": names[0]}) == [names[0]]
    assert await numbers(staffed, {"numberEq": names[0], "sourceIn": ["ADMIN"]}) == []
    assert set(await numbers(staffed, {"emailEq": email, "sourceIn": ["WEB", "MOBILE"]})) == set(names[:2])
    assert await numbers(staffed, {"emailEq": email, "statusIn": ["PENDING"]}) == [names[1]]
    assert await numbers(staffed, {"emailEq": "no%@example.org"}) == []
    garbage = await staffed.ask(LIST, {"where": {"customerId": "garbage"}}, as_="manager")
    assert garbage.codes() == {"INVALID_ID"}


async def test_a_customers_own_list_takes_the_same_conditions(client: GraphQLClient) -> None:
    query = """
    query ($where: OrderWhere) { me { id orders(first: 100, where: $where) { totalCount nodes { number source } } } }
    """
    me = (await client.data(query, as_="customer"))["me"]
    mobile = [it["number"] for it in me["orders"]["nodes"] if it["source"] == "MOBILE"]
    found = (await client.data(query, {"where": {"sourceIn": ["MOBILE"]}}, as_="customer"))["me"]["orders"]
    assert 0 < found["totalCount"] < me["orders"]["totalCount"]
    assert {*mobile} <= {it["number"] for it in found["nodes"]}
    other = {"where": {"customerId": global_id("User", uuid4())}}
    assert (await client.data(query, other, as_="customer"))["me"]["orders"]["totalCount"] == 0


async def test_orders_are_found_by_their_address_through_an_index(
    client: GraphQLClient, connections: Connections
) -> None:
    statement = page_statement(LISTED, NEWEST, frozenset({"email"}), shape(Window(size=20)))
    values = {"email": "'Customer@example.com'", "at_most": "21"}
    text = statement.text
    for place_, name in enumerate(statement.parameters, start=1):
        text = text.replace(f"${place_}", values[name])
    async with connections.orders.connection() as connection:
        await connection.execute("ANALYZE orders")
        plan = await connection.fetch(f"EXPLAIN {text}")
    assert "idx_orders_email" in str(plan)


async def test_lines_say_what_came_back_and_discounts_what_they_are_made_of(client: GraphQLClient) -> None:
    query = """
    {
      me {
        orders(first: 100) {
          nodes {
            total { amount } refundedAmount { amount } discount { amount } couponCode
            discounts { kind code name amount { amount currencyCode } }
            items { id sku quantity returnedQuantity refundedQuantity refundedAmount { amount } }
          }
        }
      }
    }
    """
    answer = await client.ask(query, as_="customer")
    assert answer.calls == {"users": 1, "orders": 3}
    orders = answer.data["me"]["orders"]["nodes"]
    lines = [line for order in orders for line in order["items"]]
    assert len({line["id"] for line in lines}) == len(lines)
    assert all(split_global_id(line["id"])[0] == "OrderItem" for line in lines)
    assert any(line["returnedQuantity"] for line in lines)
    for order in orders:
        told = sum(float(it["amount"]["amount"]) for it in order["discounts"])
        assert told == pytest.approx(float(order["discount"]["amount"]))
        codes_told = [it["code"] for it in order["discounts"] if it["kind"] == "COUPON"]
        assert codes_told == ([order["couponCode"]] if order["couponCode"] else [])
        assert float(order["refundedAmount"]["amount"]) <= float(order["total"]["amount"])
        refunded = sum(float(line["refundedAmount"]["amount"]) for line in order["items"])
        assert (refunded > 0) == (float(order["refundedAmount"]["amount"]) > 0)
