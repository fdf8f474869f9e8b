"""Who is given which user: oneself, or anybody by staff, and nobody once the account is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.calls import record_calls
from resolvers.permissions import Permission, PermissionDenied, Role
from resolvers.problems import BadInput
from resolvers.relay import InvalidId, global_id
from tests.services.users.people import ADA, CABIN, GONE, GRACE, HOME, LINUS, NOBODY, ODD, OF_GONE

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.asking import Asker

ME = "{ me { email } }"
USER = "query ($id: ID!) { user(id: $id) { email } node(id: $id) { id } }"
ADDRESS = "query ($id: ID!) { node(id: $id) { ... on Address { city } } }"
EVERYTHING = """
{ me {
  id email emailVerified username firstName lastName phoneNumber dateOfBirth tier isActive
  createdAt updatedAt lastLoginAt roles
  addresses { id type city country isDefault }
  shipping: defaultAddress(type: SHIPPING) { id } billing: defaultAddress(type: BILLING) { type }
  preferences { theme currency language emailNotifications }
  loyalty { pointsBalance lifetimePoints tierPoints lastActivityAt }
} }
"""


@pytest.mark.parametrize(
    ("viewer", "email"),
    [(ADA, "Ada@example.com"), (LINUS, None), (GONE, None), (NOBODY, None), (None, None)],
)
async def test_me_is_an_account_in_use(asker: Asker, viewer: UUID | None, email: str | None) -> None:
    answer = await asker.ask(ME, as_=viewer)
    assert answer.errors == []
    assert answer.data == {"me": email and {"email": email}}


@pytest.mark.parametrize(
    ("viewer", "role", "wanted", "found"),
    [
        (ADA, Role.CUSTOMER, ADA, True),
        (ADA, Role.CUSTOMER, GRACE, False),
        (None, Role.GUEST, ADA, False),
        (LINUS, Role.CUSTOMER, LINUS, False),
        (GRACE, Role.MANAGER, ADA, True),
        (GRACE, Role.MANAGER, LINUS, True),
        (GRACE, Role.MANAGER, GONE, False),
        (GRACE, Role.MANAGER, NOBODY, False),
    ],
)
async def test_a_user_is_found_by_id_by_whoever_may(
    asker: Asker, viewer: UUID | None, role: Role, wanted: UUID, found: bool
) -> None:
    answer = await asker.ask(USER, as_=viewer, role=role, id=global_id("User", wanted))
    assert answer.errors == []
    assert (answer.data["user"] is not None, answer.data["node"] is not None) == (found, found)


@pytest.mark.parametrize(
    ("viewer", "role", "wanted", "found"),
    [
        (ADA, Role.CUSTOMER, CABIN, True),
        (GRACE, Role.CUSTOMER, CABIN, False),
        (GRACE, Role.MANAGER, CABIN, True),
        (GRACE, Role.MANAGER, OF_GONE, False),
        (GONE, Role.CUSTOMER, OF_GONE, False),
    ],
)
async def test_an_address_is_found_by_whoever_sees_its_user(
    asker: Asker, viewer: UUID, role: Role, wanted: UUID, found: bool
) -> None:
    answer = await asker.ask(ADDRESS, as_=viewer, role=role, id=global_id("Address", wanted))
    assert answer.errors == []
    assert answer.data == {"node": {"city": "London"} if found else None}


@pytest.mark.parametrize("wanted", [global_id("User", "x"), global_id("Order", ADA), "nonsense"])
async def test_an_id_that_is_none_of_a_user_is_an_error(asker: Asker, wanted: str) -> None:
    answer = await asker.ask("query ($id: ID!) { user(id: $id) { email } }", as_=ADA, id=wanted)
    assert answer.data == {"user": None}
    assert [type(error) for error in answer.errors] == [InvalidId]


async def test_users_see_all_that_is_theirs(asker: Asker) -> None:
    with record_calls() as log:
        answer = await asker.ask(EVERYTHING, as_=ADA)
    assert answer.errors == []
    me = answer.data["me"]
    assert (me["tier"], me["roles"], me["isActive"], me["dateOfBirth"]) == ("VIP", ["CUSTOMER"], True, None)
    assert me["addresses"][0] == {
        "id": global_id("Address", HOME),
        "type": "SHIPPING",
        "city": "London",
        "country": "GB",
        "isDefault": True,
    }
    assert me["shipping"] == {"id": global_id("Address", HOME)}
    assert me["billing"] == {"type": "BILLING"}
    assert me["preferences"]["theme"] == "DARK"
    assert me["loyalty"]["pointsBalance"] == 120
    assert log.by_service() == {"users": 5}  # the user, roles, addresses, preferences, loyalty


async def test_only_staff_list_users(asker: Asker) -> None:
    answer = await asker.ask("{ users { nodes { id } } }", as_=ADA)
    [error] = answer.errors
    assert isinstance(error, PermissionDenied)
    assert error.permission is Permission.READ_USERS


async def test_staff_list_users_in_as_many_calls_as_questions(asker: Asker) -> None:
    query = """{ users(where: {roleIn: [CUSTOMER], search: " L", createdAt: {from: "2026-01-01T00:00:00Z"}}) {
        totalCount nodes { id roles addresses { id } } } }"""
    with record_calls() as log:
        answer = await asker.ask(query, as_=GRACE, role=Role.MANAGER)
    assert answer.errors == []
    users = answer.data["users"]
    assert users["totalCount"] == 2
    assert [user["id"] for user in users["nodes"]] == [global_id("User", user) for user in (LINUS, ADA)]
    assert log.by_service() == {"users": 4}  # the page, the count, roles, addresses


@pytest.mark.parametrize(
    ("order", "first"), [("NEWEST", ODD), ("OLDEST", ADA), ("EMAIL_ASC", ADA), ("EMAIL_DESC", LINUS)]
)
async def test_staff_sort_users(asker: Asker, order: str, first: UUID) -> None:
    query = "query ($order: UserOrder!) { users(first: 1, orderBy: $order) { nodes { id } } }"
    answer = await asker.ask(query, as_=GRACE, role=Role.MANAGER, order=order)
    assert answer.data == {"users": {"nodes": [{"id": global_id("User", first)}]}}


@pytest.mark.parametrize(
    "where", [{"emailIn": ["a@example.com"] * 101}, {"emailIn": ["\0"]}, {"search": "a\0"}], ids=repr
)
async def test_conditions_that_no_list_can_have_are_refused(asker: Asker, where: dict[str, Any]) -> None:
    query = "query ($where: UserWhere) { users(where: $where) { nodes { id } } }"
    answer = await asker.ask(query, as_=GRACE, role=Role.MANAGER, where=where)
    assert [type(error) for error in answer.errors] == [BadInput]
