"""What staff do to accounts counts from the next request on, is bounded by rank, and is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.people import PASSWORD, codes, do, forget_turns, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient
    from tests.people import Person

ME = "{ me { email roles } }"
ALL_USERS = "{ users(first: 1) { nodes { id } } }"
AUDIT = """
query ($where: AuditEntryWhere) {
  auditLog(first: 50, where: $where) {
    totalCount nodes { action entityType entityId changes { name old new } actor { email } ipAddress userAgent at }
  }
}
"""


@pytest.fixture
async def person(client: GraphQLClient, connections: Connections) -> Person:
    """A customer."""
    return await new_person(client, connections)


async def id_of(client: GraphQLClient, email: str) -> str:
    """A user's id."""
    data = await client.data("query ($e: [EmailAddress!]) { users(where: {emailIn: $e}) { nodes { id } } }",
                             {"e": [email]}, as_="admin")  # fmt: skip
    return str(data["users"]["nodes"][0]["id"])


async def audit(client: GraphQLClient, person: Person, *actions: str) -> list[Any]:
    """What the audit log tells of these actions on a person, the oldest first."""
    where = {"entityId": person.id, "actionIn": list(actions)}
    entries: list[Any] = (await client.data(AUDIT, {"where": where}, as_="admin"))["auditLog"]["nodes"]
    return entries[::-1]


async def test_a_role_counts_from_the_next_request_on(client: GraphQLClient, person: Person) -> None:
    assert (await person.ask(ALL_USERS)).codes() == {"FORBIDDEN"}
    given = {"userId": person.id, "role": "MANAGER"}
    assigned = await do(client, "assignRole", given, "user { email roles }", as_="admin")
    assert assigned["user"] == {"email": person.email, "roles": ["MANAGER", "CUSTOMER"]}
    assert (await person.ask(ALL_USERS)).errors == []
    revoked = await do(client, "revokeRole", given, "user { roles }", as_="admin")
    assert revoked["user"] == {"roles": ["CUSTOMER"]}
    assert (await person.ask(ALL_USERS)).codes() == {"FORBIDDEN"}
    assert codes(await do(client, "revokeRole", given, as_="admin")) == ["ROLE_NOT_HELD"]
    entries = await audit(client, person, "role_assigned", "role_revoked")
    assert [(it["action"], it["changes"], it["actor"]) for it in entries] == [
        ("role_assigned", [{"name": "role", "old": None, "new": "Manager"}], {"email": "admin@example.com"}),
        ("role_revoked", [{"name": "role", "old": "Manager", "new": None}], {"email": "admin@example.com"}),
    ]
    assert all(it["ipAddress"] == "127.0.0.1" and it["userAgent"] for it in entries)


async def test_nobody_takes_a_role_that_an_administrator_did_not_give(client: GraphQLClient) -> None:
    manager = await id_of(client, "manager@example.com")
    query = "mutation ($input: AssignRoleInput!) { assignRole(input: $input) { user { id } } }"
    answer = await client.ask(query, {"input": {"userId": manager, "role": "ADMIN"}}, as_="manager")
    assert answer.data == {"assignRole": None}
    assert answer.errors[0]["extensions"] == {"code": "FORBIDDEN", "permission": "roles:assign"}


async def test_the_last_administrator_stays(client: GraphQLClient) -> None:
    admin = await id_of(client, "admin@example.com")
    given = {"userId": admin, "role": "ADMIN"}
    assert codes(await do(client, "revokeRole", given, as_="admin")) == ["LAST_ADMIN"]
    for mutation in ("lockUser", "deactivateUser"):
        assert codes(await do(client, mutation, {"userId": admin}, as_="admin")) == ["OWN_ACCOUNT"]


async def test_a_locked_user_is_out_at_once_until_unlocked(client: GraphQLClient, person: Person) -> None:
    given = {"userId": person.id, "reason": "A stolen card."}
    locked = await do(client, "lockUser", given, "user { lockout { isLocked } sessions { id } }", as_="admin")
    assert locked["user"] == {"lockout": {"isLocked": True}, "sessions": []}
    assert (await person.ask(ME)).status == 401
    sign_in = {"email": person.email, "password": person.password}
    assert codes(await do(client, "signIn", sign_in)) == ["ACCOUNT_LOCKED"]
    assert codes(await do(client, "signIn", {**sign_in, "password": "not it"})) == ["INVALID_CREDENTIALS"]
    assert codes(await do(client, "unlockUser", {"userId": person.id}, as_="manager")) == []
    assert codes(await do(client, "signIn", sign_in)) == []
    (entry,) = await audit(client, person, "user_locked")
    assert {"name": "reason", "old": None, "new": "A stolen card."} in entry["changes"]


async def test_a_deactivated_user_is_out_at_once_until_reactivated(
    client: GraphQLClient, person: Person
) -> None:
    select = "user { isActive }"
    done = await do(client, "deactivateUser", {"userId": person.id}, select, as_="admin")
    assert done["user"] == {"isActive": False}
    assert (await person.ask(ME)).status == 401
    sign_in = {"email": person.email, "password": person.password}
    assert codes(await do(client, "signIn", sign_in)) == ["ACCOUNT_DEACTIVATED"]
    done = await do(client, "reactivateUser", {"userId": person.id}, select, as_="admin")
    assert done["user"] == {"isActive": True}
    assert codes(await do(client, "signIn", sign_in)) == []


async def test_nobody_becomes_staff_before_the_address_is_confirmed(
    client: GraphQLClient, connections: Connections
) -> None:
    await forget_turns(connections)
    assert codes(await do(client, "register", {"email": "soon@example.org", "password": PASSWORD})) == []
    given = {"userId": await id_of(client, "soon@example.org"), "role": "ADMIN"}
    refused = await do(client, "assignRole", given, "user { id }", as_="admin")
    assert refused["user"] is None
    assert [(it["code"], it["field"]) for it in refused["userErrors"]] == [("EMAIL_NOT_VERIFIED", ["userId"])]


async def test_nobody_gives_themselves_points(client: GraphQLClient) -> None:
    given = {"userId": await id_of(client, "manager@example.com"), "points": 5, "idempotencyKey": "to myself"}
    assert codes(await do(client, "adjustLoyalty", given, as_="manager")) == ["OWN_ACCOUNT"]


@pytest.mark.parametrize("mutation", ["lockUser", "unlockUser"])
async def test_a_manager_cannot_shut_out_an_administrator(client: GraphQLClient, mutation: str) -> None:
    admin = await id_of(client, "admin@example.com")
    input_type = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = f"mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{ user {{ id }} }} }}"
    answer = await client.ask(query, {"input": {"userId": admin}}, as_="manager")
    assert answer.data == {mutation: None}
    assert answer.errors[0]["extensions"] == {"code": "FORBIDDEN", "permission": "staff:manage"}
    assert (await client.ask(ME, as_="admin")).data["me"]["email"] == "admin@example.com"


async def test_points_are_given_and_taken_once_for_each_key(client: GraphQLClient, person: Person) -> None:
    select = """
      loyalty { pointsBalance ledger { totalCount nodes { points reason notes } } } entry { balanceAfter } user { id }
    """
    given = {
        "userId": person.id,
        "points": 100,
        "notes": "A late parcel.",
        "idempotencyKey": f"late-{person.id}",
    }
    for _ in range(2):
        moved = await do(client, "adjustLoyalty", given, select, as_="manager")
        assert moved["user"] == {"id": person.id}
        assert moved["entry"] == {"balanceAfter": 100}
        assert moved["loyalty"]["pointsBalance"] == 100
        assert moved["loyalty"]["ledger"] == {
            "totalCount": 1,
            "nodes": [{"points": 100, "reason": "ADJUSTED", "notes": "A late parcel."}],
        }
    other = {**given, "points": 50}
    assert codes(await do(client, "adjustLoyalty", other, as_="manager")) == ["IDEMPOTENCY_CONFLICT"]
    query = """
    mutation ($input: AdjustLoyaltyInput!) {
      adjustLoyalty(input: $input) {
        loyalty { pointsBalance } userErrors { ... on NotEnoughPointsError { code balance } }
      }
    }
    """
    too_many = {"userId": person.id, "points": -101, "idempotencyKey": f"taken-{person.id}"}
    refused = (await client.data(query, {"input": too_many}, as_="manager"))["adjustLoyalty"]
    assert refused == {"loyalty": None, "userErrors": [{"code": "NOT_ENOUGH_POINTS", "balance": 100}]}
    nothing = {**too_many, "points": 0}
    assert codes(await do(client, "adjustLoyalty", nothing, as_="manager")) == ["INVALID"]


@pytest.mark.parametrize(
    "mutation", ["assignRole", "revokeRole", "lockUser", "unlockUser", "deactivateUser", "reactivateUser"]
)
async def test_an_unknown_user_is_told_as_data(client: GraphQLClient, mutation: str) -> None:
    unknown = "VXNlcjowMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA"
    given = {"userId": unknown, **({"role": "MANAGER"} if mutation.endswith("Role") else {})}
    payload = await do(client, mutation, given, "user { id }", as_="admin")
    assert payload["user"] is None
    assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [("USER_NOT_FOUND", ["userId"])]


async def test_the_audit_log_is_narrowed_and_paged(client: GraphQLClient, person: Person) -> None:
    await person.do("updateProfile", {"firstName": "Grace"})
    everything = (await client.data(AUDIT, {"where": {"entityId": person.id}}, as_="admin"))["auditLog"]
    assert everything["totalCount"] == len(everything["nodes"]) > 2
    assert {it["entityId"] for it in everything["nodes"]} == {person.id}
    by_person = (await client.data(AUDIT, {"where": {"actorId": person.id}}, as_="admin"))["auditLog"]
    assert {it["actor"]["email"] for it in by_person["nodes"]} == {person.email}
    later = {"entityId": person.id, "at": {"from": everything["nodes"][0]["at"]}}
    assert (await client.data(AUDIT, {"where": later}, as_="admin"))["auditLog"]["totalCount"] < everything[
        "totalCount"
    ]
    paged = """
    query ($where: AuditEntryWhere, $after: String) {
      auditLog(first: 1, after: $after, where: $where) { nodes { action } pageInfo { endCursor hasNextPage } }
    }
    """
    actions, after = [], None
    for _ in range(everything["totalCount"]):
        page = (await client.data(paged, {"where": {"entityId": person.id}, "after": after}, as_="admin"))[
            "auditLog"
        ]
        actions += [it["action"] for it in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert actions == [it["action"] for it in everything["nodes"]]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_anothers_sessions_are_for_administrators(client: GraphQLClient, person: Person) -> None:
    query = "query ($id: ID!) { user(id: $id) { email sessions { ipAddress isCurrent } } }"
    seen = await client.data(query, {"id": person.id}, as_="admin")
    assert seen["user"]["sessions"] == [{"ipAddress": "127.0.0.1", "isCurrent": False}]
    answer = await client.ask(query, {"id": person.id}, as_="manager")
    assert answer.data["user"] == {"email": person.email, "sessions": None}
    assert answer.errors[0]["extensions"] == {"code": "FORBIDDEN", "permission": "sessions:read"}
