"""Access tokens of sessions: what happens to the session and to its account counts from the next request on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datasources.core.paging import window
from datasources.users.attempts import Attempts
from datasources.users.commands.locks import deactivate_user, lock_user, reactivate_user, unlock_user
from datasources.users.commands.roles import assign_role, revoke_role
from datasources.users.commands.sessions import revoke_sessions
from datasources.users.origins import SYSTEM
from datasources.users.queries import find_by_email, page_of_users
from datasources.users.records import UserFilter
from datasources.users.statements import OLDEST
from gateway.auth import utc_now
from tests.http.sessions import REFRESH, SIGN_OUT, session_of

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

ME = "{ me { email } }"
STAFF_LIST = "{ users(first: 1) { nodes { email } } }"


@pytest.fixture
async def email(connections: Connections) -> str:
    """A customer of the demo shop whom no other test knows."""
    page = await page_of_users(
        connections.users,
        wanted=UserFilter(is_active=True, roles=("Customer",)),
        order=OLDEST,
        window=window(first=40, after=None, last=None, before=None),
    )
    return page.items[-1].email


@pytest.fixture
async def user_id(connections: Connections, email: str) -> UUID:
    """The customer's id."""
    account = await find_by_email(connections.users, email)
    assert account is not None
    return account.id


async def test_the_check_of_a_session_answers_me_as_well(client: GraphQLClient, email: str) -> None:
    session = await session_of(client, email)
    answer = await client.ask(ME, token=session["accessToken"])
    assert answer.data == {"me": {"email": email}}
    assert answer.calls == {"users": 1}


async def test_a_guest_costs_no_check(client: GraphQLClient) -> None:
    assert (await client.ask(ME)).calls == {}


async def test_a_session_that_was_revoked_ends_with_the_next_request(
    client: GraphQLClient, connections: Connections, email: str, user_id: UUID
) -> None:
    session = await session_of(client, email)
    await revoke_sessions(connections.users, user_id=user_id, origin=SYSTEM, now=utc_now())
    answer = await client.ask(ME, token=session["accessToken"])
    assert (answer.status, answer.codes()) == (401, {"SESSION_ENDED"})


async def test_signing_out_ends_the_session(client: GraphQLClient, email: str) -> None:
    first, second = await session_of(client, email), await session_of(client, email)
    answer = await client.ask(SIGN_OUT, token=first["accessToken"])
    assert answer.data["signOut"]["endedSessionId"] == first["session"]["id"]
    assert (await client.ask(ME, token=first["accessToken"])).codes() == {"SESSION_ENDED"}
    assert (await client.ask(ME, token=second["accessToken"])).data == {"me": {"email": email}}


async def test_a_refreshed_session_goes_on(client: GraphQLClient, email: str) -> None:
    session = await session_of(client, email)
    answer = await client.ask(REFRESH, {"input": {"refreshToken": session["refreshToken"]}})
    refreshed = answer.data["refreshSession"]
    assert refreshed["session"] == session["session"]
    assert refreshed["refreshToken"] != session["refreshToken"]
    assert (await client.ask(ME, token=refreshed["accessToken"])).data == {"me": {"email": email}}


async def test_a_new_role_counts_with_the_next_request(
    client: GraphQLClient, connections: Connections, email: str, user_id: UUID
) -> None:
    token = (await session_of(client, email))["accessToken"]
    assert (await client.ask(STAFF_LIST, token=token)).codes() == {"FORBIDDEN"}
    await assign_role(connections.users, user_id=user_id, role="Manager", origin=SYSTEM, now=utc_now())
    try:
        assert (await client.ask(STAFF_LIST, token=token)).errors == []
    finally:
        await revoke_role(connections.users, user_id=user_id, role="Manager", origin=SYSTEM, now=utc_now())
    assert (await client.ask(STAFF_LIST, token=token)).codes() == {"FORBIDDEN"}


async def test_a_lock_counts_with_the_next_request(
    client: GraphQLClient, connections: Connections, email: str, user_id: UUID
) -> None:
    token = (await session_of(client, email))["accessToken"]
    await lock_user(connections.users, user_id=user_id, origin=SYSTEM, now=utc_now())
    try:
        answer = await client.ask(ME, token=token)
    finally:
        await unlock_user(
            connections.users,
            user_id=user_id,
            attempts=Attempts(connections.attempts),
            origin=SYSTEM,
            now=utc_now(),
        )
    assert answer.status == 401
    assert answer.codes() == {"ACCOUNT_LOCKED"}


async def test_a_deactivation_counts_with_the_next_request(
    client: GraphQLClient, connections: Connections, email: str, user_id: UUID
) -> None:
    token = (await session_of(client, email))["accessToken"]
    await deactivate_user(connections.users, user_id=user_id, origin=SYSTEM, now=utc_now())
    try:
        answer = await client.ask(ME, token=token)
    finally:
        await reactivate_user(connections.users, user_id=user_id, origin=SYSTEM, now=utc_now())
    assert answer.status == 401
    assert answer.codes() == {"ACCOUNT_DEACTIVATED"}
