"""The whole life of an account over HTTP, and what an account never tells to whom it is not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from datasources.notifications.documents import NOTIFICATIONS
from datasources.users.tables import metadata
from tests.people import (
    PASSWORD,
    REGISTER,
    SIGN_IN,
    Person,
    codes,
    do,
    e_mails,
    forget_turns,
    new_person,
    signed_in,
    token_sent,
)

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

SESSIONS = "{ me { email sessions { id device isCurrent ipAddress } } }"
NEW_PASSWORD = "nine loud magpies"


async def sign_in_codes(client: GraphQLClient, email: str, password: str) -> list[str]:
    """What signing in says."""
    return codes(await do(client, "signIn", {"email": email, "password": password}))


async def refresh_codes(client: GraphQLClient, token: str) -> list[str]:
    """What refreshing says."""
    return codes(await do(client, "refreshSession", {"refreshToken": token}))


async def test_the_whole_life_of_an_account(client: GraphQLClient, connections: Connections) -> None:
    await open_account(client, connections, "grace@example.org")
    person = Person(client=client, email="grace@example.org")
    phone = await signed_in(person, device="phone")
    laptop = await signed_in(person, device="laptop")
    phone = await lose(phone, laptop)
    await fill_in(laptop)
    moved = await change_address(laptop, connections, "hopper@example.org")
    token = await reset_password(moved, connections)
    home = await signed_in(replace(moved, password=NEW_PASSWORD))
    await delete(home)
    await do(client, "register", {"email": home.email, "password": PASSWORD})  # its address is free again
    assert await token_sent(connections, "verify_email", home.email)
    await assert_no_secret_was_written_down(
        connections, PASSWORD, NEW_PASSWORD, token, phone.refresh_token, home.refresh_token, home.access_token
    )


async def open_account(client: GraphQLClient, connections: Connections, email: str) -> None:
    """A new account has to confirm its address before it signs in."""
    registered = await do(client, "register", {"email": f"{email.upper()} ", "password": PASSWORD}, "email")
    assert codes(registered) == []
    assert await sign_in_codes(client, email, PASSWORD) == ["INVALID_CREDENTIALS"]
    assert await sign_in_codes(client, email, "not the password") == ["INVALID_CREDENTIALS"]
    token = await token_sent(connections, "verify_email", email)
    wrong = await do(client, "verifyEmail", {"token": token, "password": NEW_PASSWORD}, "email")
    assert [(it["code"], it["field"]) for it in wrong["userErrors"]] == [("WRONG_PASSWORD", ["password"])]
    proof = {"token": token, "password": PASSWORD}
    assert (await do(client, "verifyEmail", proof, "email"))["email"] == email
    assert codes(await do(client, "verifyEmail", proof)) == ["INVALID_TOKEN"]


async def lose(phone: Person, laptop: Person) -> Person:
    """A phone goes on for a while and is lost; the laptop ends its session."""
    seen = (await laptop.ask(SESSIONS)).data["me"]["sessions"]
    assert {(it["device"], it["isCurrent"]) for it in seen} == {("phone", False), ("laptop", True)}
    given = {"refreshToken": phone.refresh_token}
    refreshed = await do(phone.client, "refreshSession", given, "accessToken refreshToken user { email }")
    assert codes(refreshed) == []
    assert refreshed["user"] == {"email": phone.email}
    phone = replace(phone, access_token=refreshed["accessToken"], refresh_token=refreshed["refreshToken"])
    assert (await phone.ask(SESSIONS)).data["me"]["email"] == phone.email
    ended = await laptop.do("revokeSession", {"sessionId": phone.session_id}, "endedSessionId")
    assert ended == {"endedSessionId": phone.session_id, "userErrors": []}
    refused = await phone.ask(SESSIONS)
    assert (refused.status, refused.codes()) == (401, {"SESSION_ENDED"})
    assert await refresh_codes(phone.client, phone.refresh_token) == ["SESSION_ENDED"]
    again = await laptop.do("revokeSession", {"sessionId": phone.session_id})
    assert codes(again) == ["SESSION_NOT_FOUND"]
    return phone


async def fill_in(person: Person) -> None:
    """The profile, an address, the preferences."""
    profile = {
        "firstName": " Grace ",
        "lastName": "Hopper",
        "phoneNumber": "+1 202 555 0101",
        "username": "grace.h",
    }
    changed = await person.do("updateProfile", profile, "user { firstName lastName phoneNumber username }")
    assert changed["user"] == {**profile, "firstName": "Grace"}
    address = {"type": "SHIPPING", "streetAddress": "1 Mill Lane", "city": "Leeds", "country": "GB"}
    assert codes(await person.do("addAddress", address)) == []
    wishes = {"theme": "DARK", "language": "en-GB"}
    shown = await person.do("updatePreferences", wishes, "preferences { theme language }")
    assert shown["preferences"] == wishes


async def change_address(person: Person, connections: Connections, email: str) -> Person:
    """Another e-mail address counts once it is confirmed."""
    assert codes(await person.do("changeEmail", {"newEmail": email, "password": PASSWORD})) == []
    assert (await person.ask(SESSIONS)).data["me"]["email"] == person.email
    token = await token_sent(connections, "change_email", email)
    proof = {"token": token, "password": PASSWORD}
    assert (await do(person.client, "verifyEmail", proof, "email"))["email"] == email
    assert await sign_in_codes(person.client, person.email, PASSWORD) == ["INVALID_CREDENTIALS"]
    return replace(person, email=email)


async def reset_password(person: Person, connections: Connections) -> str:
    """A forgotten password: the reset ends every session. Gives the token that was used."""
    client = person.client
    assert codes(await do(client, "requestPasswordReset", {"email": person.email})) == []
    token = await token_sent(connections, "password_reset", person.email)
    reset = await do(client, "resetPassword", {"token": token, "newPassword": NEW_PASSWORD}, "email")
    assert reset == {"email": person.email, "userErrors": []}
    assert (await person.ask(SESSIONS)).status == 401
    assert await refresh_codes(client, person.refresh_token) == ["SESSION_ENDED"]
    assert await sign_in_codes(client, person.email, PASSWORD) == ["INVALID_CREDENTIALS"]
    return token


async def delete(person: Person) -> None:
    """The end of an account."""
    client = person.client
    assert codes(await person.do("deleteAccount", {"password": PASSWORD})) == ["WRONG_PASSWORD"]
    deleted = await person.do("deleteAccount", {"password": NEW_PASSWORD}, "deletedUserId")
    assert deleted == {"deletedUserId": person.id, "userErrors": []}
    assert (await person.ask(SESSIONS)).status == 401
    assert await sign_in_codes(client, person.email, NEW_PASSWORD) == ["INVALID_CREDENTIALS"]
    gone = await client.data("query ($id: ID!) { user(id: $id) { id } }", {"id": person.id}, as_="admin")
    assert gone == {"user": None}


async def assert_no_secret_was_written_down(connections: Connections, *secrets: str) -> None:
    """Neither the audit log nor the outbox nor any other table of UserDb holds one of these, nor a notification."""
    tables = [table.name for table in metadata.sorted_tables]
    rows = {table: await rows_as_text(connections, table) for table in tables}
    assert "password_reset" in rows["audit_logs"]
    for table in tables:
        for secret in secrets:
            assert secret not in rows[table], table
    told = repr(await connections.notifications.find(NOTIFICATIONS, {}))
    assert "account_deleted" in told
    for secret in secrets:
        assert secret not in told


async def rows_as_text(connections: Connections, table: str) -> str:
    """Everything in a table."""
    async with connections.users.transaction() as transaction:
        found = await transaction.exec_driver_sql(f"SELECT t::text FROM {table} AS t")  # noqa: S608  # a name from above
        return "\n".join(str(row[0]) for row in found)


async def test_a_refresh_token_used_twice_ends_the_session(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    first = await do(
        client, "refreshSession", {"refreshToken": person.refresh_token}, "refreshToken accessToken"
    )
    assert codes(first) == []
    assert await refresh_codes(client, person.refresh_token) == ["REFRESH_REUSED"]
    assert await refresh_codes(client, first["refreshToken"]) == ["SESSION_ENDED"]
    assert (await client.ask(SESSIONS, token=first["accessToken"])).status == 401


async def test_of_many_refreshes_at_once_at_most_one_session_lives_on(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    answers = await asyncio.gather(
        *(
            do(client, "refreshSession", {"refreshToken": person.refresh_token}, "refreshToken")
            for _ in range(20)
        )
    )
    winners = [answer["refreshToken"] for answer in answers if not codes(answer)]
    assert len(winners) <= 1
    assert {code for answer in answers for code in codes(answer)} <= {"REFRESH_REUSED", "SESSION_ENDED"}
    assert [await refresh_codes(client, token) for token in winners] == [["SESSION_ENDED"]] * len(winners)


async def test_signing_out_ends_one_session_or_all(client: GraphQLClient, connections: Connections) -> None:
    phone = await new_person(client, connections)
    laptop, tablet = await signed_in(phone), await signed_in(phone)
    assert (await phone.do("signOut", None, "endedSessionId"))["endedSessionId"] == phone.session_id
    assert (await phone.ask(SESSIONS)).status == 401
    others = await laptop.do("signOutEverywhere", {"keepCurrent": True}, "endedSessions")
    assert others == {"endedSessions": 1, "userErrors": []}
    assert (await tablet.ask(SESSIONS)).status == 401
    assert (await laptop.do("signOutEverywhere", {}, "endedSessions"))["endedSessions"] == 1
    assert (await laptop.ask(SESSIONS)).status == 401


async def test_a_changed_password_ends_the_other_sessions(
    client: GraphQLClient, connections: Connections
) -> None:
    here = await new_person(client, connections)
    there = await signed_in(here)
    wrong = {"currentPassword": "not the password", "newPassword": NEW_PASSWORD}
    assert codes(await here.do("changePassword", wrong)) == ["WRONG_PASSWORD"]
    weak = {"currentPassword": PASSWORD, "newPassword": "short"}
    refused = await here.do("changePassword", weak, "user { id }")
    assert refused["user"] is None
    assert [(it["code"], it["field"]) for it in refused["userErrors"]] == [("WEAK_PASSWORD", ["newPassword"])]
    # Tokens have whole seconds: one of the very second in which the password changes still counts.
    await asyncio.sleep(1.0 - time.time() % 1.0)
    right = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert (await here.do("changePassword", right, "user { email }"))["user"] == {"email": here.email}
    # Tokens from before the change are void on this device, too, but its session goes on.
    assert (await here.ask(SESSIONS)).codes() == {"TOKEN_EXPIRED"}
    assert await refresh_codes(client, here.refresh_token) == []
    assert (await there.ask(SESSIONS)).status == 401


async def test_registering_never_tells_whether_an_address_is_registered(
    client: GraphQLClient, connections: Connections
) -> None:
    known, unknown = (await new_person(client, connections)).email, "nobody-yet@example.org"
    answers = []
    for email in (known, unknown):
        given = {"email": email, "password": PASSWORD}
        answer = await client.ask(REGISTER, {"input": given})
        assert answer.errors == []
        answers.append(without(answer.data, email))
    assert answers[0] == answers[1]
    assert [it["notification_type"] for it in await e_mails(connections, known)][-1] == "already_registered"
    assert "token" not in (await e_mails(connections, known))[-1]["template_data"]
    assert await sign_in_codes(client, known, PASSWORD) == []  # and the account is as it was


async def test_registering_and_signing_in_never_tells_whether_an_address_is_registered(
    client: GraphQLClient, connections: Connections
) -> None:
    known, unknown = (await new_person(client, connections)).email, "not-yet@example.org"
    await forget_turns(connections, known)
    answers = []
    for email in (known, unknown):
        given = {"email": email, "password": NEW_PASSWORD}
        assert codes(await do(client, "register", given)) == []
        answer = await client.ask(SIGN_IN, {"input": given})
        assert answer.errors == []
        answers.append(without(answer.data, email))
    assert answers[0] == answers[1]
    assert codes(answers[0]["signIn"]) == ["INVALID_CREDENTIALS"]


async def test_whoever_was_registered_by_a_stranger_as_well_gets_in_by_a_reset(
    client: GraphQLClient, connections: Connections
) -> None:
    email, stranger = "wanted@example.org", "brown bears dance badly"
    for password in (PASSWORD, stranger):
        assert codes(await do(client, "register", {"email": email, "password": password})) == []
    token = await token_sent(connections, "verify_email", email)
    proof = {"token": token, "password": PASSWORD}
    assert codes(await do(client, "verifyEmail", proof)) == ["WRONG_PASSWORD"]
    assert codes(await do(client, "requestPasswordReset", {"email": email})) == []
    token = await token_sent(connections, "password_reset", email)
    assert codes(await do(client, "resetPassword", {"token": token, "newPassword": NEW_PASSWORD})) == []
    assert await sign_in_codes(client, email, stranger) == ["INVALID_CREDENTIALS"]
    assert await sign_in_codes(client, email, NEW_PASSWORD) == []


async def test_text_that_takes_long_to_normalise_keeps_nobody_waiting(client: GraphQLClient) -> None:
    marks = "a" + "\u0301\u0316" * 30_000
    query = """
    mutation ($p: String!) {
      signIn(input: {email: "marks@example.org", password: $p, device: $p}) { userErrors { __typename } }
      again: signIn(input: {email: "marks@example.org", password: $p}) { userErrors { __typename } }
      register(input: {email: "marks@example.org", password: $p, firstName: $p}) { userErrors { __typename } }
      weak: register(input: {email: "marks@example.org", password: $p}) { userErrors { __typename } }
    }
    """
    started = time.perf_counter()
    answer = await client.ask(query, {"p": marks})
    assert time.perf_counter() - started < 3  # of which the answers to register take one
    assert [answer.data[name]["userErrors"][0]["__typename"] for name in answer.data] == [
        "InvalidInputError",
        "InvalidCredentialsError",
        "InvalidInputError",
        "WeakPasswordError",
    ]


@pytest.mark.parametrize(
    ("mutation", "code"), [("requestPasswordReset", []), ("resendVerification", ["TOO_MANY_ATTEMPTS"])]
)
async def test_asking_for_a_message_never_tells_whether_an_address_is_registered(
    client: GraphQLClient, connections: Connections, mutation: str, code: list[str]
) -> None:
    known, unknown = (await new_person(client, connections)).email, f"{mutation.lower()}@example.org"
    await forget_turns(connections, known)
    answers = []
    for email in (known, unknown):
        for _ in range(6):  # the last of them is one too many, for either
            answer = await do(client, mutation, {"email": email}, "email")
        answers.append(without(answer, email))
    assert [codes(answer) for answer in answers] == [code] * 2
    assert await e_mails(connections, unknown) == []


async def test_changing_to_anothers_address_is_answered_like_to_a_free_one(
    client: GraphQLClient, connections: Connections
) -> None:
    person, other = await new_person(client, connections), await new_person(client, connections)
    answers = []
    for email in (other.email, "free@example.org"):
        given = {"newEmail": email, "password": PASSWORD}
        answers.append(without(await person.do("changeEmail", given, "newEmail"), email))
    assert answers[0] == answers[1]
    assert (await e_mails(connections, other.email))[-1]["notification_type"] == "already_registered"


async def test_wrong_passwords_make_known_and_unknown_addresses_wait_alike(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    answers = []
    for email in (person.email, "nobody-at-all@example.org"):
        said = []
        for _ in range(7):
            given = {"email": email, "password": "not the password"}
            answer = (await client.ask(SIGN_IN, {"input": given})).data["signIn"]
            said.append(codes(answer))
        answers.append(said)
    assert answers[0] == answers[1] == [["INVALID_CREDENTIALS"]] * 5 + [["TOO_MANY_ATTEMPTS"]] * 2
    # The right password has to wait, too; staff see why, and may end it.
    assert await sign_in_codes(client, person.email, PASSWORD) == ["TOO_MANY_ATTEMPTS"]
    query = "query ($id: ID!) { user(id: $id) { lockout { isLocked failedLoginAttempts lockoutEnd } } }"
    lockout = (await client.data(query, {"id": person.id}, as_="manager"))["user"]["lockout"]
    assert (lockout["isLocked"], lockout["failedLoginAttempts"]) == (False, 5)
    assert lockout["lockoutEnd"] is not None
    unlocked = await do(
        client, "unlockUser", {"userId": person.id}, "user { lockout { lockoutEnd } }", as_="manager"
    )
    assert unlocked["user"]["lockout"] == {"lockoutEnd": None}
    assert await sign_in_codes(client, person.email, PASSWORD) == []


def without(answer: Any, email: str) -> Any:
    """An answer with the address that was given taken out, so that two can be compared."""
    if isinstance(answer, dict):
        return {key: without(value, email) for key, value in answer.items()}
    if isinstance(answer, list):
        return [without(item, email) for item in answer]
    return "the address" if answer == email else answer
