"""Coupons over HTTP: given out, changed under their version, withdrawn; and staff's list of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from resolvers.relay import global_id, split_global_id
from tests.orders.placed import told_of
from tests.people import codes, do

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from tests.client import GraphQLClient

COUPON = """
coupon {
  id code description kind percent amount { amount currencyCode } minimumOrder { amount } maximumDiscount { amount }
  usageLimit usageCount perUserLimit isActive validFrom validUntil version
}
"""
CONFLICT = "again: userErrors { ... on VersionConflictError { currentVersion } }"


def new_code() -> str:
    """A code that no other test has."""
    return f"C-{uuid4().hex[:10].upper()}"


async def create(client: GraphQLClient, **given: Any) -> Any:
    """What `createCoupon` answers to a coupon of 10 % that is valid for years."""
    wanted = {"code": new_code(), "percent": "10", "validUntil": "2099-01-01T00:00:00Z", **given}
    wanted = {name: value for name, value in wanted.items() if value is not ...}
    return await do(client, "createCoupon", wanted, COUPON, as_="manager")


async def created(client: GraphQLClient, **given: Any) -> Any:
    """A new coupon."""
    payload = await create(client, **given)
    assert codes(payload) == []
    return payload["coupon"]


async def change(client: GraphQLClient, coupon: Any, **given: Any) -> Any:
    """What `updateCoupon` answers."""
    wanted = {"couponId": coupon["id"], "version": coupon["version"], **given}
    return await do(client, "updateCoupon", wanted, COUPON + CONFLICT, as_="manager")


def key_of(coupon: Any) -> UUID:
    return UUID(split_global_id(coupon["id"])[1])


async def test_a_coupon_is_given_out_changed_and_withdrawn(
    staffed: GraphQLClient, database: Database
) -> None:
    code = new_code()
    coupon = await created(
        staffed,
        code=f" {code.lower()} ",
        description="Spring",
        percent="12.5",
        minimumOrder="20",
        maximumDiscount="50.00",
        usageLimit=100,
        validFrom="2026-03-01T00:00:00Z",
    )
    assert coupon == {
        "id": coupon["id"],
        "code": code,
        "description": "Spring",
        "kind": "PERCENTAGE",
        "percent": "12.50",
        "amount": None,
        "minimumOrder": {"amount": "20.00"},
        "maximumDiscount": {"amount": "50.00"},
        "usageLimit": 100,
        "usageCount": 0,
        "perUserLimit": 1,
        "isActive": True,
        "validFrom": "2026-03-01T00:00:00Z",
        "validUntil": "2099-01-01T00:00:00Z",
        "version": 1,
    }
    changed = await change(
        staffed,
        coupon,
        amount="5.50",
        usageLimit=None,
        perUserLimit=None,
        description=" ",
        maximumDiscount=None,
    )
    expected = {
        **coupon,
        "kind": "FIXED",
        "percent": None,
        "amount": {"amount": "5.50", "currencyCode": "USD"},
        "usageLimit": None,
        "perUserLimit": None,
        "description": None,
        "maximumDiscount": None,
        "version": 2,
    }
    assert changed["coupon"] == expected
    for _ in range(2):
        gone = await do(staffed, "deactivateCoupon", {"couponId": coupon["id"]}, COUPON, as_="manager")
        assert gone["coupon"] == {**expected, "isActive": False, "version": 3}
    back = await change(staffed, gone["coupon"], isActive=True)
    assert back["coupon"] == {**expected, "version": 4}
    told = await told_of(database, key_of(coupon))
    assert told == ["CouponCreated", "CouponUpdated", "CouponDeactivated", "CouponUpdated"]


async def test_it_is_valid_from_now_on_unless_said_otherwise(staffed: GraphQLClient) -> None:
    before = datetime.now(UTC)
    coupon = await created(staffed)
    assert before <= datetime.fromisoformat(coupon["validFrom"]) <= datetime.now(UTC)


async def test_a_code_is_one_coupons_in_any_case(staffed: GraphQLClient) -> None:
    code = new_code()
    ended = await asyncio.gather(*(create(staffed, code=it) for it in (code, code.lower()) * 5))
    assert sorted(codes(it) for it in ended) == [[], *[["COUPON_CODE_TAKEN"]] * 9]
    refused = next(it for it in ended if codes(it))
    assert refused["userErrors"][0]["field"] == ["code"]
    assert refused["coupon"] is None


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"code": "no spaces"}, ["code"]),
    ({"code": "ÄÖÜ"}, ["code"]),
    ({"code": "-A"}, ["code"]),
    ({"code": " "}, ["code"]),
    ({"code": "A" * 51}, ["code"]),
    ({"description": "x" * 256}, ["description"]),
    ({"percent": ...}, ["percent"]),
    ({"percent": None}, ["percent"]),
    ({"percent": "0"}, ["percent"]),
    ({"percent": "100.01"}, ["percent"]),
    ({"percent": "-1"}, ["percent"]),
    ({"percent": "9.999"}, ["percent"]),
    ({"amount": "1"}, ["amount"]),
    ({"percent": ..., "amount": "0"}, ["amount"]),
    ({"percent": ..., "amount": "100000000"}, ["amount"]),
    ({"percent": ..., "amount": "0.001"}, ["amount"]),
    ({"minimumOrder": "-0.01"}, ["minimumOrder"]),
    ({"minimumOrder": "1.005"}, ["minimumOrder"]),
    ({"maximumDiscount": "999999999"}, ["maximumDiscount"]),
    ({"usageLimit": 0}, ["usageLimit"]),
    ({"perUserLimit": -1}, ["perUserLimit"]),
    ({"validFrom": "2099-01-01T00:00:00Z"}, ["validUntil"]),
    ({"usageLimit": 0, "minimumOrder": "-1", "percent": "101"}, ["percent", "minimumOrder", "usageLimit"]),
]


@pytest.mark.parametrize(("given", "fields"), BAD, ids=str)
async def test_what_is_no_coupon_is_refused_field_by_field(
    staffed: GraphQLClient, given: dict[str, Any], fields: list[str]
) -> None:
    refused = await create(staffed, **given)
    assert [it["field"] for it in refused["userErrors"]] == [[name] for name in fields]
    assert {it["__typename"] for it in refused["userErrors"]} == {"InvalidInputError"}
    assert refused["coupon"] is None


async def test_a_hundred_per_cent_and_the_largest_amount_are_coupons(staffed: GraphQLClient) -> None:
    assert (await created(staffed, percent="100"))["percent"] == "100.00"
    largest = await created(staffed, percent=None, amount="99999999.99", currency="EUR")
    assert largest["amount"] == {"amount": "99999999.99", "currencyCode": "EUR"}


async def test_a_change_is_for_the_version_that_was_read(staffed: GraphQLClient) -> None:
    coupon = await created(staffed)
    ended = await asyncio.gather(*(change(staffed, coupon, percent=str(it)) for it in range(1, 11)))
    assert sorted(codes(it) for it in ended) == [[], *[["VERSION_CONFLICT"]] * 9]
    refused = next(it for it in ended if codes(it))
    assert (refused["again"], refused["userErrors"][0]["field"]) == ([{"currentVersion": 2}], ["version"])


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"percent": "1", "amount": "1"}, "amount"),
    ({"percent": "101"}, "percent"),
    ({"amount": "-1"}, "amount"),
    ({"isActive": None}, "isActive"),
    ({"validFrom": None}, "validFrom"),
    ({"validUntil": "2000-01-01T00:00:00Z"}, "validUntil"),
    ({"usageLimit": 2}, "usageLimit"),
]


@pytest.mark.parametrize(("given", "field"), BAD_CHANGES, ids=str)
async def test_a_change_leaves_a_coupon_that_the_shop_can_give_out(
    staffed: GraphQLClient, database: Database, given: dict[str, Any], field: str
) -> None:
    coupon = await created(staffed)
    async with database.connection() as connection:
        await connection.execute("UPDATE coupons SET usage_count = 3 WHERE id = $1", key_of(coupon))
    refused = await change(staffed, coupon, **given)
    assert [it["field"] for it in refused["userErrors"]] == [[field]]
    fine = await change(staffed, coupon, usageLimit=3)
    assert (fine["coupon"]["usageLimit"], fine["coupon"]["version"]) == (3, 2)


async def test_a_coupon_has_to_be_there(staffed: GraphQLClient) -> None:
    unknown = {"id": global_id("Coupon", uuid4()), "version": 1}
    assert codes(await change(staffed, unknown, percent="1")) == ["COUPON_NOT_FOUND"]
    gone = await do(staffed, "deactivateCoupon", {"couponId": unknown["id"]}, as_="manager")
    assert codes(gone) == ["COUPON_NOT_FOUND"]
    wrong = {"couponId": global_id("Order", uuid4())}
    answer = await staffed.ask(
        "mutation ($input: DeactivateCouponInput!) { deactivateCoupon(input: $input) { coupon { id } } }",
        {"input": wrong},
        as_="manager",
    )
    assert answer.codes() == {"INVALID_ID"}


async def test_a_coupon_is_found_by_id_code_and_node(staffed: GraphQLClient) -> None:
    coupon = await created(staffed)
    query = """
    query ($id: ID!, $code: String!) {
      byId: coupon(id: $id) { code } byCode: coupon(code: $code) { id } node(id: $id) { id ... on Coupon { code } }
      none: coupon(code: "NO-SUCH") { id }
    }
    """
    found = await staffed.data(query, {"id": coupon["id"], "code": coupon["code"].lower()}, as_="manager")
    assert found == {
        "byId": {"code": coupon["code"]},
        "byCode": {"id": coupon["id"]},
        "node": {"id": coupon["id"], "code": coupon["code"]},
        "none": None,
    }


@pytest.mark.parametrize("as_", [None, "customer"])
async def test_coupons_are_for_staff(staffed: GraphQLClient, as_: str | None) -> None:
    coupon = await created(staffed)
    for query in ("{ coupons { totalCount } }", f'{{ coupon(code: "{coupon["code"]}") {{ id }} }}'):
        answer = await staffed.ask(query, as_=as_)
        assert [it["extensions"]["permission"] for it in answer.errors] == ["coupons:read"]
        assert answer.calls == {}
    answer = await staffed.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": coupon["id"]}, as_=as_)
    assert (answer.data, answer.errors, answer.calls) == ({"node": None}, [], {})


async def test_the_list_is_narrowed_counted_and_walked(staffed: GraphQLClient) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = [
        await created(
            staffed, percent=None, amount="1", isActive=number % 2 == 0, validFrom=start, validUntil=end
        )
        for number, (start, end) in enumerate(
            [("1990-01-01T00:00:00Z", "1990-02-01T00:00:00Z"), ("1990-01-15T00:00:00Z", until)] * 4
        )
    ]
    query = """
    query ($where: CouponWhere, $after: String) {
      coupons(first: 3, after: $after, where: $where) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor }
      }
    }
    """

    async def walk(where: Any) -> list[str]:
        met: list[str] = []
        after = None
        while True:
            page = (await staffed.data(query, {"where": where, "after": after}, as_="manager"))["coupons"]
            met += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(met) == page["totalCount"]
                return met
            after = page["pageInfo"]["endCursor"]

    newest = [it["id"] for it in reversed(made)]
    early, middle = {"validAt": "1990-01-10T00:00:00Z"}, {"validAt": "1990-01-20T00:00:00Z"}
    assert await walk(middle) == newest
    assert await walk(early) == newest[1::2]
    assert await walk({**middle, "isActive": True}) == newest[1::2]
    assert await walk({**middle, "kindIn": ["PERCENTAGE"]}) == []
    assert await walk({**middle, "kindIn": ["FIXED"]}) == newest
    assert await walk({"validAt": "1990-02-01T00:00:00Z"}) == newest[0::2]
    assert await walk({"codeEq": made[0]["code"].lower()}) == [made[0]["id"]]
    assert await walk({"kindIn": []}) == []
