"""What staff do to the inventory over HTTP: warehouses, deliveries, counts that somebody else approves, and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.people import codes, do

if TYPE_CHECKING:
    from tests.client import GraphQLClient

ITEM = "id sku available version variant { id product { id } } levels { warehouse { id code } available }"
ITEMS = f"query ($first: Int!) {{ inventoryItems(first: $first) {{ nodes {{ {ITEM} }} }} }}"


@pytest.fixture
async def item(client: GraphQLClient) -> Any:
    """The newest item of the demo shop."""
    return (await client.data(ITEMS, {"first": 1}, as_="manager"))["inventoryItems"]["nodes"][0]


async def warehouse(client: GraphQLClient, **given: Any) -> Any:
    """A new warehouse that is nobody's first choice."""
    wanted = {"code": f"WH-{uuid4().hex[:8].upper()}", "name": "New", "priority": 99, **given}
    select = "warehouse { id code name isActive priority version address { city country } }"
    payload = await do(client, "createWarehouse", wanted, select, as_="manager")
    assert codes(payload) == []
    return payload["warehouse"]


async def read_item(client: GraphQLClient, id_: str) -> Any:
    """An item as it is now."""
    query = f"query ($id: ID!) {{ inventoryItem(id: $id) {{ {ITEM} }} }}"
    return (await client.data(query, {"id": id_}, as_="manager"))["inventoryItem"]


async def restock(client: GraphQLClient, place: str, item: str, quantity: int, **given: Any) -> Any:
    """A delivery."""
    wanted = {
        "warehouseId": place,
        "units": [{"itemId": item, "quantity": quantity}],
        "idempotencyKey": uuid4().hex,
        **given,
    }
    select = f"items {{ {ITEM} }} movements {{ id kind availableChange before after actor {{ email }} }}"
    return await do(client, "restock", wanted, select, as_="manager")


async def test_a_warehouse_is_opened_changed_and_closed_when_it_is_empty(
    client: GraphQLClient, item: Any
) -> None:
    address = {"streetAddress": "1 Way", "city": "Reno", "postalCode": "89501", "country": "us"}
    opened = await warehouse(client, address=address)
    assert opened["address"] == {"city": "Reno", "country": "US"}
    select = "warehouse { name version address { city } }"
    change = {"warehouseId": opened["id"], "version": opened["version"], "name": "Renamed", "address": None}
    changed = await do(client, "updateWarehouse", change, select, as_="manager")
    assert changed["warehouse"] == {"name": "Renamed", "version": 2, "address": None}
    stale = await do(
        client,
        "updateWarehouse",
        change,
        "again: userErrors { ... on VersionConflictError { currentVersion } }",
        as_="manager",
    )
    assert (codes(stale), stale["again"]) == (["VERSION_CONFLICT"], [{"currentVersion": 2}])
    taken = await do(client, "createWarehouse", {"code": opened["code"], "name": "Other"}, as_="manager")
    assert [(it["code"], it["field"]) for it in taken["userErrors"]] == [("WAREHOUSE_CODE_TAKEN", ["code"])]

    await restock(client, opened["id"], item["id"], 2)
    close = {"warehouseId": opened["id"]}
    assert codes(await do(client, "deactivateWarehouse", close, as_="manager")) == ["WAREHOUSE_NOT_EMPTY"]
    target = next(level["warehouse"]["id"] for level in item["levels"])
    await do(
        client,
        "transferStock",
        {
            "fromWarehouseId": opened["id"],
            "toWarehouseId": target,
            "units": [{"itemId": item["id"], "quantity": 2}],
            "idempotencyKey": uuid4().hex,
        },
        as_="manager",
    )
    closed = await do(client, "deactivateWarehouse", close, "warehouse { isActive }", as_="manager")
    assert closed["warehouse"] == {"isActive": False}
    assert codes(await restock(client, opened["id"], item["id"], 1)) == ["WAREHOUSE_INACTIVE"]
    again = await do(client, "activateWarehouse", close, "warehouse { isActive }", as_="manager")
    assert again["warehouse"] == {"isActive": True}
    await do(client, "deactivateWarehouse", close, as_="manager")


async def test_bad_input_is_named_field_by_field(client: GraphQLClient, item: Any) -> None:
    given = {"code": "no spaces", "name": " ", "priority": -1}
    refused = await do(client, "createWarehouse", given, as_="manager")
    assert {it["field"][0] for it in refused["userErrors"]} == {"code", "name", "priority"}
    place = item["levels"][0]["warehouse"]["id"]
    refused = await restock(client, place, item["id"], 0, units=[{"itemId": item["id"], "quantity": 0}])
    assert [it["field"] for it in refused["userErrors"]] == [["units", "0", "quantity"]]
    assert codes(await restock(client, place, item["id"], 1, units=[])) == ["REQUIRED"]
    assert codes(await restock(client, place, item["id"], 1, idempotencyKey=" ")) == ["REQUIRED"]


async def test_a_delivery_that_is_sent_twice_counts_once_and_shows_in_the_product(
    client: GraphQLClient, item: Any
) -> None:
    place = item["levels"][0]["warehouse"]["id"]
    key = uuid4().hex
    first = await restock(client, place, item["id"], 7, idempotencyKey=key, referenceId="PO-1")
    second = await restock(client, place, item["id"], 7, idempotencyKey=key, referenceId="PO-1")
    assert [it["id"] for it in first["movements"]] == [it["id"] for it in second["movements"]]
    assert first["movements"][0]["actor"] == {"email": "manager@example.com"}
    now = await read_item(client, item["id"])
    assert now["available"] == item["available"] + 7
    other = await restock(client, place, item["id"], 8, idempotencyKey=key, referenceId="PO-1")
    assert codes(other) == ["IDEMPOTENCY_CONFLICT"]
    query = """
    query ($item: ID!) {
      stockMovements(first: 5, where: {itemId: $item, kindIn: [RESTOCK], referenceId: "PO-1"}) {
        totalCount nodes { kind availableChange item { id } warehouse { id } referenceType }
      }
    }
    """
    found = (await client.data(query, {"item": item["id"]}, as_="manager"))["stockMovements"]
    assert found == {
        "totalCount": 1,
        "nodes": [
            {
                "kind": "RESTOCK",
                "availableChange": 7,
                "item": {"id": item["id"]},
                "warehouse": {"id": place},
                "referenceType": "delivery",
            }
        ],
    }


async def test_a_transfer_takes_no_more_than_there_is(client: GraphQLClient, item: Any) -> None:
    here, there = (level["warehouse"]["id"] for level in item["levels"][:2])
    given = {
        "fromWarehouseId": here,
        "toWarehouseId": there,
        "units": [{"itemId": item["id"], "quantity": 1_000_000}],
        "idempotencyKey": uuid4().hex,
    }
    shortages = "short: userErrors { ... on NotEnoughStockError { shortages { sku wanted available } } }"
    refused = await do(client, "transferStock", given, shortages, as_="manager")
    assert codes(refused) == ["NOT_ENOUGH_STOCK"]
    available = next(it["available"] for it in (await read_item(client, item["id"]))["levels"])
    assert refused["short"] == [
        {"shortages": [{"sku": item["sku"], "wanted": 1_000_000, "available": available}]}
    ]
    same = await do(client, "transferStock", {**given, "toWarehouseId": here}, as_="manager")
    assert codes(same) == ["SAME_WAREHOUSE"]


async def test_a_count_is_approved_by_somebody_else_and_applied_once(
    client: GraphQLClient, item: Any
) -> None:
    place = item["levels"][0]["warehouse"]["id"]
    expected = (await read_item(client, item["id"]))["levels"][0]["available"]
    draft = await do(
        client,
        "draftStockAdjustment",
        {
            "warehouseId": place,
            "counted": [{"itemId": item["id"], "counted": expected + 3}],
            "reason": "Monthly count",
        },
        "adjustment { id number status lines { expected counted difference item { id } } }",
        as_="manager",
    )
    line = {"expected": expected, "counted": expected + 3, "difference": 3, "item": {"id": item["id"]}}
    assert draft["adjustment"]["lines"] == [line]
    given = {"adjustmentId": draft["adjustment"]["id"]}
    select = "adjustment { status draftedBy { email } approvedBy { email } }"
    early = await do(
        client,
        "approveStockAdjustment",
        given,
        "at: userErrors { ... on StockAdjustmentNotReadyError { status } }",
        as_="admin",
    )
    assert early["at"] == [{"status": "DRAFT"}]
    await do(client, "submitStockAdjustment", given, as_="manager")
    own = await do(client, "approveStockAdjustment", given, as_="manager")
    assert codes(own) == ["OWN_STOCK_ADJUSTMENT"]
    # What is delivered between the count and its application stays delivered.
    await restock(client, place, item["id"], 2)
    approved = await do(client, "approveStockAdjustment", given, select, as_="admin")
    assert approved["adjustment"] == {
        "status": "APPROVED",
        "draftedBy": {"email": "manager@example.com"},
        "approvedBy": {"email": "admin@example.com"},
    }
    applied = await do(
        client, "applyStockAdjustment", given, "adjustment { status } items { available }", as_="manager"
    )
    assert applied["adjustment"] == {"status": "APPLIED"}
    assert (await read_item(client, item["id"]))["levels"][0]["available"] == expected + 5
    assert codes(await do(client, "applyStockAdjustment", given, as_="manager")) == [
        "STOCK_ADJUSTMENT_NOT_READY"
    ]


async def test_alerts_are_raised_seen_and_resolved(client: GraphQLClient, item: Any) -> None:
    now = await read_item(client, item["id"])
    threshold = {"itemId": item["id"], "version": now["version"], "lowStockThreshold": now["available"] + 5}
    changed = await do(client, "updateInventoryItem", threshold, "item { version }", as_="manager")
    assert changed["item"] == {"version": now["version"] + 1}
    query = """
    query ($item: ID!) {
      stockAlerts(where: {itemId: $item, isOpen: true}) {
        nodes { id kind available acknowledgedBy { email } item { id } }
      }
    }
    """
    (alert,) = (await client.data(query, {"item": item["id"]}, as_="manager"))["stockAlerts"]["nodes"]
    assert (alert["kind"], alert["available"], alert["acknowledgedBy"]) == (
        "LOW_STOCK",
        now["available"],
        None,
    )
    for as_ in ("manager", "admin"):
        seen = await do(
            client,
            "acknowledgeStockAlert",
            {"alertId": alert["id"]},
            "alert { acknowledgedBy { email } resolvedAt }",
            as_=as_,
        )
        assert seen["alert"] == {"acknowledgedBy": {"email": "manager@example.com"}, "resolvedAt": None}
    await restock(client, now["levels"][0]["warehouse"]["id"], item["id"], 6)
    assert (await client.data(query, {"item": item["id"]}, as_="manager"))["stockAlerts"]["nodes"] == []
    stale = await do(client, "updateInventoryItem", threshold, as_="manager")
    assert codes(stale) == ["VERSION_CONFLICT"]


async def test_a_variant_is_counted_once(client: GraphQLClient, item: Any) -> None:
    given = {"variantId": item["variant"]["id"]}
    assert codes(await do(client, "createInventoryItem", given, as_="manager")) == ["INVENTORY_ITEM_EXISTS"]


@pytest.mark.parametrize("as_", [None, "customer"])
async def test_staffs_objects_are_null_for_others(client: GraphQLClient, item: Any, as_: str | None) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await client.ask(query, {"id": item["id"]}, as_=as_)).data == {"node": None}
    place = item["levels"][0]["warehouse"]["id"]
    named = await client.ask(
        "query ($id: ID!) { node(id: $id) { ... on Warehouse { code address { city } } } }",
        {"id": place},
        as_=as_,
    )
    assert named.codes() == {"FORBIDDEN"}
    assert named.data["node"] == {"code": "WH-EAST", "address": None}
